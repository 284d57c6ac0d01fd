"""The causes of a machine's death: what failed, and the chapter to read about it. The names are stable: graders compare them.
What in the source may have led to it is in mistakes.py."""

from __future__ import annotations

SEGMENTS, INTERRUPTS, PAGING, USER_MODE = "4 (segmentation)", "5 (interrupts)", "8 (paging)", "11 (user mode)"
KEYBOARD = "6 (input and time)"
FIRST_BOOT = "1 (first boot)"

CAUSES = {
    # --- The way through the IDT ---
    "idt-not-loaded": INTERRUPTS,
    "lidt-of-table": INTERRUPTS,
    "idt-limit": INTERRUPTS,
    "idt-not-mapped": PAGING,
    "gate-empty": INTERRUPTS,
    "gate-dwords-swapped": INTERRUPTS,
    "gate-type": INTERRUPTS,
    "gate-dpl": INTERRUPTS,
    "gate-not-present": INTERRUPTS,
    "gate-selector": INTERRUPTS,
    "gate-offset": INTERRUPTS,
    "task-gate": INTERRUPTS,
    "handler-not-mapped": INTERRUPTS,
    "gdt-limit": SEGMENTS,
    "gdt-not-mapped": PAGING,
    "gdt-overwritten": SEGMENTS,
    # --- Stacks ---
    "kernel-stack-overflow": USER_MODE,
    "stack-not-mapped": PAGING,
    "tss-missing": USER_MODE,
    "tss-limit": USER_MODE,
    "tss-not-mapped": PAGING,
    "tss-type": USER_MODE,
    "tss-ss0": USER_MODE,
    "tss-esp0": USER_MODE,
    # --- Interrupts from devices ---
    "interrupts-before-idt": INTERRUPTS,
    "pic-not-remapped": INTERRUPTS,
    # --- Paging ---
    "cr3-not-memory": PAGING,
    "large-page-without-pse": PAGING,
    "code-not-mapped": PAGING,
    "page-not-mapped": PAGING,
    "null-pointer": PAGING,
    "vga-not-mapped": PAGING,
    "read-only-page": PAGING,
    "supervisor-page": PAGING,
    "reserved-bit": PAGING,
    "user-page": USER_MODE,
    # --- Segments and iret ---
    "segment-load": SEGMENTS,
    "iret-cs": USER_MODE,
    "iret-ss": USER_MODE,
    "iret-frame": INTERRUPTS,
    "iret-kernel-cs": SEGMENTS,
    "privileged-instruction": USER_MODE,
    "wild-jump": INTERRUPTS,
    "exception": INTERRUPTS,
    # --- Hangs, resets ---
    "double-fault-gate": INTERRUPTS,
    "recursive-exception": INTERRUPTS,
    "endless-exception": INTERRUPTS,
    "halted-interrupts-off": INTERRUPTS,
    "stopped-itself": INTERRUPTS,
    "jump-to-self": INTERRUPTS,
    "spin-interrupts-off": INTERRUPTS,
    "spin": INTERRUPTS,
    "waits": INTERRUPTS,
    "timer-masked": INTERRUPTS,
    "keyboard-not-read": KEYBOARD,
    "no-end-of-interrupt": INTERRUPTS,
    "interrupts-off-in-ring-3": USER_MODE,
    "reset-by-keyboard-controller": FIRST_BOOT,
    "reset-by-port-cf9": FIRST_BOOT,
    "reset": FIRST_BOOT,
    "no-multiboot-header": FIRST_BOOT,
    "grub-error": FIRST_BOOT,
    "stuck-in-grub": FIRST_BOOT,
    "stuck-in-bios": FIRST_BOOT,
    "silent-kernel": FIRST_BOOT,
    "panic": INTERRUPTS,
    "unknown": INTERRUPTS,
}

# The section of that chapter to read; "Common traps" where none is about the cause alone.
TRAPS = "Common traps"
SECTIONS = {
    **dict.fromkeys(("idt-not-loaded", "lidt-of-table", "idt-limit", "interrupts-before-idt"), "Filling the table"),
    **dict.fromkeys(("gate-empty", "gate-dwords-swapped", "gate-type", "gate-dpl", "gate-not-present", "gate-selector", "gate-offset"), "A gate"),
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
