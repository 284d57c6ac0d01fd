; Reads the keyboard controller's port. IOPL is 0 and the TSS has no I/O permission bitmap, so no
; port is open to programs (Intel SDM Vol. 1, 19.5 I/O Protection, I/O Permission Bit Map).
; Ends: killed by SIGSEGV (general protection fault)

%include "program.inc"

start:
    in al, 0x60
    not_stopped
