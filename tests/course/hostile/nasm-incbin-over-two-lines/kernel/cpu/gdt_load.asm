gdt_load:
    ret
inc\
bin "build/kernel.elf"
