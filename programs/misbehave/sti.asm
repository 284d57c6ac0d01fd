; Switches interrupts on. They are on already, but the flag is not the program's to touch (Intel SDM
; Vol. 2B, STI - Set Interrupt Flag).
; Ends: killed by SIGSEGV (general protection fault)

%include "program.inc"

start:
    sti
    not_stopped
