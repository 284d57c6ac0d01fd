; Sets off a breakpoint. Its gate has DPL 3, as debuggers put int3 into programs.
; Ends: killed by SIGTRAP (breakpoint)

%include "program.inc"

start:
    int3
    not_stopped
