; Returns with iret to privilege level 0, where it never was. An iret leads to the same level or
; outwards (Intel SDM Vol. 2A, IRET/IRETD/IRETQ - Interrupt Return).
; Ends: killed by SIGSEGV (general protection fault)

%include "program.inc"

start:
    pushf
    push dword KERNEL_CODE
    push dword there
    iret
there:
    not_stopped
