; Loads a GDT of its own, in which it could give itself every right. A privileged instruction (Intel
; SDM Vol. 2A, LGDT/LIDT - Load Global/Interrupt Descriptor Table Register).
; Ends: killed by SIGSEGV (general protection fault)

%include "program.inc"

start:
    lgdt [table]
    not_stopped

section .rodata
table:
    dw 7
    dd table
