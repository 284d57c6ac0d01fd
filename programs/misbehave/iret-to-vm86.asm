; Returns with iret into virtual-8086 mode, at an address where nothing is mapped. The processor
; allows that at privilege level 0 alone (Intel SDM Vol. 2A, IRET/IRETD/IRETQ - Interrupt Return)
; and finds fault with the selector. QEMU 7.2 does not look at the level and goes there: then the
; fault comes from virtual-8086 mode, where the low bits of cs are not a privilege level, and the
; kernel must not take it for one of its own.
; Ends: killed by SIGSEGV (general protection fault), or killed by SIGSEGV (page fault)

%include "program.inc"

start:
    push dword 0           ; gs, fs, ds, es, ss and esp for virtual-8086 mode
    push dword 0
    push dword 0
    push dword 0
    push dword 0
    push dword 0x1000
    pushf
    or dword [esp], 1 << 17 ; VM
    push dword USER_CODE    ; a selector of privilege level 0, or the segment at 0x180
    push dword 0xF000       ; far past this program
    iret
