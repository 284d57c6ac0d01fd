gdt_load:
%rep 100000
%rep 100000
%assign number 1
%endrep
%endrep
    ret
