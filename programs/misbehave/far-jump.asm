; Jumps to the kernel's code segment, into code of its own. A jump cannot change the privilege level
; (Intel SDM Vol. 3A, 5.8.1 Direct Calls or Jumps to Code Segments).
; Ends: killed by SIGSEGV (general protection fault)

%include "program.inc"

start:
    jmp KERNEL_CODE:there
there:
    not_stopped
