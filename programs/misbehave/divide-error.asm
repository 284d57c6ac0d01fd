; Divides by zero.
; Ends: killed by SIGFPE (divide error)

%include "program.inc"

start:
    mov edx, 0
    mov eax, 1
    mov ecx, 0
    div ecx
    not_stopped
