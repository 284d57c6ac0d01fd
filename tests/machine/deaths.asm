; A kernel of a few pages that dies in the way the last word of its command line names: what explain.py is tested with.
; It sets up all that a small kernel has (GDT, TSS, IDT, PIC, and page tables that map the first 4 MiB where they are),
; says so on the serial line, and then makes one mistake. Each mistake is a few lines; the table at the end has its name.
bits 32

COM1 equ 0x3F8

section .text
align 4
    dd 0x1BADB002, 0, -0x1BADB002

global start
start:
    cld
    mov esp, stack_top
    mov [information], ebx
    lgdt [gdt_pointer]
    jmp 0x08:.code
.code:
    mov ax, 0x10
    mov ds, ax
    mov es, ax
    mov fs, ax
    mov gs, ax
    mov ss, ax
    mov eax, tss                ; the descriptor's base, in its three parts
    mov [gdt_tss + 2], ax
    shr eax, 16
    mov [gdt_tss + 4], al
    mov [gdt_tss + 7], ah
    mov edi, idt                ; 256 interrupt gates to `handler`
    mov ecx, 256
.gate:
    mov eax, handler
    mov [edi], ax
    mov word [edi + 2], 0x08
    mov word [edi + 4], 0x8E00
    shr eax, 16
    mov [edi + 6], ax
    add edi, 8
    loop .gate
    mov byte [idt + 0x80 * 8 + 5], 0xEE ; the system call gate: DPL 3
    lidt [idt_pointer]
    mov al, 0x11                ; the PIC at 0x20 and 0x28, all lines masked
    out 0x20, al
    out 0xA0, al
    mov al, 0x20
    out 0x21, al
    mov al, 0x28
    out 0xA1, al
    mov al, 4
    out 0x21, al
    mov al, 2
    out 0xA1, al
    mov al, 1
    out 0x21, al
    out 0xA1, al
    mov al, 0xFF
    out 0x21, al
    out 0xA1, al
    mov edi, page_directory     ; one table maps the first 4 MiB where they are; also for ring 3
    mov dword [edi], page_table + 7
    mov edi, page_table
    mov eax, 7
.page:
    stosd
    add eax, 4096
    cmp eax, 0x400000 + 7
    jne .page
    mov esi, greeting
    call print

    mov esi, [information]      ; find the last word of the command line in the table
    mov esi, [esi + 16]
.word:
    mov edi, esi
.letter:
    lodsb
    cmp al, ' '
    je .word
    test al, al
    jnz .letter
    sub esi, edi                ; its length, with the 0
    mov edx, mistakes
.look:
    mov eax, [edx]              ; where it goes
    test eax, eax
    jz .unknown
    add edx, 4
    mov ecx, esi
    push esi
    push edi
    mov esi, edx
    repe cmpsb
    pop edi
    pop esi
    je .found
.skip:
    inc edx
    cmp byte [edx - 1], 0
    jne .skip
    jmp .look
.found:
    jmp eax
.unknown:
    mov esi, what
    call print
    jmp handler

handler:                        ; for every vector
    cli
    hlt
    jmp handler

print:
    lodsb
    test al, al
    jz .done
    mov ah, al
    mov edx, COM1 + 5
.wait:
    in al, dx
    test al, 0x20
    jz .wait
    mov al, ah
    mov edx, COM1
    out dx, al
    jmp print
.done:
    ret

%macro paging_on 0
    mov eax, page_directory
    mov cr3, eax
    mov eax, cr0
    or eax, 1 << 31
    mov cr0, eax
%endmacro
%macro unmap 1                  ; the page of a label
    mov eax, %1
    shr eax, 12
    mov dword [page_table + 4 * eax], 0
    mov eax, cr3
    mov cr3, eax
%endmacro
%macro every_gate 1             ; one instruction about the gate at edi
    mov edi, idt
    mov ecx, 256
