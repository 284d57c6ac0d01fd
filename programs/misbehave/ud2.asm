; Runs an instruction that is defined to be none.
; Ends: killed by SIGILL (invalid opcode)

%include "program.inc"

start:
    ud2
    not_stopped
