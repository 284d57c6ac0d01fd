; The way into the kernel and out of it, for all 256 vectors (chapter 5).
;
; The processor pushes ss and esp (only if it comes from privilege level 3), eflags, cs, eip and, for some exceptions, an
; error code. Then:
;   1. a stub per vector makes all frames alike: a 0 where there was no error code, then the vector
;   2. all registers are saved; with what the processor pushed they are interrupts::Frame
;   3. the flags and data segments of the interrupted code are replaced by the kernel's
;   4. the vector's handler is called: interrupt_handlers[vector](Frame*)
;   5. interrupt_return undoes it all, in reverse order, from the frame as it is then
;
;   the frame on the stack, higher addresses first:
;       user ss, user esp          only from privilege level 3
;       eflags, cs, eip            pushed by the processor
;       error code, vector         by the processor or the stub
;       eax ecx edx ebx esp ebp esi edi    by pusha
;       ds es fs gs                <- esp when the handler is called, and its argument

%include "layout.inc"

section .text

; 1. The vectors for which the processor pushes an error code (Intel SDM Vol. 3A, table 6-1; 29 and 30: AMD64 APM
;    Vol. 2, 8.2).
%macro STUB 1
stub_%1:
%if %1 == 8 || (%1 >= 10 && %1 <= 14) || %1 == 17 || %1 == 21 || %1 == 29 || %1 == 30
%else
    push dword 0
%endif
    push dword %1
    jmp interrupt_common
%endmacro

%assign vector 0
%rep 256
    STUB vector
%assign vector vector + 1
%endrep

extern interrupt_handlers

FRAME_VECTOR equ 48                     ; offset of the vector in interrupts::Frame: 4 segments and 8 registers

align 16
interrupt_common:
    pusha                               ; 2
    push ds
    push es
    push fs
    push gs
    ; 3. EFLAGS with all flags 0 but bit 1, which is always 1. DF = 0: compiled code relies on it, and the interrupted
    ;    program may have set it. AC = 0: otherwise a program could switch SMAP off for the kernel. IF = 0: as the
    ;    interrupt gate left it.
    push dword 1 << 1
    popfd
    mov eax, KERNEL_DATA                ; ss was loaded by the processor; fs and gs are not used by the kernel
    mov ds, eax
    mov es, eax
    mov ecx, [esp + FRAME_VECTOR]       ; 4
    push esp                            ; the frame by pointer: a callee may overwrite what it gets by value
    call [interrupt_handlers + ecx * 4]
global interrupt_dispatched             ; a backtrace that finds this return address has found an interrupt
interrupt_dispatched:
    add esp, 4

; 5. Also the first code of a new process: its kernel stack is made to look as if it had been interrupted.
global interrupt_return
interrupt_return:
    pop gs
    pop fs
    pop es
    pop ds
    popa
    add esp, 8                          ; vector and error code
    iret

; For interrupts::initialize: where each vector's stub is.
section .rodata
global interrupt_stubs
interrupt_stubs:
%assign vector 0
%rep 256
    dd stub_ %+ vector
%assign vector vector + 1
%endrep
