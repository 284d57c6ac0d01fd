; Enters the kernel through sysenter. The kernel has not set it up (the register IA32_SYSENTER_CS is
; 0), so it faults (Intel SDM Vol. 2B, SYSENTER - Fast System Call). A processor that does not know
; the instruction says so.
; Ends: killed by SIGSEGV (general protection fault), or killed by SIGILL (invalid opcode)

%include "program.inc"

start:
    sysenter
    not_stopped
