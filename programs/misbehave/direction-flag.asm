; Sets the direction flag, and then lets the kernel copy in both directions. If the kernel did not
; clear the flag, its rep movs would run backwards: the bytes below the buffer would be overwritten,
; those above its first would not come. The flag must be set again after the call.
; Ends: exited with status 0

%include "program.inc"

start:
    std
    mov eax, SYS_uname
    mov ebx, buffer
    int SYSTEM_CALL_VECTOR
    pushf
    pop ebp
    cld
    test eax, eax
    jnz .failed
    test ebp, 1 << 10 ; DF
    jz .failed
    mov edi, below ; the guard below must be untouched
    mov ecx, buffer - below
    mov al, GUARD
    repe scasb
    jne .failed
    cmp byte [buffer], 0 ; sysname begins at the first byte
    je .failed
    cmp byte [buffer + 65*4], 0 ; and machine after the fourth field
    je .failed
    std
    say "the kernel copies forwards", 10
    cld
    end_with 0
.failed:
    cld
    say "the direction flag went into the kernel, or was lost", 10
    end_with 1

GUARD equ 0x5A
section .data
below: times 512 db GUARD
buffer: times 65*6 db 0
