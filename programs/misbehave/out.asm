; Writes the keyboard controller's command that resets the machine. No port is open to programs
; (Intel SDM Vol. 1, 19.5 I/O Protection, I/O Permission Bit Map).
; Ends: killed by SIGSEGV (general protection fault)

%include "program.inc"

start:
    mov al, 0xFE
    out 0x64, al
    not_stopped
