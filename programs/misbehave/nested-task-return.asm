; Sets the nested-task flag and returns with iret. The processor takes that for the return from a
; task and looks into the TSS for the task before: there is none (Intel SDM Vol. 3A, 7.4 Task
; Linking).
; Ends: killed by SIGSEGV (invalid TSS)

%include "program.inc"

start:
    pushf
    or dword [esp], 1 << 14 ; NT
    popf
    pushf
    push cs
    push dword there
    iret
there:
    not_stopped
