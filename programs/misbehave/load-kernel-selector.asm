; Loads the kernel's data segment. Its descriptor has DPL 0: privilege level 3 may not load it
; (Intel SDM Vol. 3A, 5.6 Privilege Level Checking When Accessing Data Segments).
; Ends: killed by SIGSEGV (general protection fault)

%include "program.inc"

start:
    mov eax, KERNEL_DATA
    mov ds, eax
    not_stopped
