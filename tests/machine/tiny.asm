; A kernel of one page that ends in the way its command line asks for: the machine driver's own test piece.
; The first letter of the last word decides (QEMU puts the kernel's name before it, GRUB does not):
;   o power off   x exit with status 42 (QEMU)   t triple fault   r reset through the keyboard controller
;   h cli; hlt    s cli; jmp $                   i halts with interrupts on, forever
;   k echo each make scan code as two hexadecimal digits     e echo the serial line
bits 32

COM1 equ 0x3F8

section .text
align 4                         ; the header first: GRUB and QEMU search the first 8 KiB of the file
    dd 0x1BADB002, 0, -0x1BADB002

global start
start:
    cld
    mov esp, stack_top
    mov edx, COM1 + 1
    xor eax, eax
    out dx, al                  ; no interrupts from the UART
    mov edx, COM1 + 3
    mov al, 3                   ; 8 data bits, no parity, 1 stop bit
    out dx, al
    mov esi, greeting
    call print
    mov esi, screen_text        ; the same on the screen, in line 0
    mov edi, 0xB8000
    mov ah, 0x1F                ; white on blue
.screen:
    lodsb
    test al, al
    jz .command
    stosw
    jmp .screen
.command:
    mov esi, [ebx + 16]         ; the Multiboot information: cmdline
.word:
    mov bl, [esi]               ; the first letter of a word, and in the end of the last one
.letter:
    lodsb
    cmp al, ' '
    je .word
    test al, al
    jnz .letter
    mov al, bl
.choose:
    mov ecx, choices
.next:
    cmp byte [ecx], 0
    je halt
    cmp al, [ecx]
    je .found
    add ecx, 5
    jmp .next
.found:
    mov ecx, [ecx + 1]
    jmp ecx

power_off:
    mov eax, 0x2000
    mov edx, 0x604
    out dx, ax
    mov edx, 0xB004
    out dx, ax
    jmp halt

exit_42:
    mov eax, 42
    mov edx, 0xF4
    out dx, eax
    jmp halt

triple_fault:
    lidt [no_idt]
    ud2

reset:
    mov al, 0xFE
    out 0x64, al
    jmp $

spin:
    cli
    jmp $

idle:                           ; the PIC is masked, so nothing ever wakes it
    mov al, 0xFF
    out 0x21, al
    out 0xA1, al
    sti
.again:
    hlt
    jmp .again

keys:
    in al, 0x64
    test al, 1
    jz keys
    in al, 0x60
    test al, 0x80
    jnz keys                    ; a key was released
    movzx ecx, al
    shr eax, 4
    call digit
    mov eax, ecx
    call digit
    jmp keys

echo:
    mov edx, COM1 + 5
.wait:
    in al, dx
    test al, 1
    jz .wait
    mov edx, COM1
    in al, dx
    call put
    jmp echo

halt:
    cli
    hlt
    jmp halt

digit:
    and eax, 15
    mov al, [digits + eax]
put:                            ; al to the serial line
    push edx
    push eax
    mov edx, COM1 + 5
.wait:
    in al, dx
    test al, 0x20
    jz .wait
    pop eax
    mov edx, COM1
    out dx, al
    pop edx
    ret
print:
    lodsb
    test al, al
    jz .done
    call put
    jmp print
.done:
    mov edx, COM1 + 5
.sent:
    in al, dx
    test al, 0x40               ; all has left the chip: nothing is lost if the machine ends now
    jz .sent
    ret

section .data
greeting:    db "tiny: hello", 10, 0
screen_text: db "tiny on the screen", 0
digits:      db "0123456789abcdef"
no_idt:      dw 0
             dd 0
choices:
    db 'o'
    dd power_off
    db 'x'
    dd exit_42
    db 't'
    dd triple_fault
    db 'r'
    dd reset
    db 'h'
    dd halt
    db 's'
    dd spin
    db 'i'
    dd idle
    db 'k'
    dd keys
    db 'e'
    dd echo
    db 0

section .bss
    resb 4096
stack_top:
