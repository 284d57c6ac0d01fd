"""Why an exception or interrupt could not be delivered: the checks that the processor makes on the way to a handler,
in its order, on tables as they stand in memory. Intel SDM Vol. 3A, 6.12.1 Exception- or Interrupt-Handler Procedures, and
Vol. 2A, INT n: "Operation".
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import List, Optional

from ..processor import GATE_TYPES, TASK_GATE, NotMapped, Processor, Walk
from ..symbols import guard_of

PUSHES = 4  # bytes each


@dataclass
class Failure:
    """cause: a name of causes.py. words: goes on after "could not be delivered: ". raises: the vector that came instead."""

    cause: str
    words: str
    raises: int
    error_code: Optional[int] = None
    cr2: Optional[int] = None
    evidence: List[str] = field(default_factory=list)
    delivered: bool = False  # all checks passed, but the handler's first instruction can't be fetched


def failure_of(processor: Processor, vector: int, kind: str, has_error_code: bool, kernel=None) -> Optional[Failure]:
    """The first check that fails when `vector` is delivered, or None. kind: as Event's. NoMemory if that can't be known."""
    return _Delivery(processor, vector, kind, has_error_code, kernel).failure()


def no_idt(registers) -> bool:
    """Whether IDTR is as the loader left it, or was loaded with zeros: then it has base 0."""
    return registers.idt_base == 0 and registers.idt_limit in (0, 0x3FF, 0xFFFF)


def lidt_of_table(registers) -> bool:
    """Whether IDTR's limit and base are the first six bytes of a gate: offset, selector, type."""
    base = registers.idt_base
    return base >> 16 & 0x9FFF in (0x8E00, 0x8F00) and 0 < base & 0xFFFF <= registers.gdt_limit and not base & 4


