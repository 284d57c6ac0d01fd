; Calls the page fault's gate. The processor pushes no error code for an int instruction, so the
; handler would find the stack one word off. The gate has DPL 0, and an int from privilege level 3
; needs DPL 3 (Intel SDM Vol. 3A, 6.12.1.2 Protection of Exception- and Interrupt-Handler
; Procedures).
; Ends: killed by SIGSEGV (general protection fault)

%include "program.inc"

start:
    int 14
    not_stopped
