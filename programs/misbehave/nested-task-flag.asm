; Sets the nested-task flag before a system call. If the processor did not clear it on the way in,
; the kernel's iret would return from a task that never was. The flag must be back after the call.
; Ends: exited with status 0

%include "program.inc"

start:
    pushf
    or dword [esp], 1 << 14 ; NT
    popf
    mov eax, SYS_getpid
    int SYSTEM_CALL_VECTOR
    pushf
    pop ecx
    test ecx, 1 << 14
    jz .lost
    and ecx, ~(1 << 14)
    push ecx
    popf
    end_with 0
.lost:
    say "the nested-task flag is gone", 10
    end_with 1
