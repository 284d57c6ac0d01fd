; Halts the processor: a privileged instruction (Intel SDM Vol. 2A, HLT - Halt).
; Ends: killed by SIGSEGV (general protection fault)

%include "program.inc"

start:
    hlt
    not_stopped
