; Uses the floating-point unit. The kernel keeps it from programs, and the report says so.
; Ends: killed by SIGSEGV (device not available)

%include "program.inc"

start:
    fld1
    not_stopped
