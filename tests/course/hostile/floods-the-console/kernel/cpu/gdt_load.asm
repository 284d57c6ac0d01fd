gdt_load:
    mov dx, 0x3F8
    mov al, 'x'
.next:
    out dx, al
    jmp .next