class _Delivery:
    def __init__(self, processor: Processor, vector: int, kind: str, has_error_code: bool, kernel):
        self.processor, self.registers = processor, processor.registers
        self.vector, self.kind, self.has_error_code, self.kernel = vector, kind, has_error_code, kernel
        self.evidence: List[str] = []

    def fail(self, cause: str, words: str, raises: int, code: Optional[int] = None, cr2: Optional[int] = None) -> Failure:
        return Failure(cause, words, raises, code, cr2, self.evidence)

    def page_fault(self, cause: str, words: str, way: Walk, code: int = 0) -> Failure:
        self.evidence += [f"the way to {way.address:08x}:"] + ["  " + line for line in way.lines]
        if way.large_without_pse:
            cause = "large-page-without-pse"
        if way.cr3_not_memory:
            cause = "cr3-not-memory"
        return self.fail(cause, words, 14, code, way.address)

    def failure(self) -> Optional[Failure]:
        registers, vector = self.registers, self.vector
        idt = f"the IDT (base {registers.idt_base:08x}, limit {registers.idt_limit:#x})"
        self.evidence.append(f"IDTR: base {registers.idt_base:08x}, limit {registers.idt_limit:#x}")
        if lidt_of_table(registers):
            words = f"IDTR holds base {registers.idt_base:#x} and limit {registers.idt_limit:#x}, which are the bytes of a gate"
            return self.fail("lidt-of-table", words, 13, 8 * vector + 2)
        if no_idt(registers):
            cause = "interrupts-before-idt" if self.kind == "interrupt" else "idt-not-loaded"
            return self.fail(cause, f"no IDT is loaded: {idt} holds no gates", 13, 8 * vector + 2)
        if 8 * vector + 7 > registers.idt_limit:
            words = f"gate {vector:#x} takes the bytes {8 * vector:#x} to {8 * vector + 7:#x} and lies beyond the limit of {idt}"
            return self.fail("idt-limit", words, 13, 8 * vector + 2)
        try:
            gate = self.processor.gate(vector)
        except NotMapped as error:
            words = f"gate {vector:#x} at {registers.idt_base + 8 * vector:08x} is in a page that is not mapped: {error}"
            return self.page_fault("idt-not-mapped", words, error.walk)
        self.evidence.append(f"gate {vector:#x}: {gate}")
        if gate.type not in GATE_TYPES:
            if gate.raw == 0:
                return self.fail("gate-empty", f"gate {vector:#x} is all zero", 13, 8 * vector + 2)
            if gate.swapped:
                words = f"gate {vector:#x} has its two halves exchanged, so its type reads {gate.kind}"
                return self.fail("gate-dwords-swapped", words, 13, 8 * vector + 2)
            words = f"gate {vector:#x} is of type {gate.kind}, which an IDT may not hold"
            return self.fail("gate-type", words, 13, 8 * vector + 2)
        if self.kind == "int" and gate.dpl < self.processor.cpl:
            words = f"gate {vector:#x} has DPL {gate.dpl}, so `int {vector:#x}` may not be used at level {self.processor.cpl}"
            return self.fail("gate-dpl", words, 13, 8 * vector + 2)
        if not gate.present:
            return self.fail("gate-not-present", f"gate {vector:#x} is not present: its P bit is 0", 11, 8 * vector + 2)
        if gate.type == TASK_GATE:
            return self.fail("task-gate", f"gate {vector:#x} is a task gate, which this system does not use", 13, 8 * vector + 2)
        return self.code_segment(gate)

    def code_segment(self, gate) -> Optional[Failure]:
        registers, selector = self.registers, gate.selector
        words = f"gate {self.vector:#x} names the selector {selector:#x}"
        gdt = f"the GDT (base {registers.gdt_base:08x}, limit {registers.gdt_limit:#x})"
        if selector & ~3 == 0:
            return self.fail("gate-selector", f"{words}, the null selector", 13, 0)
        try:
            code = self.processor.descriptor(selector)
        except NotMapped as error:
            words += f", and {gdt} is in a page that is not mapped: {error}"
            return self.page_fault("gdt-not-mapped", words, error.walk)
        if code is None:
            cause = "gdt-limit" if selector == registers.cs or registers.gdt_limit < 15 else "gate-selector"
            if gate.swapped:  # the lower half of its handler's address reads as a type
                cause = "gate-dwords-swapped"
                words = f"gate {self.vector:#x} has its two halves exchanged, so its selector reads {selector:#x}"
            return self.fail(cause, f"{words}, which lies beyond the limit of {gdt}", 13, selector & 0xFFFC)
        self.evidence.append(f"selector {selector:#x}: {code}")
        if selector == registers.cs and (code.base != registers.cs_base or not code.is_code):
            words += f", which the running code has in cs, but now it is another descriptor: {gdt} was overwritten"
            return self.fail("gdt-overwritten", words, 13, selector & 0xFFFC)
        if not code.is_code:
            return self.fail("gate-selector", f"{words}, which is not a code segment but a {code.kind}", 13, selector & 0xFFFC)
        if code.dpl > self.processor.cpl:
            words += f", a code segment of DPL {code.dpl}, less privileged than the level {self.processor.cpl} interrupted"
            return self.fail("gate-selector", words, 13, selector & 0xFFFC)
        if not code.present:
            return self.fail("gate-selector", f"{words}, which is not present", 11, selector & 0xFFFC)
        level = self.processor.cpl if code.conforming else code.dpl
        if level < self.processor.cpl:
            return self.inner_stack(level) or self.handler(gate, level)
        frame = PUSHES * (3 + self.has_error_code)
        failure = self.push(registers.esp, frame, "")
        if failure is not None and level == 3:
            self.leads_to_ring_3(gate, failure)
        return failure or self.handler(gate, level)

    def leads_to_ring_3(self, gate, failure: Failure) -> None:
        """No handler of a kernel's runs there: whatever fails on the way, the gate's selector is the mistake."""
        failure.cause = "gate-selector"
        failure.words = f"gate {self.vector:#x} names the selector {gate.selector:#x}, so it would run in ring 3; {failure.words}"

    def push(self, esp: int, size: int, source: str) -> Optional[Failure]:
        """The frame, word by word from above."""
        user = self.processor.cpl == 3 and not source
        for offset in range(PUSHES, size + 1, PUSHES):
            way = self.processor.walk(esp - offset)
            reason = way.forbids(True, user, bool(self.registers.cr0 >> 16 & 1))
            if reason:
                guard = guard_of(self.kernel, way.address)
                where = f" in {guard}" if guard else ""
                words = f"its frame can't be pushed at {way.address:08x}{where}: {reason}"
                cause = "tss-esp0" if source else "kernel-stack-overflow" if guard else "stack-not-mapped"
                self.evidence.append(f"esp is {esp:08x}{source}")
                code = 2 | (4 if user else 0) | (1 if way.physical is not None else 0)
                return self.page_fault(cause, words, way, code)
        return None

    def inner_stack(self, level: int) -> Optional[Failure]:
        """Ring 3's stack is not trusted: ss and esp come from the TSS (7.2.1 Task-State Segment)."""
        registers = self.registers
        self.evidence.append(f"TR: selector {registers.tr:#x}, base {registers.tr_base:08x}, limit {registers.tr_limit:#x}")
        if registers.tr & ~3 == 0:
            return self.fail("tss-missing", "the stack for it is named in the TSS, but none was loaded: TR is 0", 10)
        try:
            descriptor = self.processor.descriptor(registers.tr)
        except NotMapped:
            descriptor = None
        if descriptor is not None:
            # What `ltr` has read stays in TR (3.4.3 Segment Registers): the table itself may have changed since then.
            self.evidence.append(f"selector {registers.tr:#x}: {descriptor}")
        if 4 + 8 * level + 5 > registers.tr_limit:
            words = f"the TSS ends before its ss{level} and esp{level}: its limit is {registers.tr_limit:#x}"
            return self.fail("tss-limit", words, 10, registers.tr & 0xFFFC)
        at = registers.tr_base + 4 + 8 * level
        try:
            esp, ss = struct.unpack("<IH", self.processor.read(at, 6))
        except NotMapped as error:
            return self.page_fault("tss-not-mapped", f"the TSS at {registers.tr_base:08x} is not mapped: {error}", error.walk)
        self.evidence.append(f"TSS: ss{level} {ss:#06x}, esp{level} {esp:08x}")
        return self.check_ss(ss, level) or self.push(esp, PUSHES * (5 + self.has_error_code), f", from esp{level} of the TSS")

    def check_ss(self, ss: int, level: int) -> Optional[Failure]:
        words = f"ss{level} in the TSS is {ss:#x}"
        if ss & ~3 == 0:
            return self.fail("tss-ss0", f"{words}, the null selector", 10, 0)
        try:
            stack = self.processor.descriptor(ss)
        except NotMapped as error:
            return self.page_fault("gdt-not-mapped", f"{words}, and the GDT is not mapped: {error}", error.walk)
        if stack is None:
            return self.fail("tss-ss0", f"{words}, which lies beyond the GDT's limit", 10, ss & 0xFFFC)
        self.evidence.append(f"selector {ss:#x}: {stack}")
        if ss & 3 != level:
            return self.fail("tss-ss0", f"{words}: its RPL is {ss & 3} and must be {level}", 10, ss & 0xFFFC)
        if stack.dpl != level:
            return self.fail("tss-ss0", f"{words}: the segment's DPL is {stack.dpl} and must be {level}", 10, ss & 0xFFFC)
        if not stack.writable:
            return self.fail("tss-ss0", f"{words}: a {stack.kind}, which is no stack", 10, ss & 0xFFFC)
        if not stack.present:
            return self.fail("tss-ss0", f"{words}, a segment that is not present", 12, ss & 0xFFFC)
        return None

    def handler(self, gate, level: int) -> Optional[Failure]:
        way = self.processor.walk(gate.offset)
        reason = way.forbids(False, level == 3, False)
        if not reason:
            return None
        words = f"its handler at {gate.offset:08x} can't be executed: {reason}"
        failure = self.page_fault("handler-not-mapped", words, way, (4 if level == 3 else 0) | (way.physical is not None))
        failure.delivered = True
        if level == 3:
            self.leads_to_ring_3(gate, failure)
        return failure
