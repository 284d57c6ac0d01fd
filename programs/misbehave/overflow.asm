; Calls the overflow handler through into, with the overflow flag set. As with int3, the gate is
; refused.
; Ends: killed by SIGSEGV (general protection fault)

%include "program.inc"

start:
    mov al, 127
    add al, 1 ; sets the flag
    into
    not_stopped
