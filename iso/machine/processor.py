"""The i386's tables, decoded as the processor reads them: descriptors, gates, the TSS, page tables, error codes.

Nothing here knows an emulator: a Processor is a set of register values (as Machine.registers returns them) and a function
that reads physical memory. So all that looks at a machine decodes its tables here: the autopsy, gdb's commands, the graders'
checks of its state, the tests. References are to the Intel SDM Vol. 3A.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Callable, Iterator, List, NamedTuple, Optional

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
    expands_down = property(lambda self: not self.system and not self.is_code and bool(self.type & 4))
    is_long = property(lambda self: bool(self.raw >> 53 & 1))  # L: 64-bit code
    is_32_bit = property(lambda self: bool(self.raw >> 54 & 1))  # D/B
    counts_pages = property(lambda self: bool(self.raw >> 55 & 1))  # G, of the limit
    base = property(lambda self: self.raw >> 16 & 0xFFFFFF | self.raw >> 32 & 0xFF000000)
    raw_limit = property(lambda self: self.raw & 0xFFFF | self.raw >> 32 & 0xF0000)
    limit = property(lambda self: self.raw_limit << 12 | 0xFFF if self.counts_pages else self.raw_limit)  # in bytes

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
    reserved = property(lambda self: self.raw >> 32 & 0xFF)  # must be 0
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


class Tss(NamedTuple):
    """What we use of a TSS: 7.2.1 Task-State Segment (TSS), figure 7-2."""

    esp0: int
    ss0: int
    io_map_base: int


@dataclass(frozen=True)
class Entry:
    """An entry of a page directory or table: 4.3 32-Bit Paging, tables 4-4 to 4-6."""

    level: str  # "directory" or "table"
    address: int  # where it is, physical
    raw: int

    number = property(lambda self: self.address >> 2 & 1023)
    present = property(lambda self: bool(self.raw & 1))
    writable = property(lambda self: bool(self.raw & 2))
    user = property(lambda self: bool(self.raw & 4))
    large = property(lambda self: self.level == "directory" and bool(self.raw & 0x80))  # counts with CR4.PSE only
    copy_on_write = property(lambda self: self.level == "table" and bool(self.raw & 0x200))  # not the processor's: memory/page_table.hpp
    frame = property(lambda self: self.raw & ~0xFFF)
    # Bits 20-13 are bits 39-32 of the address (PSE-36); 0 on Trapgate.
    large_frame = property(lambda self: (self.raw & 0x1FE000) << 19 | self.raw & 0xFFC00000)

    @property
    def words(self) -> str:
        if not self.present:
            return "not present"
        words = ["present", "writable" if self.writable else "read-only", "user" if self.user else "kernel only"]
        names = {3: "write-through", 4: "not cached", 5: "accessed", 6: "dirty", 7: "large page", 8: "global"}
        bits = self.raw
        if self.level == "table":
            bits &= ~0x80  # bit 7 is PAT
            names[9] = "copy on write"  # not the processor's: kernel/memory/page_table.hpp has it
        return ", ".join(words + [name for bit, name in names.items() if bits >> bit & 1])


class Page(NamedTuple):
    """A page that is mapped."""

    address: int
    size: int
    physical: int
    writable: bool
    user: bool


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
    """The way from a linear address to a physical one: 4.3 32-Bit Paging."""

    address: int
    entries: List[Entry] = field(default_factory=list)  # on the way, from the directory on
    lines: List[str] = field(default_factory=list)  # the same in words, and what else there is to say
    physical: Optional[int] = None
    reason: str = ""  # why there is no physical address
    large_without_pse: bool = False
    cr3_not_memory: bool = False

    # Each right needs its bit in every entry on the way.
    writable = property(lambda self: all(entry.writable for entry in self.entries))
    user = property(lambda self: all(entry.user for entry in self.entries))

    def take(self, entry: Entry) -> Entry:
        self.entries.append(entry)
        where = entry.address - 4 * entry.number
        self.lines.append(f"{entry.level} at {where:08x}, entry {entry.number}: {entry.raw:08x} ({entry.words})")
        return entry

    def forbids(self, write: bool, user: bool, write_protect: bool) -> str:
        """Why an access is not allowed, or ""."""
        if self.physical is None:
            return self.reason
        if user and not self.user:
            return "U/S is 0 on the way there: the page is the supervisor's"
        if write and not self.writable and (user or write_protect):
            return "R/W is 0 on the way there: the page is read-only"
        return ""


class Processor:
    """Registers and memory at one moment. memory_size: bytes of RAM, or None if unknown."""

    def __init__(self, registers, read_physical: Callable[[int, int], bytes], memory_size: Optional[int] = None):
        self.registers = registers
        self.read_physical = read_physical
        self.memory_size = memory_size

    @property
    def cpl(self) -> int:
        return self.registers.cs & 3 if self.registers.cr0 & 1 else 0

    def entries(self, level: str, table: int, first: int = 0, count: int = 1024) -> List[Entry]:
        address = table + 4 * first
        if self.memory_size is not None and address + 4 * count > self.memory_size:
            raise NoMemory(f"{address:#x} is no memory")
        words = struct.unpack(f"<{count}I", self.read_physical(address, 4 * count))
        return [Entry(level, address + 4 * index, word) for index, word in enumerate(words)]

    def walk(self, address: int) -> Walk:
        registers, way = self.registers, Walk(address & 0xFFFFFFFF)
        if not registers.cr0 >> 31:
            way.physical = way.address
            return way
        if self._pae:
            way.lines.append("CR4.PAE is set: three-level tables, which this program does not decode")
            way.reason = "PAE paging is on"
            return way
        directory = registers.cr3 & ~0xFFF
        if self.memory_size is not None and directory >= self.memory_size:
            way.lines.append(f"CR3 {registers.cr3:08x}: no RAM there, the machine has {self.memory_size >> 20} MiB")
            way.reason, way.cr3_not_memory = "CR3 does not point to memory", True
            return way
        entry = way.take(*self.entries("directory", directory, way.address >> 22, 1))
        if not entry.present:
            way.reason = "the directory entry is not present"
            return way
        if entry.large and self._large_pages:
            way.physical = entry.large_frame | way.address & 0x3FFFFF
            return way
        way.large_without_pse = entry.large
        if way.large_without_pse:
            way.lines.append("  its PS bit means nothing, for CR4.PSE is 0: it is taken for a page table's address")
        try:
            entry = way.take(*self.entries("table", entry.frame, way.address >> 12 & 1023, 1))
        except NoMemory:
            way.reason = f"the page table's address {entry.frame:08x} is no memory"
            return way
        if not entry.present:
            way.reason = "the table entry is not present"
            return way
        way.physical = entry.frame | way.address & 0xFFF
        return way

    @property
    def _large_pages(self) -> bool:
        return bool(self.registers.cr4 & 1 << 4)

    @property
    def _pae(self) -> bool:
        return bool(self.registers.cr4 & 1 << 5)

    def pages(self) -> Iterator[Page]:
        """All that is mapped, by address; nothing of PAE's tables, which are not decoded here."""
        if self._pae:
            return
        for entry in self.entries("directory", self.registers.cr3 & ~0xFFF):
            start = entry.number << 22
            if entry.present and entry.large and self._large_pages:
                yield Page(start, 1 << 22, entry.large_frame, entry.writable, entry.user)
            elif entry.present:
                for last in self.entries("table", entry.frame):
                    if last.present:
                        rights = entry.writable and last.writable, entry.user and last.user
                        yield Page(start | last.number << 12, PAGE, last.frame, *rights)

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

    def descriptors(self) -> List[Descriptor]:
        """The whole GDT."""
        count = (self.registers.gdt_limit + 1) // 8
        return [Descriptor(raw) for raw in struct.unpack(f"<{count}Q", self.read(self.registers.gdt_base, 8 * count))]

    def tss(self) -> Tss:
        """The TSS that TR names."""
        esp0, ss0, io_map_base = struct.unpack("<4xII90xH", self.read(self.registers.tr_base, 104))
        return Tss(esp0, ss0 & 0xFFFF, io_map_base)

    def gate(self, vector: int) -> Gate:
        return Gate(struct.unpack("<Q", self.read(self.registers.idt_base + 8 * vector, 8))[0])

    def gates(self) -> List[Gate]:
        """The whole IDT."""
        count = (self.registers.idt_limit + 1) // 8
        return [Gate(raw) for raw in struct.unpack(f"<{count}Q", self.read(self.registers.idt_base, 8 * count))]
