; Loading the GDT and all segment registers (chapter 4).
;
; void gdt_load(const TablePointer* pointer)
;   1. LGDT takes limit and base. The segment registers still hold what was loaded from the old table: each has a
;      hidden copy of its descriptor (Intel SDM Vol. 3A, 3.4.3 Segment Registers).
;   2. A far jump reloads cs; nothing else can.
;   3. The data segment registers are reloaded one by one.
; Clobbers eax.

%include "layout.inc"

section .text
global gdt_load
gdt_load:
    mov eax, [esp + 4]
    lgdt [eax]                          ; 1
    jmp KERNEL_CODE:.code_reloaded      ; 2
.code_reloaded:
    mov eax, KERNEL_DATA                ; 3
    mov ds, eax
    mov es, eax
    mov fs, eax
    mov gs, eax
    mov ss, eax
    ret
