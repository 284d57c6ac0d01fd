; Checks an index against bounds that it exceeds. The processor itself raises this exception, so the
; gate's DPL does not matter (Intel SDM Vol. 2A, BOUND - Check Array Index Against Bounds).
; Ends: killed by SIGSEGV (bound range exceeded)

%include "program.inc"

start:
    mov eax, 10
    bound eax, [bounds]
    not_stopped

section .rodata
bounds:
    dd 0, 9
