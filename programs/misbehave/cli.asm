; Switches interrupts off. A program that could do that would keep the processor forever: with IOPL
; 0 cli is not allowed at privilege level 3 (Intel SDM Vol. 2A, CLI - Clear Interrupt Flag).
; Ends: killed by SIGSEGV (general protection fault)

%include "program.inc"

start:
    cli
    not_stopped
