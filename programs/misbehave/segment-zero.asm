; Loads the null selector into all data segment registers and calls the kernel. The kernel must load
; its own (or its first access to memory faults, on a processor that checks), and bring the null
; selectors back.
; Ends: exited with status 0

%include "program.inc"

start:
    mov eax, 0
    mov ds, eax
    mov es, eax
    mov fs, eax
    mov gs, eax
    say "written without a data segment", 10
    mov ebx, ds
    mov ecx, es
    or ebx, ecx
    mov ecx, fs
    or ebx, ecx
    mov ecx, gs
    or ebx, ecx ; all zero, or the program ends with what it found
    mov eax, SYS_exit
    int SYSTEM_CALL_VECTOR
