; Fills every register with a value of its own and checks that all of them survive ten thousand
; system calls, and then half a second of timer interrupts. Segment registers too: es holds the code
; segment (which may be read) and fs the null selector.
; Ends: exited with status 0 (any other tells which check failed, see check_all)
;
; 1. Load the segment registers.
; 2. Ten thousand times: load the rest, call getpid, check. Everything but eax must be as loaded.
; 3. Until the clock has moved by half a second: load the rest, spin, check. Timer interrupts come
;    in between.

%include "program.inc"

EAX_VALUE equ 0xA1A2A3A4
EBX_VALUE equ 0xB1B2B3B4
ECX_VALUE equ 0xC1C2C3C4
EDX_VALUE equ 0xD1D2D3D4
ESI_VALUE equ 0x51525354
EDI_VALUE equ 0xF1F2F3F4
EBP_VALUE equ 0xE1E2E3E4

; CF, PF, AF, ZF, SF, DF, OF and NT are set (they may be, at privilege level 3), IF is on, and TF,
; IOPL and VM must stay 0.
FLAGS_LOADED equ 1 << 0 | 1 << 2 | 1 << 4 | 1 << 6 | 1 << 7 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 14
FLAGS_MASK   equ FLAGS_LOADED | 1 << 8 | 3 << 12 | 1 << 17

; Loads all but the segment registers and eax. eax is loaded later with mov, which leaves the flags
; alone.
%macro load_all 0
    mov ebx, EBX_VALUE
    mov ecx, ECX_VALUE
    mov edx, EDX_VALUE
    mov esi, ESI_VALUE
    mov edi, EDI_VALUE
    mov ebp, EBP_VALUE
    mov [stack], esp
    push dword FLAGS_LOADED
    popf
%endmacro

; check VALUE, EXPECTED, STATUS: ends the program with STATUS if they differ.
%macro check 3
    mov dword [status], %3
    cmp %1, %2
    jne failed
%endmacro

%macro check_all 0
    pushf
    pop dword [flags]
    and dword [flags], FLAGS_MASK
    check dword [flags], FLAGS_LOADED, 1
    check ebx, EBX_VALUE, 2
    check ecx, ECX_VALUE, 3
    check edx, EDX_VALUE, 4
    check esi, ESI_VALUE, 5
    check edi, EDI_VALUE, 6
    check ebp, EBP_VALUE, 7
    check esp, [stack], 8
    mov eax, ds
    check eax, USER_DATA | 3, 9
    mov eax, es
    check eax, USER_CODE | 3, 10
    mov eax, fs
    check eax, 0, 11
    mov eax, gs
    check eax, USER_DATA | 3, 12
%endmacro

start:
    mov eax, USER_CODE | 3 ; 1
    mov es, eax
    mov eax, 0
    mov fs, eax

    mov dword [count], 10000
calls:
    load_all ; 2
    mov eax, SYS_getpid
    int SYSTEM_CALL_VECTOR
    check_all
    dec dword [count]
    jnz calls

    mov eax, SYS_times
    mov ebx, 0
    int SYSTEM_CALL_VECTOR
    add eax, TICKS_PER_SECOND / 2
    mov [end_time], eax
ticks:
    mov dword [count], 100000
    load_all ; 3
    mov eax, EAX_VALUE
.spin:
    times 16 nop
    pushf
    sub dword [count], 1
    jz .spun
    popf ; the flags as they were loaded
    jmp .spin
.spun:
    popf
    mov [saved_eax], eax
    check_all
    check dword [saved_eax], EAX_VALUE, 13
    mov eax, SYS_times
    mov ebx, 0
    int SYSTEM_CALL_VECTOR
    sub eax, [end_time]
    js ticks ; the difference, so that a clock that wraps does no harm

    mov dword [status], 0
failed:
    push dword 0x202 ; the flags a program begins with: NT must not reach the exit
    popf
    mov ebx, [status]
    mov eax, SYS_exit
    int SYSTEM_CALL_VECTOR

section .bss
status: resd 1
count: resd 1
end_time: resd 1
saved_eax: resd 1
flags: resd 1
stack: resd 1
