; Copying between the kernel and a program, where any access may fault (chapter 12).
;
; std::uint32_t user_memory_copy(void* to, const void* from, std::uint32_t size)
;   1. open the program's pages: with CR4.SMAP the kernel may touch them only while EFLAGS.AC is set (Intel SDM Vol. 3A,
;      4.6.1 Determination of Access Rights). Without SMAP the flag has no effect at privilege level 0.
;   2. copy doublewords, then the bytes that are left
;   3. close the pages again and return how many bytes were not copied: 0, or more after a fault
; A page fault at .copy_doublewords or .copy_bytes goes on at the label that .fixups names for it. The string
; instructions keep esi, edi and ecx up to date, so ecx then tells how much was left.
; Clobbers eax, ecx, edx.
;
;   stack after the pushes: [esp] eflags, [esp+4] edi, [esp+8] esi, [esp+12] return, [esp+16] to, +20 from, +24 size

EFLAGS_AC equ 1 << 18

section .text
global user_memory_copy
user_memory_copy:
    push esi
    push edi
    pushfd
    mov edi, [esp + 16]
    mov esi, [esp + 20]
    mov edx, [esp + 24]
    pushfd                              ; 1
    or dword [esp], EFLAGS_AC
    popfd
    mov ecx, edx                        ; 2
    shr ecx, 2
.copy_doublewords:
    rep movsd
    mov ecx, edx
    and ecx, 3
.copy_bytes:
    rep movsb
.bytes_left:
    mov eax, ecx
.close:
    popfd                               ; 3: the flags of before, AC clear
    pop edi
    pop esi
    ret
.doublewords_left:
    lea eax, [ecx * 4]
    and edx, 3
    add eax, edx
    jmp .close

section .fixups progbits alloc noexec nowrite align=4
    dd user_memory_copy.copy_doublewords, user_memory_copy.doublewords_left
    dd user_memory_copy.copy_bytes, user_memory_copy.bytes_left
