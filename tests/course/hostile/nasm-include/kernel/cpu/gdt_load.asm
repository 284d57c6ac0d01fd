gdt_load:
%include "kernel/cpu/gdt_load.asm"
    ret
