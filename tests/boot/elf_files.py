"""Makes ELF files, right ones and wrong ones, for the tests of the kernel's loader."""

import struct
from dataclasses import dataclass, field
from typing import List

READ, WRITE, EXECUTE = 4, 2, 1
EXIT_WITH_7 = bytes.fromhex("b801000000 bb07000000 cd80")  # mov eax, 1; mov ebx, 7; int 0x80
BASE = 0x08048000


@dataclass
class Segment:
    """A loadable segment. What is None is computed: the file's place from where the contents are put."""

    address: int = BASE
    contents: bytes = EXIT_WITH_7
    flags: int = READ | EXECUTE
    memory_size: int = None
    file_size: int = None
    offset: int = None
    alignment: int = 0x1000
    type: int = 1  # PT_LOAD


@dataclass
class Elf:
    """An ELF file. It is a right one as it stands; the tests spoil one thing each."""

    segments: List[Segment] = field(default_factory=lambda: [Segment()])
    entry: int = BASE
    word_size: int = 1
    type: int = 2  # ET_EXEC
    machine: int = 3  # EM_386
    header_count: int = None
    header_offset: int = 52

    def bytes(self) -> bytes:
        table, data = b"", b""
        start = 0x1000  # the contents' place in the file: congruent to page-aligned addresses
        for segment in self.segments:
            contents = segment.contents
            offset = start + len(data) if segment.offset is None else segment.offset
            file_size = len(contents) if segment.file_size is None else segment.file_size
            memory_size = file_size if segment.memory_size is None else segment.memory_size
            table += struct.pack(
                "<8I", segment.type, offset, segment.address, 0, file_size, memory_size, segment.flags, segment.alignment
            )
            data += contents.ljust(-(-len(contents) // 0x1000) * 0x1000, b"\0")
        count = len(self.segments) if self.header_count is None else self.header_count
        header = b"\x7fELF" + bytes([self.word_size, 1, 1]) + bytes(9)
        header += struct.pack("<HHIIIIIHHHHHH", self.type, self.machine, 1, self.entry, self.header_offset, 0, 0, 52, 32, count, 0, 0, 0)
        return (header + table).ljust(start, b"\0") + data
