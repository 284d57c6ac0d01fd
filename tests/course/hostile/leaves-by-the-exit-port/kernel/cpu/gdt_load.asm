gdt_load:
    mov dx, 0xF4
    xor eax, eax
    out dx, eax
.stop:
    jmp .stop
