; Calls the page below the kernel's boot stack: it lies in the middle of the kernel's image, but is not
; mapped. So the report of the fault can't read the code there, and must say so instead of faulting.
; Ends: killed by SIGSEGV (page fault)

%include "program.inc"
%include "kernel_symbols.inc"

start:
    mov eax, BOOT_STACK_GUARD
    call eax
    not_stopped
