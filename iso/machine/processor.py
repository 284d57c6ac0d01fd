"""The i386's tables, decoded as the processor reads them: descriptors, gates, the TSS, page tables, error codes.

Nothing here knows an emulator: a Processor is a set of register values (as Machine.registers returns them) and a function
that reads physical memory. References are to the Intel SDM Vol. 3A.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Callable, List, Optional

PAGE = 4096
INTERRUPT_FLAG = 1 << 9  # of EFLAGS: 3.4.3 EFLAGS Register (Vol. 1)
EXCEPTION_NAMES = {  # table 6-1 Protected-Mode Exceptions and Interrupts; with an error code where the name ends in *
    0: "#DE divide error", 1: "#DB debug exception", 2: "non-maskable interrupt", 3: "#BP breakpoint", 4: "#OF overflow",
    5: "#BR bound range exceeded", 6: "#UD invalid opcode", 7: "#NM device not available", 8: "#DF double fault",
    9: "coprocessor segment overrun", 10: "#TS invalid TSS", 11: "#NP segment not present", 12: "#SS stack-segment fault",
    13: "#GP general protection fault", 14: "#PF page fault", 16: "#MF floating-point error", 17: "#AC alignment check",
    18: "#MC machine check", 19: "#XM SIMD floating-point exception", 20: "#VE virtualization exception",
    21: "#CP control protection exception",
}  # fmt: skip
HAS_ERROR_CODE = frozenset((8, 10, 11, 12, 13, 14, 17, 21))
CONTRIBUTORY = frozenset((0, 10, 11, 12, 13))  # table 6-4 Interrupt and Exception Classes

SYSTEM_TYPES = (  # table 3-2 System-Segment and Gate-Descriptor Types
    "reserved type 0", "16-bit TSS, available", "LDT", "16-bit TSS, busy", "16-bit call gate", "task gate",
    "16-bit interrupt gate", "16-bit trap gate", "reserved type 8", "32-bit TSS, available", "reserved type 10",
    "32-bit TSS, busy", "32-bit call gate", "reserved type 13", "32-bit interrupt gate", "32-bit trap gate",
)  # fmt: skip
TASK_GATE = 5
GATE_TYPES = (TASK_GATE, 6, 7, 14, 15)  # what an IDT may hold: 6.11 IDT Descriptors
TSS_TYPES = (1, 3, 9, 11)


class NoMemory(Exception):
    """Physical memory can't be read: there is none there, or the machine is not at hand."""


class NotMapped(Exception):
    def __init__(self, walk: "Walk"):
        super().__init__(walk.reason)
        self.walk = walk


@dataclass(frozen=True)
class Descriptor:
    """A segment or system descriptor: 3.4.5 Segment Descriptors. `raw` is its 8 bytes as a number."""

    raw: int

    present = property(lambda self: bool(self.raw >> 47 & 1))
    dpl = property(lambda self: self.raw >> 45 & 3)
    system = property(lambda self: not self.raw >> 44 & 1)
    type = property(lambda self: self.raw >> 40 & 15)
    is_code = property(lambda self: not self.system and bool(self.type & 8))
    conforming = property(lambda self: self.is_code and bool(self.type & 4))
    readable = property(lambda self: not self.system and (not self.is_code or bool(self.type & 2)))
    writable = property(lambda self: not self.system and not self.is_code and bool(self.type & 2))
    base = property(lambda self: self.raw >> 16 & 0xFFFFFF | self.raw >> 32 & 0xFF000000)

    @property
    def limit(self) -> int:
        limit = self.raw & 0xFFFF | self.raw >> 32 & 0xF0000
        return limit << 12 | 0xFFF if self.raw >> 55 & 1 else limit

    @property
    def kind(self) -> str:
        if self.system:
            return SYSTEM_TYPES[self.type]
        if self.is_code:
            return ("conforming " if self.conforming else "") + "code segment"
        return "data segment" if self.writable else "read-only data segment"

    def __str__(self) -> str:
        presence = "present" if self.present else "not present"
        return f"{self.raw:016x}: {self.kind}, DPL {self.dpl}, {presence}, base {self.base:#x}, limit {self.limit:#x}"


@dataclass(frozen=True)
class Gate:
    """A gate of the IDT: 6.11 IDT Descriptors, figure 6-2."""

    raw: int

    present = property(lambda self: bool(self.raw >> 47 & 1))
    dpl = property(lambda self: self.raw >> 45 & 3)
    type = property(lambda self: self.raw >> 40 & 31)  # bit 4 is S, which must be 0: types from 16 up are segments
    selector = property(lambda self: self.raw >> 16 & 0xFFFF)
    offset = property(lambda self: self.raw & 0xFFFF | self.raw >> 32 & 0xFFFF0000)

    @property
    def kind(self) -> str:
        return SYSTEM_TYPES[self.type] if self.type < 16 else Descriptor(self.raw).kind

    @property
    def swapped(self) -> bool:
        """Whether it would be a good gate with its two halves exchanged."""
        other = Gate(self.raw >> 32 | (self.raw & 0xFFFFFFFF) << 32)
        return other.raw >> 32 & 0x1FFF in (0x0E00, 0x0F00) and other.selector not in (0,) and other.selector & 4 == 0

    def __str__(self) -> str:
        presence = "present" if self.present else "not present"
        return f"{self.raw:016x}: {self.kind}, DPL {self.dpl}, {presence}, handler {self.selector:#x}:{self.offset:08x}"


