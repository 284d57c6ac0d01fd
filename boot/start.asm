; From GRUB to the first C++ line (chapter 1: steps 1 and 6; chapter 2: step 5; chapter 8: steps 2 to 4).
;
; The loader jumps to `start` with, by the Multiboot specification 0.6.96, section 3.2 "Machine state":
;   eax = 0x2BADB002, ebx = physical address of the Multiboot information, protected mode, flat segments,
;   interrupts off, paging off. Everything else is undefined: esp, the GDT, the direction flag.
; `kernel_main(magic, information)` is called with paging on, in the higher half, on a stack of the kernel's own.
;
;   1. check that a Multiboot loader started us
;   2. check that the processor has 4 MiB pages
;   3. load the boot page directory and turn paging on
;   4. jump to the higher half
;   5. take our own stack and call kernel_main
;   6. if anything is missing, say so on screen and serial line, and stop

%include "layout.inc"

bits 32

MULTIBOOT_HEADER_MAGIC equ 0x1BADB002
MULTIBOOT_LOADER_MAGIC equ 0x2BADB002
MULTIBOOT_PAGE_ALIGN   equ 1 << 0 ; modules on page boundaries
MULTIBOOT_MEMORY_INFO  equ 1 << 1 ; tell us how much memory there is
MULTIBOOT_FLAGS        equ MULTIBOOT_PAGE_ALIGN | MULTIBOOT_MEMORY_INFO

; The header must lie within the file's first 8192 bytes (Multiboot specification, 3.1). It has a section of its own so
; that the linker script can put it first whatever else is linked.
section .multiboot progbits alloc noexec nowrite align=4
    dd MULTIBOOT_HEADER_MAGIC
    dd MULTIBOOT_FLAGS
    dd -(MULTIBOOT_HEADER_MAGIC + MULTIBOOT_FLAGS) ; the three add up to 0

; Linked at its physical address: it runs before paging, and on while paging is turned on.
section .boot progbits alloc exec nowrite align=16

global start
start:
    cld                                 ; the System V ABI's state: string instructions count upwards

; 1. Started by a Multiboot loader?
    mov esi, no_multiboot_message
    cmp eax, MULTIBOOT_LOADER_MAGIC
    jne stop_with_message
    mov ebp, eax                        ; CPUID overwrites eax, ebx, ecx and edx: keep the loader's two words
    mov edi, ebx

; 2. 4 MiB pages? CPUID exists if EFLAGS.ID (bit 21) can be changed (Intel SDM Vol. 1, 3.4.3.3 System Flags and IOPL
;    Field); CPUID.01H:EDX.PSE is bit 3 (Vol. 2A, CPUID, table 3-11). The stack is ours from here on.
    mov esp, boot_stack_end - KERNEL_BASE
    mov esi, no_large_pages_message
    pushfd
    pop eax
    mov ecx, eax
    xor eax, 1 << 21
    push eax
    popfd
    pushfd
    pop eax
    xor eax, ecx
    test eax, 1 << 21
    jz stop_with_message
    mov eax, 1
    cpuid
    test edx, 1 << 3
    jz stop_with_message

; 3. Paging on. Order matters: the directory first, then CR4.PSE, which gives the PS bit its meaning, then CR0.PG
;    (Intel SDM Vol. 3A, 4.3 32-Bit Paging). CR0.WP makes read-only pages read-only for the kernel too (2.5 Control
;    Registers).
    mov eax, boot_page_directory
    mov cr3, eax
    mov eax, cr4
    or eax, 1 << 4                      ; CR4.PSE
    mov cr4, eax
    mov eax, cr0
    or eax, (1 << 31) | (1 << 16)       ; CR0.PG | CR0.WP
    mov cr0, eax

; 4. The next instruction was fetched through the identity entry. An absolute jump leaves it for the higher half.
    mov eax, higher_half
    jmp eax

; 6. esi = a message that ends in 0. The screen is written from its top left corner: light grey on red. COM1 is set to
;    38400 bits per second, 8 bits, no parity, as drivers/serial.cpp does (PC16550D data sheet, 8.0 Registers): what the
;    firmware leaves there may be 5 bits, or nothing.
COM1          equ 0x3F8
DIVISOR_HIGH  equ COM1 + 1              ; with the divisor at COM1 while the latch is open
LINE_CONTROL  equ COM1 + 3
LINE_STATUS   equ COM1 + 5
DIVISOR_LATCH equ 1 << 7
EIGHT_BITS    equ 3
SENDER_EMPTY  equ 1 << 5

%macro out_byte 2
    mov dx, %1
    mov al, %2
    out dx, al
%endmacro

stop_with_message:
    out_byte LINE_CONTROL, DIVISOR_LATCH
    out_byte COM1, 3                    ; 115200 / 38400
    out_byte DIVISOR_HIGH, 0
    out_byte LINE_CONTROL, EIGHT_BITS
    mov edi, VGA_TEXT
.next_character:
    lodsb
    test al, al
    jz .stop
    mov ah, 0x47
    mov [edi], ax
    add edi, 2
    mov ah, al
    mov ecx, 100000                     ; polls, then go on: the port may be stuck
    mov dx, LINE_STATUS
.wait:
    in al, dx
    test al, SENDER_EMPTY
    loopz .wait
    out_byte COM1, ah
    jmp .next_character
.stop:
    cli
    hlt
    jmp .stop

no_multiboot_message:
    db "Trapgate: not started by a Multiboot loader (eax is not 0x2BADB002). Stopped.", 0
no_large_pages_message:
    db "Trapgate: this processor has no 4 MiB pages (CPUID.01H:EDX.PSE). Stopped.", 0

; Two entries map the first 4 MiB of physical memory twice: at 0, where we are running, and at KERNEL_BASE, where we
; want to be. The kernel replaces this directory by its own in paging::initialize.
PAGE_PRESENT  equ 1 << 0
PAGE_WRITABLE equ 1 << 1
PAGE_LARGE    equ 1 << 7                ; PS: this entry maps 4 MiB (Intel SDM Vol. 3A, table 4-4)
KERNEL_ENTRY  equ KERNEL_BASE / LARGE_PAGE_SIZE

section .boot.directory progbits alloc noexec nowrite align=4096
boot_page_directory:
    dd PAGE_PRESENT | PAGE_WRITABLE | PAGE_LARGE
    times KERNEL_ENTRY - 1 dd 0
    dd PAGE_PRESENT | PAGE_WRITABLE | PAGE_LARGE
    times 1024 - KERNEL_ENTRY - 1 dd 0

section .text
extern kernel_main
higher_half:
; 5. esp gets its virtual value: the identity entry will go away. 16-byte alignment before the call, as the System V
;    i386 ABI demands: two arguments and 8 bytes of padding.
    mov esp, boot_stack_end
    xor ecx, ecx
    xchg ecx, ebp                       ; ebp = 0 ends the chain of frames that a backtrace follows
    sub esp, 8
    push edi                            ; physical address of the Multiboot information
    push ecx                            ; the loader's magic
    call kernel_main
.stop:                                  ; kernel_main does not return
    cli
    hlt
    jmp .stop

; The stack of kernel_main and later of the idle loop. The page below it is left unmapped by paging::initialize, so that
; an overflow faults instead of overwriting what lies below. As all kernel stacks it is aligned to its size.
section .stack nobits alloc noexec write align=KERNEL_STACK_SIZE
    resb KERNEL_STACK_SIZE - PAGE_SIZE
global boot_stack_guard
boot_stack_guard:
    resb PAGE_SIZE
    resb KERNEL_STACK_SIZE
boot_stack_end:
