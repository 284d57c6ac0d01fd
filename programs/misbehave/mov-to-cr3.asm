; Loads page tables of its own, in which it could map all memory. A privileged instruction (Intel
; SDM Vol. 2B, MOV - Move to/from Control Registers).
; Ends: killed by SIGSEGV (general protection fault)

%include "program.inc"

start:
    mov eax, 0x1000
    mov cr3, eax
    not_stopped
