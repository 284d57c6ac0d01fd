; The smallest kernel that GRUB boots: it puts a number into eax and stops (chapter 1).

bits 32

MULTIBOOT_HEADER_MAGIC equ 0x1BADB002
MULTIBOOT_FLAGS        equ 0

; What GRUB looks for in the first 8192 bytes of the file (Multiboot Specification 0.6.96, 3.1.2 "The magic fields of
; Multiboot header"). The three numbers add up to 0.
section .multiboot progbits alloc noexec nowrite align=4
header:
    dd MULTIBOOT_HEADER_MAGIC
    dd MULTIBOOT_FLAGS
    dd -(MULTIBOOT_HEADER_MAGIC + MULTIBOOT_FLAGS)

section .text
global start
start:
    mov eax, 0xCAFEBABE
.stop:
    cli                                 ; no interrupt may end the halt
    hlt
    jmp .stop                           ; but a non-maskable one can (Intel SDM Vol. 2A, HLT)
