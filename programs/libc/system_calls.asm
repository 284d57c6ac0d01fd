; The system calls as functions for C, one stub for each line of kernel/abi/system_calls.def
; (chapter 13).
;
; C passes arguments on the stack, the kernel takes them in registers:
;
;     esp + 20 + ... | second argument, ...     | -> ecx, edx, esi, edi
;     esp + 16       | first argument           | -> ebx
;     esp + 12       | return address           |
;     esp + 8, 4, 0  | saved ebx, esi, edi      |
;
; 1. Save what C expects to find unchanged (ebx, esi, edi); eax, ecx and edx are free to be changed.
; 2. Load the registers. A call with fewer than five arguments loads what lies there: the kernel
;    does not look at it.
; 3. int 0x80. The kernel preserves every register but eax.
; 4. A result from -4095 to -1 is an error: put it into errno and return -1.

bits 32
%include "layout.inc"
extern errno
section .text

; Some calls go under another name here, because the C function of that name does more (unistd.c,
; process.c, signal.c).
%define exit   _exit
%define brk    system_call_brk
%define reboot system_call_reboot
%define mmap   system_call_mmap
%define vfork  system_call_vfork
%define sigaction   system_call_sigaction
%define sigprocmask system_call_sigprocmask
%define sigpending  system_call_sigpending
%define sigsuspend  system_call_sigsuspend
%define _newselect  select

%macro SYSTEM_CALL 2 ; number, name
global %2
$%2: ; `times` is a word of NASM's own: with a $ before it, it is a name
    mov eax, %1
    jmp call_kernel
%endmacro

%include "system_calls.inc"

call_kernel:
    push ebx ; 1
    push esi
    push edi
    mov ebx, [esp + 16] ; 2
    mov ecx, [esp + 20]
    mov edx, [esp + 24]
    mov esi, [esp + 28]
    mov edi, [esp + 32]
enter_kernel:
    int SYSTEM_CALL_VECTOR ; 3
    pop edi
    pop esi
    pop ebx
    cmp eax, -4095 ; 4: unsigned, so that -4095 is the least of the errors
    jb .done
    neg eax
    mov [errno], eax
    mov eax, -1
.done:
    ret

; long syscall(long number, ...): the same with the number as first argument.
global syscall
syscall:
    push ebx
    push esi
    push edi
    mov eax, [esp + 16]
    mov ebx, [esp + 20]
    mov ecx, [esp + 24]
    mov edx, [esp + 28]
    mov esi, [esp + 32]
    mov edi, [esp + 36]
    jmp enter_kernel

%undef vfork
; pid_t vfork(void): the child returns first, and what it calls then is written over this return address, for the stack is
; the parent's. So the address is kept in a register: of those each has its own.
global vfork
vfork:
    pop ecx
    mov eax, 190
    int SYSTEM_CALL_VECTOR
    push ecx
    cmp eax, -4095 ; as above
    jb .return
    xor ecx, ecx ; errno is its negative
    sub ecx, eax
    mov [errno], ecx
    or eax, -1
.return:
    ret
