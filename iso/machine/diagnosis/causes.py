"""The causes of a machine's death: the likely mistake behind each, and the chapter to read. The names are stable: graders
compare them."""

from __future__ import annotations

SEGMENTS, INTERRUPTS, PAGING, USER_MODE = "4 (segmentation)", "5 (interrupts)", "8 (paging)", "11 (user mode)"
FIRST_BOOT = "1 (first boot)"

CAUSES = {
    # --- The way through the IDT ---
    "idt-not-loaded": ("an exception before lidt, or lidt of a record that is still zero", INTERRUPTS),
    "lidt-of-table": ("lidt was given the table; it wants the address of a record of limit (2 bytes) and base (4)", INTERRUPTS),
    "idt-limit": ("the limit in lidt's record: it is the table's size in bytes minus 1, 8 bytes a gate", INTERRUPTS),
    "idt-not-mapped": ("the IDT's page is missing in this page directory, or lidt still has the physical address", PAGING),
    "gate-empty": ("no gate was set for this vector", INTERRUPTS),
    "gate-dwords-swapped": ("the two halves of the gate are exchanged: offset 15..0 and selector come first", INTERRUPTS),
    "gate-type": ("the type byte of the gate: 0x8E is a present 32-bit interrupt gate of level 0", INTERRUPTS),
    "gate-dpl": ("the gate's DPL: a gate for `int n` from ring 3 needs DPL 3", INTERRUPTS),
    "gate-not-present": ("bit 7 of the gate's type byte, P, is 0: 0x0E where 0x8E is meant", INTERRUPTS),
    "gate-selector": ("the selector in the gate must be that of the kernel's code segment, 0x08", INTERRUPTS),
    "task-gate": ("a task gate: its TSS was not made", INTERRUPTS),
    "handler-not-mapped": ("the offset in the gate: its high half, or an address from before paging", INTERRUPTS),
    "gdt-limit": ("the limit in lgdt's record leaves out entries (size minus 1), or the record is junk", SEGMENTS),
    "gdt-not-mapped": ("the GDT's page is missing in this page directory, or lgdt got the physical address, or its record is junk", PAGING),
    "gdt-overwritten": ("the GDT's memory is used for something else too: was it a local variable?", SEGMENTS),
    # --- Stacks ---
    "kernel-stack-overflow": ("the kernel stack is used up: endless recursion, or large local variables", USER_MODE),
    "stack-not-mapped": ("esp points where nothing is mapped: still a physical address, or never set", PAGING),
    "tss-missing": ("no ltr: the processor does not know where the kernel's stack for ring 3's interrupts is", USER_MODE),
    "tss-limit": ("the limit in the TSS descriptor: 0x67 at least (the TSS's size minus 1)", USER_MODE),
    "tss-not-mapped": ("the TSS's page is missing in this page directory", PAGING),
    "tss-type": ("the type in the TSS descriptor: 0x89 is an available 32-bit TSS; ltr makes it busy, once", USER_MODE),
    "tss-ss0": ("ss0 in the TSS must be the kernel's data segment with RPL 0: 0x10", USER_MODE),
    "tss-esp0": ("esp0 in the TSS must be the upper end of a mapped kernel stack", USER_MODE),
    # --- Interrupts from devices ---
    "interrupts-before-idt": ("sti before lidt: the first tick finds no gate", INTERRUPTS),
    "pic-not-remapped": ("the PIC still sends IRQ 0-7 to vectors 8-15, which are the processor's exceptions", INTERRUPTS),
    # --- Paging ---
    "cr3-not-memory": ("CR3 wants the directory's physical address; a virtual one was loaded", PAGING),
    "large-page-without-pse": ("set CR4.PSE before a directory entry with the PS bit is used", PAGING),
    "code-not-mapped": ("the running code is not mapped in the new directory: map it where it runs, then switch", PAGING),
    "page-not-mapped": ("an address that nothing is mapped at: a wild or physical pointer, or a mapping forgotten", PAGING),
    "null-pointer": ("a null pointer, or a small offset from one", PAGING),
    "vga-not-mapped": ("the screen written at its physical address after that was unmapped", PAGING),
    "read-only-page": ("a write to a page without R/W", PAGING),
    "supervisor-page": ("ring 3 touched a page without U/S: it must be set in both entries", PAGING),
    "reserved-bit": ("a bit of a page-table entry that must be 0 is 1: the entry is no entry", PAGING),
    "user-page": ("the user program's page is not mapped", USER_MODE),
    # --- Segments and iret ---
    "segment-load": ("a selector that may not be loaded into this register at this level", SEGMENTS),
    "iret-cs": ("the cs of the frame: for ring 3 it is the user code segment with RPL 3, 0x1B", USER_MODE),
    "iret-ss": ("the ss of the frame: for ring 3 it is the user data segment with RPL 3, 0x23", USER_MODE),
    "iret-frame": ("esp is off by some words at iret: an error code not removed, or never pushed", INTERRUPTS),
    "iret-kernel-cs": ("cs was never reloaded after lgdt: a far jump to the kernel's code segment is missing", SEGMENTS),
    "privileged-instruction": ("ring 3 executed what only ring 0 may", USER_MODE),
    "wild-jump": ("the processor executes what is no code: a wild pointer, or a return address overwritten", INTERRUPTS),
    "exception": ("the instruction itself is at fault", INTERRUPTS),
    # --- Hangs, resets ---
    "double-fault-gate": ("a double fault could not be delivered", INTERRUPTS),
    "recursive-exception": ("the handler itself raises the exception that it handles, until the stack is used up", INTERRUPTS),
    "endless-exception": ("the handler returns to the instruction that faulted without having mended anything", INTERRUPTS),
    "halted-interrupts-off": ("hlt with interrupts off: nothing can wake the processor", INTERRUPTS),
    "jump-to-self": ("an endless loop of one jump with interrupts off", INTERRUPTS),
    "spin-interrupts-off": ("a loop waits for what only an interrupt could change, with interrupts off", INTERRUPTS),
    "spin": ("a loop waits for what never changes: not volatile, or its interrupt never comes", INTERRUPTS),
    "waits": ("it waits for an interrupt that comes no more: its handler did not take what the device offered", INTERRUPTS),
    "timer-masked": ("the timer's bit in the mask (port 0x21) is set: unmask IRQ 0", INTERRUPTS),
    "no-end-of-interrupt": ("the handler sent no end of interrupt (0x20 to port 0x20): the controller serves no other", INTERRUPTS),
    "interrupts-off-in-ring-3": ("the eflags of the program's first frame lack IF, bit 9", USER_MODE),
    "reset-by-keyboard-controller": ("the command 0xFE at port 0x64 pulses the processor's reset line", FIRST_BOOT),
    "reset-by-port-cf9": ("a write to port 0xCF9 with bit 2 set resets the machine", FIRST_BOOT),
    "reset": ("something reset the machine: a write to port 0x64, 0xCF9 or 0x92, or a jump to the BIOS", FIRST_BOOT),
    "no-multiboot-header": ("the Multiboot header is not in the first 8 KiB of the kernel's file", FIRST_BOOT),
    "grub-error": ("GRUB could not load the kernel: see its message", FIRST_BOOT),
    "stuck-in-grub": ("GRUB waits at its menu or prompt: grub.cfg, or a file that it names, is missing", FIRST_BOOT),
    "stuck-in-bios": ("the BIOS found nothing to boot: the ISO is empty or not bootable", FIRST_BOOT),
    "silent-kernel": ("the kernel was entered and said nothing", FIRST_BOOT),
    "panic": ("the kernel's own report says what happened", INTERRUPTS),
    "unknown": ("unknown", INTERRUPTS),
}

