; Sets the trap flag right before a system call. The processor clears it on the way into the kernel,
; or the kernel would be single-stepped, and the iret brings it back: the instruction after the call
; traps (Intel SDM Vol. 3A, 6.12.1.3 Flag Usage By Exception- or Interrupt-Handler Procedure).
; Ends: killed by SIGTRAP (debug exception)

%include "program.inc"

start:
    mov eax, SYS_getpid
    pushf
    or dword [esp], 1 << 8 ; TF
    popf
    int SYSTEM_CALL_VECTOR
    nop
    nop
    not_stopped
