; Pushes until the stack has no page left. What lies below it is not mapped.
; Ends: killed by SIGSEGV (page fault)

%include "program.inc"

start:
.again:
    push eax
    jmp .again
