; Reads the kernel's memory. It is mapped in every process, with the User bit clear.
; Ends: killed by SIGSEGV (page fault)

%include "program.inc"

start:
    mov eax, [KERNEL_BASE + KERNEL_LOAD]
    not_stopped
