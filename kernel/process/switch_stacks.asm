; Giving the processor from one kernel stack to another (chapter 11).
;
; void switch_stacks(std::uint32_t* saved_esp, std::uint32_t next_esp)
;   1. save the registers that a callee must preserve (System V i386 ABI, "Registers and the Stack Frame"); the caller
;      has saved the others itself, and call has pushed where to go on
;   2. note where this stack was left, and take the other one
;   3. restore the same registers from there and return to whoever left it
;
;   what lies on a stack that was left (thread.cpp: SwitchFrame):   edi esi ebx ebp return-address
; Interrupts must be off. Clobbers eax, ecx, edx as any function may.

section .text
global switch_stacks
switch_stacks:
    mov eax, [esp + 4]
    mov ecx, [esp + 8]
    push ebp                            ; 1
    push ebx
    push esi
    push edi
    mov [eax], esp                      ; 2
    mov esp, ecx
    pop edi                             ; 3
    pop esi
    pop ebx
    pop ebp
    ret
