; Where a program written in C or C++ begins (chapter 13). Flat programs are entered at their first
; byte, so the linker scripts put this section first; in an ELF file e_entry points here.
;
; The kernel has laid out the stack as the System V ABI for the i386 says (section "Process
; Initialization"), with esp a multiple of 16:
;
;           | ...                        |
;           | environment strings, NULL  |
;           | NULL                       |
;           | argv[argc - 1]             |
;           | ...                        |
;  esp + 4  | argv[0]                    |
;  esp      | argc                       |
;
; 1. End the chain of stack frames: a debugger stops where the saved ebp is 0.
; 2. Find argc, argv and envp.
; 3. Call libc_start(argc, argv, envp) with esp a multiple of 16 at the call, as the ABI wants it
;    for every call.

bits 32
extern libc_start
global start

section .text.start progbits alloc exec nowrite
start:
    xor ebp, ebp               ; 1
    mov eax, [esp]             ; 2: argc
    lea ecx, [esp + 4]         ;    argv
    lea edx, [ecx + eax*4 + 4] ;    envp, after argv's NULL
    sub esp, 4                 ; 3: 4 bytes here and 12 of arguments keep esp a multiple of 16
    push edx
    push ecx
    push eax
    call libc_start            ; does not return
