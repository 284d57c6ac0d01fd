"""The likely mistakes: what in a kernel's source leads to a death. A cause (causes.py) says what failed, and is always seen; a
mistake is concluded. So it is named only as far as the evidence goes: one, two between which it does not decide, or none.

Each is one mistake, so that it can be compared with what really is wrong: tests/mutations does that with every mutation.
"""

from __future__ import annotations

from typing import List, Optional, Sequence, Tuple

from .events import Event
from ..processor import TSS_TYPES, Descriptor, NoMemory, NotMapped, Processor
from ..symbols import guard_of, is_linked, layout, objects, source, stack_of

Named = Tuple[str, ...]

MISTAKES = {
    # --- The GDT, segments ---
    "table-pointer-padded": "the record for lgdt has two bytes of padding between limit and base: the structure is not packed",
    "table-pointer-swapped": "the record for lgdt has its base before its limit",
    "gdt-record-junk": "the record for lgdt does not hold the table's limit and base",
    "gdt-limit-short": "the limit in the record for lgdt leaves out entries: it is the table's size in bytes minus 1",
    "gdt-base-physical": "the record for lgdt has the table's physical address",
    "gdt-not-in-directory": "the page of the GDT is missing in this page directory",
    "gdt-on-the-stack": "the GDT is a local variable: its memory was used again after the function had returned",
    "gdt-overwritten": "something wrote over the GDT",
    "cs-not-reloaded": "cs was not reloaded after lgdt: a far jump to the kernel's code segment is missing",
    "code-segment-limit": "the limit in the code segment's descriptor ends below the code: without G it counts bytes, not pages",
    "ss-of-another-level": "ss is loaded with a selector of another privilege level: at level 0 it is that of the kernel's data, 0x10",
    "user-code-dpl": "the descriptor of the user code segment does not have DPL 3",
    "user-data-dpl": "the descriptor of the user data segment does not have DPL 3",
    # --- The IDT ---
    "exception-without-idt": "the instruction that faulted: there was no IDT yet that could have led to a report",
    "lidt-missing": "lidt is missing, or its record is all zero",
    "interrupts-before-idt": "interrupts were switched on before lidt: the first tick finds no gate",
    "lidt-of-table": "lidt was given the table; it wants the address of a record of limit (2 bytes) and base (4)",
    "idt-limit-short": "the limit in the record for lidt: it is the table's size in bytes minus 1, 8 bytes for each gate",
    "idt-base-physical": "the record for lidt has the table's physical address",
    "idt-not-in-directory": "the page of the IDT is missing in this page directory",
    "idt-record-junk": "the record for lidt does not hold the table's limit and base",
    "idt-on-the-stack": "the IDT is a local variable: its memory was used again after the function had returned",
    "idt-overwritten": "the IDT was overwritten: gates that worked before are gone",
    "gate-not-set": "no gate was set for this vector",
    "idt-not-filled": "no gate of the IDT was ever set",
    "gate-halves-swapped": "the two halves of the gate are exchanged: offset 15..0 and selector come first",
    "gate-type": "the type byte of the gate: 0x8E is a present 32-bit interrupt gate of level 0",
    "gate-dpl-3": "the gates of the exceptions have DPL 3: programs can use them with `int n`",
    "gate-dpl": "the gate's DPL: a gate for `int n` from ring 3 needs DPL 3",
    "gate-not-present": "bit 7 of the gate's type byte, P, is 0: 0x0E where 0x8E is meant",
    "gate-selector": "the selector in the gate: it must be that of the kernel's code segment, 0x08",
    "task-gate": "a task gate, for which no TSS was made",
    "gate-offset": "the offset in the gate is not the handler's address",
    "gate-offset-physical": "the offset in the gate is the handler's physical address",
    "kernel-ds-not-loaded": "the stub does not load the kernel's selector into ds and es: they are as the program left them",
    "handler-mends-nothing": "the handler returns to the instruction that faulted without having changed anything",
    # --- Interrupts from devices ---
    "pic-not-remapped": "the interrupt controllers were not remapped: IRQ 0 to 7 come as vectors 8 to 15, the processor's exceptions",
    "timer-masked": "the timer's bit in the controller's mask (port 0x21) is set: unmask IRQ 0",
    "no-end-of-interrupt": "the handler sent no end of interrupt (0x20 to port 0x20): the controller serves no other",
    "keyboard-not-read": "the keyboard's handler did not read the byte from port 0x60: until then the keyboard asks for no other",
    "halt-interrupts-off": "hlt with interrupts off: nothing can wake the processor",
    # --- Stacks ---
    "stack-physical": "esp is still the stack's physical address: it was not raised when the kernel went to the higher half",
    "stack-not-set": "esp was never set",
    "stack-lower-end": "esp was set to the lower end of the stack: it grows downwards, from the upper end",
    "large-local": "a local variable larger than the kernel stack",
    "endless-recursion": "a function of the kernel calls itself without end",
    "kernel-stack-freed": "the kernel stack in use was unmapped while the processor ran on it",
    "kernel-stack-not-mapped": "the kernel stack was never mapped",
    "kernel-stacks-not-in-directory": "the page directory of this process does not have the kernel stacks in it",
    # --- The TSS ---
    "tss-missing": "no ltr: the processor does not know where the kernel's stack for interrupts of ring 3 is",
    "tss-limit": "the limit in the TSS descriptor: 0x67 at least (the TSS's size minus 1)",
    "tss-base-physical": "the base in the TSS descriptor is its physical address",
    "tss-not-in-directory": "the page of the TSS is missing in this page directory",
    "tss-base-junk": "the base in the TSS descriptor is not the TSS's address",
    "tss-not-in-gdt": "the GDT's entry for the TSS is empty: its descriptor was never put there",
    "tss-type": "the type in the TSS descriptor: 0x89 is an available 32-bit TSS",
    "tss-busy": "the TSS descriptor is written with the type busy, 0x8B: ltr sets that bit itself",
    "tss-loaded-twice": "ltr is executed a second time for the same TSS: the first made it busy",
    "tss-ss0": "ss0 in the TSS: it must be the kernel's data segment with RPL 0, 0x10",
    "esp0-not-set": "esp0 in the TSS was never set",
    "esp0-lower-end": "esp0 in the TSS is the lower end of the kernel stack; it must be the upper",
    "esp0-wrong": "esp0 in the TSS is not the upper end of a mapped kernel stack",
    # --- iret ---
    "iret-cs-rpl": "the cs of the frame lacks RPL 3: 0x18 where 0x1B is meant",
    "iret-cs-kernel": "the cs of the frame is the kernel's; for a program it is 0x1B",
    "iret-cs": "the cs of the frame: for a program it is the user code segment with RPL 3, 0x1B",
    "iret-ss-rpl": "the ss of the frame lacks RPL 3: 0x20 where 0x23 is meant",
    "iret-ss-kernel": "the ss of the frame is the kernel's; for a program it is 0x23",
    "iret-ss-not-set": "the ss of the frame was not set: for a program it is 0x23",
    "iret-esp-ss-swapped": "esp and ss are in each other's place in the frame",
    "iret-frame-order": "the words of the frame are not in the order eip, cs, eflags, esp, ss",
    "error-code-not-removed": "the way out takes one word too few off the stack before iret: vector and error code are two",
    "error-code-twice": "the stub pushes an error code for a vector for which the processor pushes one itself",
    "error-code-not-pushed": "the stub pushes no error code for a vector for which the processor pushes none",
    "way-out-takes-too-much": "the way out takes one word too many off the stack before iret",
    "eflags-without-if": "the eflags of the program's first frame lack IF, bit 9",
    # --- Paging ---
    "cr3-virtual": "CR3 was given the page directory's virtual address; it wants the physical one",
    "cr3-wrong": "CR3 was given an address that is not a page directory's",
    "directory-not-aligned": "the page directory does not begin at a multiple of 4 KiB: its address's low bits are flags in CR3",
    "pse-not-set": "CR4.PSE was not set before a directory entry with the PS bit was used",
    "identity-map-missing": "the code that turns paging on is not mapped at the address at which it runs",
    "kernel-not-in-directory": "the new page directory does not have the kernel in it",
    "physical-pointer": "a physical address is used as a pointer",
    "vga-physical": "the screen is written at its physical address after that was unmapped",
    "no-fixup": "the page fault of the copy from or to a program's memory was not fixed up",
    # --- Code ---
    "privileged-instruction": "the program executed what only ring 0 may",
    "sse-not-enabled": "the compiler uses SSE registers, which CR4.OSFXSR has not switched on",
    # --- Before the kernel ---
    "no-multiboot-header": "the Multiboot header is not in the first 8 KiB of the kernel's file",
    "load-address": "a segment of the kernel is to be loaded where there is no memory: its load address is the linked one",
    "grub-configuration": "grub.cfg, or a file that it names, is missing",
    "iso-not-bootable": "the ISO is empty or not bootable",
}  # fmt: skip

