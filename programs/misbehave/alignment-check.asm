; Sets the alignment-check flag and lets the kernel write to an odd address. The kernel does not ask
; for alignment checks (CR0.AM is clear), and the flag, which on newer processors also opens user
; memory to the kernel, must not matter to it (Intel SDM Vol. 3A, 2.3 System Flags and Fields in the
; EFLAGS Register).
; Ends: exited with status 0

%include "program.inc"

start:
    pushf
    or dword [esp], 1 << 18 ; AC
    popf
    mov eax, SYS_uname
    mov ebx, buffer + 1
    int SYSTEM_CALL_VECTOR
    test eax, eax
    jnz .failed
    mov eax, [buffer + 1] ; an odd address here too
    pushf
    pop ecx
    test ecx, 1 << 18
    jz .failed
    end_with 0
.failed:
    say "the flag is gone, or the kernel minded it", 10
    end_with 1

section .bss
buffer: resb 65*6 + 1
