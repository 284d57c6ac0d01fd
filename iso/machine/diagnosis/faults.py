"""Why an instruction faulted: the page walk, the selector, or the frame that iret refused, as they stand in memory."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import List, Optional, Tuple

from .delivery import failure_of
from .events import Event
from .mistakes import Evidence
from ..processor import TSS_TYPES, Descriptor, NoMemory, NotMapped, Processor, page_error, selector_error
from ..symbols import guard_of, is_linked, layout, segments, source, stack_of

PAGE_FAULT = 14
PUSHED = 64  # bytes: what one instruction, or an interrupt's frame, pushes at most
SELECTOR_FAULTS = (10, 11, 12, 13)
VIRTUAL_8086 = 1 << 17  # in eflags
# Instructions for ring 0 alone, or for ring 3 only if the I/O map allows: hlt, cli, sti, in, out, ins, outs, clts and
# moves to control registers, lgdt and its kin. Intel SDM Vol. 3A, 5.9 Privileged Instructions; Vol. 1, 19.5.1 I/O-Sensitive Instructions.
PRIVILEGED = frozenset(b"\xf4\xfa\xfb\xe4\xe5\xe6\xe7\xec\xed\xee\xef\x6c\x6d\x6e\x6f")
PRIVILEGED_0F = frozenset(b"\x00\x01\x06\x20\x21\x22\x23\x30\x32")


@dataclass
class Fault:
    """cause: a name of causes.py. words: why the instruction faulted, a clause. mistakes: names of mistakes.py, where more
    than the cause leads to them."""

    cause: str
    words: str = ""
    evidence: List[str] = field(default_factory=list)
    mistakes: Optional[Tuple[str, ...]] = None


def fault_of(processor: Processor, event: Event, kernel=None) -> Fault:
    """Why this exception arose. NoMemory if memory is not at hand."""
    if event.vector == PAGE_FAULT:
        return _page_fault(processor, event, kernel)
    code = _code(processor)
    if event.vector in SELECTOR_FAULTS and event.error_code is not None:
        return _selector_fault(processor, event, code, kernel)
    cause = "wild-jump" if _is_wild(processor, kernel) else "exception"
    return Fault(cause, "", [_bytes(code)] if code else [])


def _is_wild(processor: Processor, kernel) -> bool:
    """Whether the kernel's level executes what the kernel's file does not have."""
    return processor.cpl == 0 and bool(segments(kernel)) and not is_linked(kernel, processor.registers.eip)


def _code(processor: Processor) -> bytes:
    registers = processor.registers
    for size in (8, 2, 1):
        try:
            return processor.read(registers.cs_base + registers.eip, size)
        except NotMapped:
            continue
    return b""


def _bytes(code: bytes) -> str:
    return "code at eip: " + code.hex(" ")


def _page_fault(processor: Processor, event: Event, kernel) -> Fault:
    registers, code = processor.registers, event.error_code or 0
    address, user, write = registers.cr2, bool(code & 4), bool(code & 2)
    linear_eip = registers.cs_base + registers.eip & 0xFFFFFFFF
    if event.fault and not code & 3 and processor.walk(linear_eip).physical is None:
        # Not even the instruction is mapped, so its fetch failed. In Bochs' log CR2 is that of the last fault, not of this.
        address = linear_eip
    way = processor.walk(address)
    evidence = [f"error code {code:#x}: {page_error(code)}", f"the way to {address:08x} (CR2), from CR3 {registers.cr3:08x}:"]
    evidence += ["  " + line for line in way.lines]
    reason = way.forbids(write, user, bool(registers.cr0 >> 16 & 1)) or "the tables allow it now"
    fetch = address == linear_eip
    what = "fetching the instruction" if fetch else "writing" if write else "reading"
    words = f"{what} at {address:08x} failed: {reason}"
    facts, guard = layout(), guard_of(kernel, address)
    if way.cr3_not_memory:
        return Fault("cr3-not-memory", f"{words} (CR3 is {registers.cr3:08x})", evidence)
    if way.large_without_pse:
        return Fault("large-page-without-pse", f"{words}; the directory entry has PS set, but CR4.PSE is 0", evidence)
    if not user and _code(processor)[:1] == b"\xcf":
        frame = _iret(processor, evidence, kernel)
        if frame.cause == "iret-frame":
            return Fault("iret-frame", f"{words}; {frame.words}", frame.evidence, frame.mistakes)
    if registers.eflags & VIRTUAL_8086:
        words = f"EFLAGS had the VM bit, so the processor is in virtual-8086 mode; {words}"
        return Fault("iret-frame", words, evidence, ())
    if not user and not write and 0 <= address - registers.gdt_base <= registers.gdt_limit and not code & 1:
        selector = address - registers.gdt_base & ~7
        words = f"loading selector {selector:#x} read its descriptor in the GDT, base {registers.gdt_base:08x}: {reason}"
        return Fault("gdt-not-mapped", words, evidence)
    if guard:
        words = f"{words}; that is in {guard}"
        if _on_the_stack(registers, address, kernel):
            return Fault("kernel-stack-overflow", words, evidence)
    if _is_wild(processor, kernel) and not fetch:
        return Fault("wild-jump", f"the processor executes what is not the kernel's code; {words}", evidence)
    if code & 8:
        return Fault("reserved-bit", words, evidence)
    if code & 1:
        return Fault("supervisor-page" if user and not way.user else "read-only-page", words, evidence)
    if user:
        return Fault("user-page", words, evidence)
    if fetch:
        wild = address < 0x1000 or not source(kernel, address) and address > 0x00400000 and kernel is not None
        return Fault("wild-jump" if wild and _mapped_elsewhere(processor) else "code-not-mapped", words, evidence)
    if write and registers.esp - PUSHED <= address < registers.esp:
        evidence.append(f"esp is {registers.esp:08x}")
        return Fault("stack-not-mapped", words, evidence)
    if address < 0x1000:
        return Fault("null-pointer", words, evidence)
    if facts.VGA_TEXT <= address < facts.VGA_TEXT + 0x8000:
        return Fault("vga-not-mapped", words, evidence)
    return Fault("page-not-mapped", words, evidence)


def _on_the_stack(registers, address: int, kernel) -> bool:
    """Whether an instruction that uses its stack touches this address: an argument or a local variable above esp, or a push."""
    stack = stack_of(kernel, registers.esp)
    return stack is not None and stack == stack_of(kernel, address + 1) and registers.esp - PUSHED <= address


def _mapped_elsewhere(processor: Processor) -> bool:
    """Whether the IDT is mapped: then the directory is a good one, and only this address is not."""
    try:
        processor.read(processor.registers.idt_base, 8)
    except (NotMapped, NoMemory):
        return False
    return True


def _selector_fault(processor: Processor, event: Event, code: bytes, kernel) -> Fault:
    error, registers = event.error_code or 0, processor.registers
    evidence = [f"error code {error:#x}: {selector_error(error)}"]
    if code:
        evidence.append(_bytes(code))
    if error & 2:
        failure = failure_of(processor, error >> 3, "int" if code[:1] == b"\xcd" else "exception", False, kernel)
        if failure is not None:
            mistakes = Evidence(processor, kernel, error >> 3).named(failure.cause, failure.cr2)
            return Fault(failure.cause, failure.words, evidence + failure.evidence, mistakes)
        return Fault("exception", "", evidence)
    if code[:1] == b"\xcf":
        return _iret(processor, evidence, kernel)
    if processor.cpl == 3 and code and (code[0] in PRIVILEGED or code[0] == 0x0F and code[1:2] and code[1] in PRIVILEGED_0F):
        return Fault("privileged-instruction", "the instruction may not be executed in ring 3", evidence)
    selector = error & 0xFFFC
    if selector == 0 and code[:1] == b"\xea":
        offset, target = struct.unpack("<IH", code[1:7])
        segment = _descriptor(processor, target)
        if segment is not None and segment.is_code and offset > segment.limit:
            words = f"the jump's target {offset:08x} lies beyond the limit {segment.limit:#x} of the segment {target:#x}"
            return Fault("segment-load", words, evidence + [f"selector {target:#x}: {segment}"], ("code-segment-limit",))
    if selector == 0:
        null = code[:1] in (b"\x8e", b"\xea", b"\xcb")
        return Fault("segment-load" if null else "exception", "a null selector, or a segment's limit" if null else "", evidence)
    if selector & 4:
        return Fault("segment-load", f"selector {selector:#x} is one of the LDT, and there is none", evidence)
    try:
        descriptor = processor.descriptor(selector)
    except NotMapped as lost:
        return Fault("gdt-not-mapped", f"the GDT at {registers.gdt_base:08x} is not mapped: {lost}", evidence + lost.walk.lines)
    if descriptor is None:
        gdt = f"the GDT's limit (base {registers.gdt_base:08x}, limit {registers.gdt_limit:#x})"
        known = selector <= layout().TSS_SEGMENT
        return Fault("gdt-limit" if known else "segment-load", f"selector {selector:#x} lies beyond {gdt}", evidence)
    evidence.append(f"selector {selector:#x}: {descriptor}")
    if code[:2] == b"\x0f\x00":
        wrong = "not present" if not descriptor.present else "no TSS, or a busy one"
        return Fault("tss-type", f"ltr refuses selector {selector:#x}: it is {wrong} ({descriptor.kind})", evidence)
    if _is_junk(descriptor) or Evidence(processor, kernel).gdt_is_elsewhere():
        words = f"selector {selector:#x} names bytes that are not a descriptor: the GDT is not where GDTR says"
        return Fault("gdt-limit", words, evidence)
    words = f"selector {selector:#x} may not be loaded here: a {descriptor.kind}, DPL {descriptor.dpl}"
    return Fault("segment-load", words, evidence, Evidence(processor, kernel).segment_load(code, descriptor))


def _is_junk(descriptor: Descriptor) -> bool:
    return descriptor.raw == 0 or descriptor.system and descriptor.type not in TSS_TYPES


def _iret(processor: Processor, evidence: List[str], kernel) -> Fault:
    """Which check of the frame failed. Intel SDM Vol. 2A, IRET: "Operation", protected mode."""
    registers, known = processor.registers, Evidence(processor, kernel)
    try:
        eip, cs, eflags, esp, ss = known.frame()
    except NotMapped as error:
        return Fault("stack-not-mapped", f"the frame at esp {registers.esp:08x} is not mapped: {error}", evidence)
    evidence.append(f"the frame at esp: eip {eip:08x}, cs {cs:08x}, eflags {eflags:08x}, esp {esp:08x}, ss {ss:08x}")
    wrong = _code_selector(processor, cs, evidence)
    segment = _descriptor(processor, cs)
    of_level_0 = segment is None or segment.dpl == 0
    back_to_kernel = cs >> 2 and not cs & 3 and of_level_0 and is_linked(kernel, eip)  # the processor itself pushed its cs
    if wrong and (cs & 0xFFFF == registers.cs or back_to_kernel):
        return Fault("iret-kernel-cs", f"iret refuses the cs {cs:#x} of its frame: {wrong}; the kernel ran with this cs", evidence)
    story, mistakes = known.iret_words()
    if story:
        return Fault("iret-frame", f"iret refuses the frame: {story}", evidence, mistakes)
    if wrong and cs >> 16:
        return Fault("iret-frame", f"iret refuses the frame: its cs {cs:#x} is not a selector at all", evidence, ())
    if wrong:
        return Fault("iret-cs", f"iret refuses the cs {cs:#x} of its frame: {wrong}", evidence, known.iret_cs(cs))
    if cs & 3 > processor.cpl:
        wrong = _stack_selector(processor, ss, cs & 3, evidence)
        if wrong:
            return Fault("iret-ss", f"iret refuses the ss {ss:#x} of its frame: {wrong}", evidence, known.iret_ss(esp, ss))
    return Fault("exception", "iret refuses its frame", evidence, ())


def _descriptor(processor: Processor, selector: int) -> Optional[Descriptor]:
    try:
        return processor.descriptor(selector & 0xFFFF)
    except NotMapped:
        return None


def _code_selector(processor: Processor, word: int, evidence: Optional[List[str]]) -> str:
    """What is wrong with a cs to return to, or ""."""
    selector = word & 0xFFFF
    if selector & ~3 == 0:
        return "the null selector"
    code = _descriptor(processor, selector)
    if code is None:
        return "it lies beyond the GDT's limit"
    if evidence is not None:
        evidence.append(f"selector {selector & ~3:#x}: {code}")
    if word >> 16:
        return "its upper half is not 0"
    if not code.is_code:
        return f"no code segment but a {code.kind}"
    if selector & 3 < processor.cpl:
        return f"its RPL {selector & 3} is more privileged than the level {processor.cpl}"
    if code.dpl != selector & 3 and not code.conforming:
        return f"its RPL is {selector & 3}, the segment's DPL is {code.dpl}, and they must be equal"
    return "" if code.present else "the segment is not present"


def _stack_selector(processor: Processor, word: int, level: int, evidence: List[str]) -> str:
    selector = word & 0xFFFF
    if selector & ~3 == 0:
        return "the null selector"
    stack = _descriptor(processor, selector)
    if stack is None:
        return "it lies beyond the GDT's limit"
    evidence.append(f"selector {selector & ~3:#x}: {stack}")
    if selector & 3 != level:
        return f"its RPL is {selector & 3} and must be {level}, as that of cs"
    if stack.dpl != level:
        return f"the segment's DPL is {stack.dpl} and must be {level}"
    if not stack.writable:
        return f"no writable data segment but a {stack.kind}"
    return "" if stack.present else "the segment is not present"