# What follows from a cause alone, whatever else is seen.
BY_CAUSE = {
    "idt-not-loaded": ("exception-without-idt", "lidt-missing"),
    "lidt-of-table": ("lidt-of-table",),
    "idt-limit": ("idt-limit-short",),
    "gate-dwords-swapped": ("gate-halves-swapped",),
    "gate-type": ("gate-type",),
    "gate-dpl": ("gate-dpl",),
    "gate-not-present": ("gate-not-present",),
    "gate-selector": ("gate-selector",),
    "task-gate": ("task-gate",),
    "tss-missing": ("tss-missing",),
    "tss-limit": ("tss-limit",),
    "tss-ss0": ("tss-ss0",),
    "interrupts-before-idt": ("interrupts-before-idt",),
    "pic-not-remapped": ("pic-not-remapped",),
    "large-page-without-pse": ("pse-not-set",),
    "vga-not-mapped": ("vga-physical",),
    "iret-kernel-cs": ("cs-not-reloaded",),
    "privileged-instruction": ("privileged-instruction",),
    "endless-exception": ("handler-mends-nothing",),
    "halted-interrupts-off": ("halt-interrupts-off",),
    "timer-masked": ("timer-masked",),
    "keyboard-not-read": ("keyboard-not-read",),
    "no-end-of-interrupt": ("no-end-of-interrupt",),
    "interrupts-off-in-ring-3": ("eflags-without-if",),
    "no-multiboot-header": ("no-multiboot-header",),
    "stuck-in-grub": ("grub-configuration",),
    "stuck-in-bios": ("iso-not-bootable",),
}