def selector_error(code: int) -> str:
    """An error code of #TS, #NP, #SS or #GP in words: 6.13 Error Code."""
    if code & ~1 == 0:
        return "no selector, or a null one"
    if code & 2:
        return f"gate {code >> 3:#x} of the IDT"
    return f"selector {code & 0xFFF8:#x}, entry {code >> 3} of the {'LDT' if code & 4 else 'GDT'}"


def page_error(code: int) -> str:
    """An error code of #PF in words: 4.7 Page-Fault Exceptions, figure 4-12."""
    access = "an instruction fetch" if code & 16 else "a write" if code & 2 else "a read"
    reason = "a reserved bit is set" if code & 8 else "the page forbids it" if code & 1 else "the page is not present"
    return f"{access} in {'user' if code & 4 else 'supervisor'} mode; {reason}"


@dataclass
class Walk:
    """The way from a linear address to a physical one: 4.3 32-Bit Paging. `entry` is the last entry that was read."""

    address: int
    lines: List[str]  # each entry on the way, decoded
    physical: Optional[int] = None
    writable: bool = True
    user: bool = True
    reason: str = ""  # why there is no physical address
    large_without_pse: bool = False
    cr3_not_memory: bool = False

    def forbids(self, write: bool, user: bool, write_protect: bool) -> str:
        """Why an access is not allowed, or ""."""
        if self.physical is None:
            return self.reason
        if user and not self.user:
            return "U/S is 0 on the way there: the page is the supervisor's"
        if write and not self.writable and (user or write_protect):
            return "R/W is 0 on the way there: the page is read-only"
        return ""


def _bits(entry: int) -> str:
    words = [name for bit, name in ((1, "present"), (2, "writable"), (4, "user"), (0x80, "PS")) if entry & bit]
    return ", ".join(words) if entry & 1 else "not present"


class Processor:
    """Registers and memory at one moment. memory_size: bytes of RAM, or None if unknown."""

    def __init__(self, registers, read_physical: Callable[[int, int], bytes], memory_size: Optional[int] = None):
        self.registers = registers
        self.read_physical = read_physical
        self.memory_size = memory_size

    @property
    def cpl(self) -> int:
        return self.registers.cs & 3 if self.registers.cr0 & 1 else 0

    def _entry(self, address: int) -> int:
        if self.memory_size is not None and address + 4 > self.memory_size:
            raise NoMemory(f"{address:#x} is no memory")
        return struct.unpack("<I", self.read_physical(address, 4))[0]

    def walk(self, address: int) -> Walk:
        address &= 0xFFFFFFFF
        registers = self.registers
        if not registers.cr0 >> 31:
            return Walk(address, [], address)
        if registers.cr4 & 1 << 5:
            return Walk(address, ["CR4.PAE is set: three-level tables, which this program does not decode"],
                        reason="PAE paging is on")  # fmt: skip
        directory = registers.cr3 & ~0xFFF
        way = Walk(address, [])
        if self.memory_size is not None and directory >= self.memory_size:
            way.lines.append(f"CR3 {registers.cr3:08x}: no RAM there, the machine has {self.memory_size >> 20} MiB")
            way.reason, way.cr3_not_memory = "CR3 does not point to memory", True
            return way
        number = address >> 22
        entry = self._entry(directory + 4 * number)
        way.lines.append(f"directory at {directory:08x}, entry {number}: {entry:08x} ({_bits(entry)})")
        if not entry & 1:
            way.reason = "the directory entry is not present"
            return way
        way.writable, way.user = bool(entry & 2), bool(entry & 4)
        if entry & 0x80 and registers.cr4 & 1 << 4:
            way.physical = entry & 0xFFC00000 | address & 0x3FFFFF
            return way
        way.large_without_pse = bool(entry & 0x80)
        if way.large_without_pse:
            way.lines.append("  its PS bit means nothing, for CR4.PSE is 0: it is taken for a page table's address")
        table, number = entry & ~0xFFF, address >> 12 & 1023
        try:
            entry = self._entry(table + 4 * number)
        except NoMemory:
            way.reason = f"the page table's address {table:08x} is no memory"
            return way
        way.lines.append(f"table at {table:08x}, entry {number}: {entry:08x} ({_bits(entry)})")
        if not entry & 1:
            way.reason = "the table entry is not present"
            return way
        way.writable, way.user = way.writable and bool(entry & 2), way.user and bool(entry & 4)
        way.physical = entry & ~0xFFF | address & 0xFFF
        return way

    def read(self, address: int, size: int) -> bytes:
        """Linear memory, as the processor itself reads its tables: with supervisor rights. NotMapped, NoMemory."""
        data = b""
        while size > 0:
            way = self.walk(address)
            if way.physical is None:
                raise NotMapped(way)
            piece = min(size, PAGE - address % PAGE)
            if self.memory_size is not None and way.physical + piece > self.memory_size and way.physical < 0xFFFC0000:
                raise NoMemory(f"{way.physical:#x} is no memory")
            data += self.read_physical(way.physical, piece)
            address, size = address + piece & 0xFFFFFFFF, size - piece
        return data

    def word(self, address: int) -> int:
        return struct.unpack("<I", self.read(address & 0xFFFFFFFF, 4))[0]

    def descriptor(self, selector: int) -> Optional[Descriptor]:
        """The GDT's entry, or None beyond its limit. (We use no LDT.)"""
        offset = selector & ~7
        if selector & 4 or offset + 7 > self.registers.gdt_limit:
            return None
        return Descriptor(struct.unpack("<Q", self.read(self.registers.gdt_base + offset, 8))[0])

    def gate(self, vector: int) -> Gate:
        return Gate(struct.unpack("<Q", self.read(self.registers.idt_base + 8 * vector, 8))[0])