# The section of that chapter to read; "Common traps" where none is about the cause alone.
TRAPS = "Common traps"
SECTIONS = {
    **dict.fromkeys(("idt-not-loaded", "lidt-of-table", "idt-limit", "interrupts-before-idt"), "Filling the table"),
    **dict.fromkeys(("gate-empty", "gate-dwords-swapped", "gate-type", "gate-dpl", "gate-not-present", "gate-selector"), "A gate"),
    **dict.fromkeys(("gdt-limit", "gdt-overwritten"), "Loading it"),
    **dict.fromkeys(("tss-ss0", "tss-esp0"), "The task state segment"),
    **dict.fromkeys(("tss-limit", "tss-type", "tss-missing"), "Its descriptor"),
    **dict.fromkeys(("pic-not-remapped", "timer-masked", "no-end-of-interrupt"), "The interrupt controllers"),
    **dict.fromkeys(("cr3-not-memory", "large-page-without-pse", "code-not-mapped"), "Turning it on"),
    **dict.fromkeys(("read-only-page", "supervisor-page"), "Who may do what"),
    **dict.fromkeys(("iret-cs", "iret-ss"), "What iret pops"),
    "iret-frame": "What is on the stack",
    "iret-kernel-cs": "What happens if the far jump is left out",
    "segment-load": "Who may load what",
    "kernel-stack-overflow": "A kernel stack",
    "interrupts-off-in-ring-3": "eflags",
}