OF_A_GATE = ("gate-type", "gate-not-present", "gate-selector", "gate-dpl", "task-gate")
USED = 64  # bytes: what lies so deep on a stack was pushed there
RECURSIONS = 4  # the same return address so often is no chance


class Evidence:
    """The processor at one moment, and what is known of the kernel's file. vector: of the gate in question. before: the events
    that came before."""

    def __init__(self, processor: Processor, kernel=None, vector: int = 0, before: Sequence[Event] = ()):
        self.processor, self.registers, self.kernel = processor, processor.registers, kernel
        self.vector, self.before = vector, before

    def named(self, cause: str, cr2: Optional[int] = None) -> Named:
        """The mistakes that this cause, here, can come from. cr2: of the page fault."""
        decide = getattr(self, "_" + cause.replace("-", "_"), None)
        try:
            if cause in OF_A_GATE and not self._meant_as_gate():
                return ("idt-on-the-stack",) if self._on_a_stack(self.registers.idt_base) else ("idt-overwritten",)
            return decide(cr2) if decide else BY_CAUSE.get(cause, ())
        except (NotMapped, NoMemory):
            return ()

    # --- Tables ---

    def _linked(self, address: int) -> bool:
        return is_linked(self.kernel, address)

    def _is_physical(self, address: int) -> bool:
        """Whether it is the physical address of something that is linked higher up, and not itself a linked one."""
        return not self._linked(address) and self._linked(address + layout().KERNEL_BASE & 0xFFFFFFFF)

    def _on_a_stack(self, address: int) -> bool:
        stack = stack_of(self.kernel, address)
        return stack is not None and stack[0] <= address < stack[1]

    def _record(self) -> Named:
        """What is wrong with lgdt's record, told by where the table really is: its symbol."""
        base, limit = self.registers.gdt_base, self.registers.gdt_limit
        sizes = objects(self.kernel)
        if sizes.get((base & 0xFFFF) << 16 | limit):
            return ("table-pointer-swapped",)
        if any(begin & 0xFFFF == base >> 16 and size == limit + 1 for begin, size in sizes.items()):
            return ("table-pointer-padded",)
        if self._is_physical(base):
            return ("gdt-base-physical",)
        return ("gdt-limit-short",) if sizes.get(base, 0) > limit + 1 else ()

    def gdt_is_elsewhere(self) -> bool:
        """Whether GDTR has a place that lgdt's record got by its form alone. By chance something may be mapped there."""
        return self._record() in (("table-pointer-swapped",), ("table-pointer-padded",))

    def _gdt_not_mapped(self, cr2) -> Named:
        known = self._record()
        return known or (("gdt-not-in-directory",) if self._linked(self.registers.gdt_base) else ("gdt-record-junk",))

    def _gdt_limit(self, cr2) -> Named:
        return self._record() or ("gdt-limit-short", "gdt-record-junk")

    def _gdt_overwritten(self, cr2) -> Named:
        return ("gdt-on-the-stack",) if self._on_a_stack(self.registers.gdt_base) else ("gdt-overwritten",)

    def _idt_not_mapped(self, cr2) -> Named:
        return self._lost(self.registers.idt_base, "idt-base-physical", "idt-not-in-directory", "idt-record-junk")

    def _tss_not_mapped(self, cr2) -> Named:
        return self._lost(self.registers.tr_base, "tss-base-physical", "tss-not-in-directory", "tss-base-junk")

    def _lost(self, base: int, physical: str, missing: str, junk: str) -> Named:
        return (physical if self._is_physical(base) else missing if self._linked(base) else junk,)

    # --- Gates ---

    def _gate_empty(self, cr2) -> Named:
        """A table that led to a handler before was overwritten. Else the other gates tell."""
        registers = self.registers
        if self._on_a_stack(registers.idt_base):
            return ("idt-on-the-stack",)
        if any(event.registers is not None and event.registers.idt_base == registers.idt_base for event in self.before):
            return ("idt-overwritten",)
        gates = self.processor.read(registers.idt_base, min(registers.idt_limit + 1, 2048))
        return ("gate-not-set",) if any(gates) else ("idt-not-filled", "idt-overwritten")

    def _meant_as_gate(self) -> bool:
        """Whatever else its bytes say: a gate has the address of some code of the kernel's."""
        return self._linked(self.processor.gate(self.vector).offset)

    def _handler_not_mapped(self, cr2) -> Named:
        if cr2 is not None and self._is_physical(cr2):
            return ("gate-offset-physical",)
        return () if cr2 is not None and self._linked(cr2) else ("gate-offset",)

    # --- Stacks ---

    def _stack_not_mapped(self, cr2) -> Named:
        registers, facts = self.registers, layout()
        esp = registers.esp
        if self._is_physical(esp - 4 & 0xFFFFFFFF):
            return ("stack-physical",)
        if esp == 0 or esp >= 0xFFFFFF00:
            return ("stack-not-set",)
        if not facts.KERNEL_STACKS <= esp < facts.KERNEL_STACKS + facts.KERNEL_STACKS_SIZE:
            return ()
        if len(self.processor.walk(esp).entries) == 1:  # not even a page table
            return ("kernel-stacks-not-in-directory",)
        return ("kernel-stack-freed",) if -esp % facts.KERNEL_STACK_SLOT >= USED else ("kernel-stack-not-mapped",)

    def _kernel_stack_overflow(self, cr2) -> Named:
        """A frame larger than half the stack; one return address again and again; or a stack that nothing lies on."""
        stack = stack_of(self.kernel, self.registers.esp)
        if stack is None:
            return ()
        begin, end = stack
        ebp, esp = self.registers.ebp, self.registers.esp
        if not begin <= ebp < end and esp <= begin + USED and not self._used(begin, end):
            return ("stack-lower-end",)
        if begin <= ebp < end and ebp - esp > (end - begin) // 2:
            return ("large-local",)
        returns: List[int] = []
        while begin <= ebp < end - 4 and len(returns) < 4096:
            returns.append(self.processor.word(ebp + 4))
            above = self.processor.word(ebp)
            if above <= ebp:
                break
            if above - ebp > (end - begin) // 2:
                return ("large-local",)
            ebp = above
        if any(returns.count(address) >= RECURSIONS for address in set(returns)):
            return ("endless-recursion",)
        return ("large-local", "endless-recursion")

    def _used(self, begin: int, end: int) -> bool:
        return any(self.processor.read(end - 256, 256)) and any(self.processor.read(begin + (end - begin) // 2, 256))

    def _recursive_exception(self, cr2) -> Named:
        return ("kernel-ds-not-loaded",) if self.registers.ds & ~3 == 0 else ()

    def _tss_ss0(self, cr2) -> Named:
        """Of a TSS that begins where no variable does any word may be wrong."""
        base, sizes = self.registers.tr_base, objects(self.kernel)
        return ("tss-base-junk",) if sizes and base not in sizes else ("tss-ss0",)

    def _tss_esp0(self, cr2) -> Named:
        facts = layout()
        esp0 = self.processor.word(self.registers.tr_base + 4)
        if esp0 == 0:
            return ("esp0-not-set",)
        if guard_of(self.kernel, esp0 - 4) and not guard_of(self.kernel, esp0):
            return ("esp0-lower-end",)
        if esp0 > facts.KERNEL_STACKS and len(self.processor.walk(esp0 - 4).entries) == 1:
            return ("kernel-stacks-not-in-directory",)
        return ("esp0-wrong",)

    def _tss_type(self, cr2) -> Named:
        """ltr's operand is checked, or TR's at an interrupt."""
        descriptor = self.processor.descriptor(layout().TSS_SEGMENT)
        if descriptor is None or not self.registers.tr and descriptor.raw == 0:
            return ("tss-not-in-gdt",)
        if descriptor.system and descriptor.type in TSS_TYPES and descriptor.type & 2:
            return ("tss-loaded-twice",) if self.registers.tr else ("tss-busy",)
        return ("tss-type",)

    # --- Paging ---

    def _cr3_not_memory(self, cr2) -> Named:
        return ("cr3-virtual",) if self._linked(self.registers.cr3) else ("cr3-wrong",)

    def _code_not_mapped(self, cr2) -> Named:
        if self.registers.cr3 & 0xFE7:  # PCD and PWT, bits 3 and 4, are all that CR3 has: Intel SDM Vol. 3A, 4.3
            return ("directory-not-aligned",)
        if self._is_physical(self.registers.eip) or (self.registers.eip < layout().KERNEL_BASE and self._linked(self.registers.eip)):
            return ("identity-map-missing",)
        return ("kernel-not-in-directory",) if self._linked(self.registers.eip) else ()

    def _page_not_mapped(self, cr2) -> Named:
        if "user_memory_copy" in source(self.kernel, self.registers.eip):
            return ("no-fixup",)
        directory, size = self.registers.cr3 & ~0xFFF, self.processor.memory_size
        if cr2 is None or size is None or not 0x1000 <= cr2 < size:
            return ()
        # Without a program in the directory it can't be a program's pointer.
        no_program = not any(self.processor.read_physical(directory, layout().KERNEL_BASE >> 20))
        return ("physical-pointer",) if no_program or cr2 & ~0xFFF == directory else ()

    # --- Code ---

    def _exception(self, cr2) -> Named:
        """SSE's instructions: 0F 10 to 17, 28 to 2F, 50 to 7F, C2, C4 to C6, D0 to FE, after a prefix or none (Intel SDM Vol. 2)."""
        code = self.processor.read(self.registers.cs_base + self.registers.eip, 4).lstrip(b"\x66\xf2\xf3")
        sse = code[:1] == b"\x0f" and code[1] in (*range(0x10, 0x18), *range(0x28, 0x30), *range(0x50, 0x80), 0xC2, *range(0xD0, 0xFF))
        return ("sse-not-enabled",) if sse and not self.registers.cr4 >> 9 & 1 else ()

    def segment_load(self, code: bytes, descriptor: Descriptor) -> Named:
        """8E /2 is mov ss, r/m16: there RPL and DPL must be the current level (Intel SDM Vol. 2A, MOV)."""
        to_ss = code[:1] == b"\x8e" and code[1] >> 3 & 7 == 2
        return ("ss-of-another-level",) if to_ss and descriptor.writable and descriptor.dpl != self.processor.cpl else ()

    # --- The frame that iret pops ---

    def iret_cs(self, cs: int) -> Named:
        facts = layout()
        if cs == facts.USER_CODE | 3:
            return ("user-code-dpl",)
        if cs == facts.USER_CODE:
            return ("iret-cs-rpl",)
        return ("iret-cs-kernel",) if cs & ~3 == facts.KERNEL_CODE else ("iret-cs",)

    def iret_ss(self, esp: int, ss: int) -> Named:
        facts = layout()
        if esp == facts.USER_DATA | 3:
            return ("iret-esp-ss-swapped",)
        if ss == 0:
            return ("iret-ss-not-set",)
        if ss == facts.USER_DATA | 3:
            return ("user-data-dpl",)
        if ss == facts.USER_DATA:
            return ("iret-ss-rpl",)
        return ("iret-ss-kernel",) if ss & ~3 == facts.KERNEL_DATA else ()

    def frame(self) -> List[int]:
        """eip, cs, eflags, esp and ss at esp: 0 for what lies above the stack. NotMapped if there is not even the first."""
        words = [self.processor.word(self.registers.esp)]
        for offset in range(4, 20, 4):
            try:
                words.append(self.processor.word(self.registers.esp + offset))
            except NotMapped:
                words.append(0)
        return words

    def iret_words(self) -> Tuple[str, Named]:
        """Of a frame that lies one word off, or in another order: words for it, and the mistakes. Empty if neither is seen."""
        words = self.frame()
        selectors = (layout().USER_CODE | 3, layout().KERNEL_CODE)
        if words[2] in selectors and _can_be_eflags(words[3]):
            return "a word too many lies on the stack", ("error-code-not-removed", "error-code-twice")
        if words[0] in selectors and _can_be_eflags(words[1]):
            return "a word too many was taken off the stack", ("error-code-not-pushed", "way-out-takes-too-much")
        if words[1] in selectors and not _can_be_eflags(words[2]) and any(_can_be_eflags(word) for word in words[3:]):
            return "its words are in another order", ("iret-frame-order",)
        return "", ()


def _can_be_eflags(word: int) -> bool:
    """Bit 1 is always set; bits 3, 5, 15 and 22 to 31 never are; VM is never meant (Intel SDM Vol. 1, 3.4.3)."""
    return word & 0xFFC2802A == 1 << 1
