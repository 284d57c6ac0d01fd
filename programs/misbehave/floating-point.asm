; Divides 1.0 by 0.0 after having unmasked the floating-point unit's exceptions.
; Ends: killed by SIGFPE (floating-point error)

%include "program.inc"

start:
    fninit
    push dword 0x0340                   ; round to nearest, 64 bits of precision, no exception masked
    fldcw [esp]
    fld1
    fldz
    fdivp st1, st0                      ; notes the error
    fwait                               ; reports it
    not_stopped
