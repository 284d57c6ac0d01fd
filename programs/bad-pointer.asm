; Asks the kernel to write from an address of the kernel's own, then from one where nothing is. Both
; answers must be -EFAULT (chapter 12).
; Ends: exited with status 0

%include "program.inc"

EFAULT equ 14 ; kernel/abi/errno.h

; must_be_refused ADDRESS, TEXT: ends with status 1 if write takes it.
%macro must_be_refused 2
    mov eax, SYS_write
    mov ebx, 1
    mov ecx, %1
    mov edx, 4
    int SYSTEM_CALL_VECTOR
    cmp eax, -EFAULT
    jne wrong
    say %2, 10
%endmacro

start:
    must_be_refused KERNEL_BASE, "an address of the kernel: EFAULT"
    must_be_refused 0x40000000, "an address where nothing is mapped: EFAULT"
    end_with 0

wrong:
    say "the kernel did not refuse a bad pointer", 10
    end_with 1