%%next:
    %1
    add edi, 8
    loop %%next
%endmacro

; --- The IDT and its gates ---
idt_limit:
    mov word [idt_pointer], 5 * 8 - 1
    lidt [idt_pointer]
    ud2
idt_not_loaded:
    lidt [no_idt]
    ud2
idt_not_mapped:
    paging_on
    unmap idt
    ud2
lidt_of_table:
    lidt [idt]
    ud2
gate_not_present:
    every_gate {and byte [edi + 5], 0x7F}
    ud2
gate_type:
    every_gate {mov byte [edi + 5], 0x8C}  ; a call gate
    ud2
gate_empty:
    every_gate {and dword [edi], 0}
    every_gate {and dword [edi + 4], 0}
    ud2
gate_swapped_alike:             ; the lower half of the handlers' addresses reads as the type of a gate, too
    every_gate {mov word [edi], 0x8E00}
    every_gate {mov word [edi + 6], 0xC011}
gate_swapped:
    mov edi, idt
    mov ecx, 256
.next:
    mov eax, [edi]
    xchg eax, [edi + 4]
    mov [edi], eax
    add edi, 8
    loop .next
    ud2
gate_selector_null:
    every_gate {mov word [edi + 2], 0}
    ud2
gate_selector_data:
    every_gate {mov word [edi + 2], 0x10}
    ud2
gate_selector_beyond:
    every_gate {mov word [edi + 2], 0x100}
    ud2
gate_selector_user:
    every_gate {mov word [edi + 2], 0x1B}
    ud2
handler_not_mapped:
    every_gate {mov word [edi + 6], 0xDEAD}
    paging_on
    ud2
gate_offset:                    ; without its upper half; what lies there raises an exception, too
    mov dword [page_table + 0x3F0 * 4], 0
    every_gate {mov word [edi + 6], 0}
    mov eax, handler
    and eax, 0xFFFF
    mov word [eax], 0x0B0F      ; ud2
    paging_on
    mov esp, 0x003F1040         ; room for five of their frames
    ud2
gate_dpl:                       ; int 0x80 of ring 3 through a gate for ring 0, and no handler
    every_gate {and byte [edi + 5], 0x9F}
    mov byte [idt + 13 * 8 + 5], 0
    mov byte [idt + 8 * 8 + 5], 0
    mov byte [idt + 11 * 8 + 5], 0
    jmp to_ring_3

; --- Paging ---
stack_not_mapped:
    paging_on
    mov esp, 0x00800000
    push eax
code_not_mapped:                ; a directory that knows only the higher half
    mov dword [page_directory + 4 * 768], page_table + 7
    mov dword [page_directory], 0
    paging_on
    nop
cr3_virtual:
    paging_on
    mov eax, page_directory + 0xC0000000
    mov cr3, eax
    nop
large_page_without_pse:
    mov dword [page_directory], 0x83
    paging_on
    nop
gdt_not_mapped:
    paging_on
    unmap gdt
    mov ax, 0x10
    mov ds, ax
page_not_mapped:                ; told, by a handler that halts
    paging_on
    mov [0xB0000000], eax
endless_exception:
    every_gate {mov dword [edi], 0x00080000 + return_at_once - $$}
    paging_on
    mov eax, return_at_once
    mov [idt + 14 * 8], ax
    shr eax, 16
    mov [idt + 14 * 8 + 6], ax
.fault:
    mov [0xB0000000], eax
    jmp handler
return_at_once:
    add esp, 4
    iretd

; --- Ring 3 and the TSS ---
to_ring_3:                      ; int 0x80 there
    mov eax, 0x28
    ltr ax
int_from_ring_3:
    push 0x23
    push user_stack_top
    push 2
    push 0x1B
    push user
    iretd
user:
    int 0x80
    jmp $
no_ltr:
    jmp int_from_ring_3
tss_limit:
    mov word [gdt_tss], 7
    jmp to_ring_3
