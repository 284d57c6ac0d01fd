gdt_load:
    db %!PATH
    ret
