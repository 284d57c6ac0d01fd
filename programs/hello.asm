; Greets from privilege level 3, with nothing between the program and the kernel: two system calls,
; made by hand.
; Ends: exited with status 0

%include "program.inc"

start:
    mov eax, SYS_write     ; which system call
    mov ebx, 1             ; where to: descriptor 1, the console
    mov ecx, greeting      ; what
    mov edx, greeting.length
    int SYSTEM_CALL_VECTOR ; into the kernel and back

    mov eax, SYS_exit
    mov ebx, 0
    int SYSTEM_CALL_VECTOR ; does not come back

section .rodata
greeting:
    db "Hello from privilege level 3!", 10
.length equ $ - greeting
