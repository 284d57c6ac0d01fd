; Writes to the kernel's memory. It is mapped in every process, with the User bit clear.
; Ends: killed by SIGSEGV (page fault)

%include "program.inc"

start:
    mov byte [KERNEL_BASE + KERNEL_LOAD], 0
    not_stopped
