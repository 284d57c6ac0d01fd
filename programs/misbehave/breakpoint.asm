; Sets off a breakpoint. Its gate has DPL 0 like all but the system call's (a debugger will change
; that one day), so it is the gate that is refused.
; Ends: killed by SIGSEGV (general protection fault)

%include "program.inc"

start:
    int3
    not_stopped
