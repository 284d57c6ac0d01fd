; Calls the overflow handler through into, with the overflow flag set. As that of int3, its gate has
; DPL 3.
; Ends: killed by SIGSEGV (overflow)

%include "program.inc"

start:
    mov al, 127
    add al, 1 ; sets the flag
    into
    not_stopped