tss_ss0_null:
    mov dword [tss + 8], 0
    jmp to_ring_3
tss_ss0_code:
    mov dword [tss + 8], 0x08
    jmp to_ring_3
tss_ss0_rpl:
    mov dword [tss + 8], 0x13
    jmp to_ring_3
tss_esp0_zero:
    mov dword [tss + 4], 0
    paging_on
    jmp to_ring_3
tss_esp0_not_mapped:
    mov dword [tss + 4], 0x00800000
    paging_on
    jmp to_ring_3
tss_not_mapped:
    paging_on
    mov eax, 0x28
    ltr ax
    unmap tss
    jmp int_from_ring_3
ltr_data:
    lidt [no_idt]
    mov ax, 0x10
    ltr ax

; --- Frames that iret refuses, with no IDT to tell it ---
%macro bad_iret 5               ; ss, esp, eflags, cs, eip
    lidt [no_idt]
    push %1
    push %2
    push %3
    push %4
    push %5
    iretd
%endmacro
iret_cs_rpl:
    bad_iret 0x23, user_stack_top, 2, 0x18, user
iret_cs_kernel:
    bad_iret 0x23, user_stack_top, 2, 0x0B, user
iret_cs_data:
    bad_iret 0x23, user_stack_top, 2, 0x23, user
iret_cs_beyond:
    bad_iret 0x23, user_stack_top, 2, 0x103, user
iret_ss_rpl:
    bad_iret 0x20, user_stack_top, 2, 0x1B, user
iret_ss_kernel:
    bad_iret 0x13, user_stack_top, 2, 0x1B, user
iret_ss_null:
    bad_iret 0, user_stack_top, 2, 0x1B, user
iret_shifted:                   ; an error code that was not taken away
    lidt [no_idt]
    pushfd
    push 0x08
    push user
    push 0x14
    iretd

; --- The GDT ---
gdt_junk:
    lidt [no_idt]
    lgdt [junk]
    mov ax, 0x10
    mov ds, ax
gdt_limit:
    lidt [no_idt]
    mov word [gdt_pointer], 5 * 8 - 1
    lgdt [gdt_pointer]
    mov ax, 0x28
    ltr ax
ss_dpl:
    lidt [no_idt]
    mov ax, 0x23
    mov ss, ax
gdt_gone:                       ; then a gate's selector can't be looked up
    mov word [gdt_pointer], 7
    lgdt [gdt_pointer]
    ud2

; --- Interrupts ---
interrupts_before_idt:
    lidt [no_idt]
    jmp ticks
pic_not_remapped:
    mov al, 0x11
    out 0x20, al
    mov al, 8
    out 0x21, al
    mov al, 4
    out 0x21, al
    mov al, 1
    out 0x21, al
ticks:
    mov al, 0xFE
    out 0x21, al
    sti
.wait:
    jmp .wait

no_end_of_interrupt:            ; a handler that returns and has not told the PIC
    mov eax, .handler
    mov [idt + 0x20 * 8], ax
    shr eax, 16
    mov [idt + 0x20 * 8 + 6], ax
    mov al, 0xFE
    out 0x21, al
    sti
.before:
    cmp dword [flag], 0
    je .before
    mov esi, tick
    call print
.busy:
    inc ebx                     ; no two looks find the same
    jmp .busy
.handler:
    inc dword [flag]
    iretd

; --- Resets and hangs ---
reset_keyboard:
    mov al, 0xFE
    out 0x64, al
    jmp $
reset_port:
    mov al, 6
    mov edx, 0xCF9
    out dx, al
    jmp $
halt:
    cli
    hlt
    jmp halt
spin:
    cli
    jmp $
loop_with_interrupts_off:
    cli
.again:
    mov eax, [flag]
    test eax, eax
    jz .again

