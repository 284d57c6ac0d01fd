; Tries the same as popf with an iret to itself: IOPL 3 and interrupts off. An iret at privilege
; level 3 leaves these flags as they are too (Intel SDM Vol. 2A, IRET/IRETD/IRETQ - Interrupt
; Return).
; Ends: exited with status 0

%include "program.inc"

start:
    pushf
    or dword [esp], 3 << 12   ; IOPL
    and dword [esp], ~(1 << 9) ; IF
    push cs
    push dword there
    iret
there:
    pushf
    pop eax
    and eax, 3 << 12 | 1 << 9
    cmp eax, 1 << 9 ; only IF is set, as it was
    jne .changed
    say "iret changed nothing", 10
    end_with 0
.changed:
    say "iret changed IOPL or IF", 10
    end_with 1
