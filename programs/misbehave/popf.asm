; Tries to give itself the right to I/O (IOPL 3), to switch interrupts off, and to become a
; virtual-8086 task, all by popf. At privilege level 3 that is not a fault: the processor leaves
; these flags as they are (Intel SDM Vol. 2B, POPF/POPFD/POPFQ - Pop Stack into EFLAGS Register).
; Ends: exited with status 0

%include "program.inc"

start:
    pushf
    mov eax, [esp]
    or eax, 3 << 12 | 1 << 17 ; IOPL, VM
    and eax, ~(1 << 9)        ; IF
    mov [esp], eax
    popf
    pushf
    pop eax
    and eax, 3 << 12 | 1 << 17 | 1 << 9
    cmp eax, 1 << 9 ; only IF is set, as it was
    jne .changed
    say "popf changed nothing", 10
    end_with 0
.changed:
    say "popf changed IOPL, VM or IF", 10
    end_with 1
