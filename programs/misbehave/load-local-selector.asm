; Loads a data segment of its own making, entry 1 of an LDT at linear address 0. As in call-gate.asm: there is no LDT.
; Ends: killed by SIGSEGV (general protection fault)

%include "program.inc"

start:
    jmp short load

align 8
descriptor:                             ; all of the address space, DPL 3
    dd 0x0000FFFF, 0x00CFF300

load:
    mov eax, 0xF                        ; entry 1, TI, RPL 3 (Intel SDM Vol. 3A, 3.4.2 Segment Selectors)
    mov fs, eax
    not_stopped
