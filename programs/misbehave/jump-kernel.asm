; Jumps into the kernel. The code there would still run at privilege level 3, but not even that is
; allowed: the page's User bit is clear.
; Ends: killed by SIGSEGV (page fault)

%include "program.inc"

start:
    mov eax, KERNEL_BASE + KERNEL_LOAD
    jmp eax