section .data
greeting: db "deaths: hello", 10, 0
what:     db "deaths: what?", 10, 0
tick:     db "deaths: tick", 10, 0
gdt_pointer: dw 6 * 8 - 1
             dd gdt
idt_pointer: dw 256 * 8 - 1
             dd idt
no_idt:      dw 0
             dd 0
junk:        dd gdt             ; base first: the wrong way round
             dw 6 * 8 - 1
flag:        dd 0
%macro mistake 2
    dd %2
    db %1, 0
%endmacro
mistakes:
    mistake "idt-limit", idt_limit
    mistake "idt-not-loaded", idt_not_loaded
    mistake "idt-not-mapped", idt_not_mapped
    mistake "lidt-of-table", lidt_of_table
    mistake "gate-not-present", gate_not_present
    mistake "gate-type", gate_type
    mistake "gate-empty", gate_empty
    mistake "gate-swapped", gate_swapped
    mistake "gate-swapped-alike", gate_swapped_alike
    mistake "gate-selector-null", gate_selector_null
    mistake "gate-selector-data", gate_selector_data
    mistake "gate-selector-beyond", gate_selector_beyond
    mistake "gate-selector-user", gate_selector_user
    mistake "handler-not-mapped", handler_not_mapped
    mistake "gate-offset", gate_offset
    mistake "gate-dpl", gate_dpl
    mistake "stack-not-mapped", stack_not_mapped
    mistake "code-not-mapped", code_not_mapped
    mistake "cr3-virtual", cr3_virtual
    mistake "large-page-without-pse", large_page_without_pse
    mistake "gdt-not-mapped", gdt_not_mapped
    mistake "page-not-mapped", page_not_mapped
    mistake "endless-exception", endless_exception
    mistake "no-ltr", no_ltr
    mistake "tss-limit", tss_limit
    mistake "tss-ss0-null", tss_ss0_null
    mistake "tss-ss0-code", tss_ss0_code
    mistake "tss-ss0-rpl", tss_ss0_rpl
    mistake "tss-esp0-zero", tss_esp0_zero
    mistake "tss-esp0-not-mapped", tss_esp0_not_mapped
    mistake "tss-not-mapped", tss_not_mapped
    mistake "ltr-data", ltr_data
    mistake "iret-cs-rpl", iret_cs_rpl
    mistake "iret-cs-kernel", iret_cs_kernel
    mistake "iret-cs-data", iret_cs_data
    mistake "iret-cs-beyond", iret_cs_beyond
    mistake "iret-ss-rpl", iret_ss_rpl
    mistake "iret-ss-kernel", iret_ss_kernel
    mistake "iret-ss-null", iret_ss_null
    mistake "iret-shifted", iret_shifted
    mistake "gdt-junk", gdt_junk
    mistake "gdt-limit", gdt_limit
    mistake "ss-dpl", ss_dpl
    mistake "gdt-gone", gdt_gone
    mistake "interrupts-before-idt", interrupts_before_idt
    mistake "pic-not-remapped", pic_not_remapped
    mistake "no-end-of-interrupt", no_end_of_interrupt
    mistake "reset-keyboard", reset_keyboard
    mistake "reset-port", reset_port
    mistake "halt", halt
    mistake "spin", spin
    mistake "loop", loop_with_interrupts_off
    dd 0

section .gdt progbits alloc write align=4096 ; pages of their own, so that they can be unmapped alone
gdt:
    dq 0
    dq 0x00CF9A000000FFFF
    dq 0x00CF92000000FFFF
    dq 0x00CFFA000000FFFF
    dq 0x00CFF2000000FFFF
gdt_tss:
    dq 0x0000890000000067
section .tss progbits alloc write align=4096
tss:
    dd 0, stack_top, 0x10
    times 22 dd 0
    dw 0, 0x68
section .bss align=4096
idt: resb 4096
page_directory: resb 4096
page_table: resb 4096
resb 4096
stack_top:
resb 4096
user_stack_top:
information: resd 1
