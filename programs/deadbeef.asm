; Puts a number into eax and halts the machine, which only privilege level 0 may do: so it works for the kernel of
; chapter 7, which calls it there. As a process it is stopped at its second instruction.
; Ends: killed by SIGSEGV (general protection fault)

bits 32

section .text.start progbits alloc exec nowrite
global start
start:
    mov eax, 0xDEADBEEF
.stop:
    cli
    hlt
    jmp .stop
