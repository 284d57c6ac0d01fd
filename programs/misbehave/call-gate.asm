; Calls the kernel's code segment through a gate of its own, at linear address 8. After a reset LDTR's limit is 0xFFFF and its
; base is 0, where this program lies: a kernel that leaves LDTR so lets each program make its own descriptors, and run at
; level 0 (Intel SDM Vol. 3A, table 9-1 IA-32 and Intel 64 Processor States Following Power-up, Reset, or INIT).
; Ends: killed by SIGSEGV (general protection fault)

%include "program.inc"

LOCAL equ 1 << 2                        ; TI: an entry of the LDT (3.4.2 Segment Selectors)

start:
    jmp short make_call

align 8
gate:                                   ; entry 1: a 32-bit call gate, DPL 3, present (5.8.3 Call Gates)
    dw there - start, KERNEL_CODE, 0xEC00, 0

make_call:
    call (gate - start) + LOCAL + 3:0
    not_stopped
there:
    retf                                ; from level 0, so that the program can tell of it
