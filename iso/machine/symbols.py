"""Addresses by name: function, file and line from an ELF file's debugging information, and the parts of the address
space from linker/layout.h."""

from __future__ import annotations

import functools
import importlib.util
import os
import re
import shutil
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from .confine import confined

ROOT = Path(__file__).resolve().parents[2]
CROSS = os.environ.get("CROSS", "i686-linux-gnu-")


@functools.lru_cache(maxsize=None)
def _short_name():
    """linker/symbols.py's: the kernel's own reports have the same names."""
    specification = importlib.util.spec_from_file_location("linker_symbols", ROOT / "linker" / "symbols.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module.short_name


def _built(file: Optional[Path]) -> int:
    """When this file was made: a grader sees many kernels under one name, one after the other."""
    return os.stat(file).st_mtime_ns if file is not None and Path(file).is_file() else 0


def layout(tree: Path = ROOT) -> SimpleNamespace:
    """The numbers of linker/layout.h, by their names."""
    file = tree / "linker" / "layout.h"
    return _layout(file, _built(file))


@functools.lru_cache(maxsize=64)
def _layout(file: Path, built: int) -> SimpleNamespace:
    numbers = re.findall(r"^#define (\w+)\s+(0[xX][0-9A-Fa-f]+|\d+)", file.read_text(), re.MULTILINE)
    return SimpleNamespace(**{name: int(number, 0) for name, number in numbers})


def function_and_line(kernel: Optional[Path], address: int) -> Tuple[str, str]:
    """ "write" and "kernel/syscall/console_calls.cpp:12"; each is "" where it is not known."""
    return _function_and_line(kernel, _built(kernel), address)


@functools.lru_cache(maxsize=4096)
def _function_and_line(kernel: Optional[Path], built: int, address: int) -> Tuple[str, str]:
    tool = shutil.which(CROSS + "addr2line") or shutil.which("addr2line")
    if tool is None or not built:
        return "", ""
    command = [tool, "-f", "-C", "-e", str(kernel), f"{address:#x}"]
    done = subprocess.run(confined(command, [kernel]), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=60)
    name, _, line = done.stdout.strip().partition("\n")
    line = re.sub(r" \(discriminator \d+\)", "", line)
    line = line.rpartition("//")[2]  # NASM gives the file's folder twice
    line = re.sub(r"^.*?((?:kernel|boot|programs|tests)/)", r"\1", line)
    name = "" if name in ("", "??") else _short_name()(name)
    return name, "" if line.startswith("??") or line.endswith(":0") or line.endswith(":?") else line


def source(kernel: Optional[Path], address: int) -> str:
    """ "write (kernel/syscall/console_calls.cpp:12)", or "" where nothing is known."""
    name, line = function_and_line(kernel, address)
    return f"{name or 'an unnamed function'} ({line})" if line else name


@dataclass(frozen=True)
class Symbol:
    name: str
    kind: str  # nm's letter: T code, D data, B data that begins as zeros, small if local to the file; see is_foreign
    address: int
    size: int

    @property
    def is_foreign(self) -> bool:
        """Whether it is used here, and defined elsewhere."""
        return self.kind in "Uwv"


def symbols(file: Optional[Path], demangled: bool = False) -> List[Symbol]:
    """An ELF file's symbols, or none where there is no such file. demangled: names as in C++, with their parameters."""
    return _symbols(file, _built(file), demangled)


@functools.lru_cache(maxsize=256)
def _symbols(file: Optional[Path], built: int, demangled: bool) -> List[Symbol]:
    return symbols_of([file], demangled) if built else []


def symbols_of(files: Sequence[Path], demangled: bool = False, cross: str = CROSS) -> List[Symbol]:
    """Those of several files together. cross: "" for what was compiled for this computer."""
    tool = shutil.which(cross + "nm") or shutil.which("nm")
    if tool is None or not files:
        return []
    command = confined([tool, "-P", *(["-C"] if demangled else []), *files], files)
    text = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=60).stdout
    rows = re.findall(r"^(.+?) ([A-Za-z?])(?: ([0-9a-f]+))?(?: ([0-9a-f]+))? *$", text, re.MULTILINE)
    return [Symbol(name, kind, int(address or "0", 16), int(size or "0", 16)) for name, kind, address, size in rows]


def symbol(kernel: Optional[Path], name: str) -> Optional[int]:
    """The address of a symbol by its plain name."""
    return next((one.address for one in symbols(kernel) if one.name == name), None)


def addresses(kernel: Path) -> Dict[str, int]:
    """All addresses by their names in C++, without parameters and anonymous namespaces: "kernel::pit::tick_count"."""
    plain = {one: re.sub(r"\(anonymous namespace\)::", "", one.name) for one in symbols(kernel, demangled=True)}
    return {name.partition("(")[0]: one.address for one, name in plain.items() if not one.is_foreign}


def object_called(kernel: Optional[Path], name: str) -> Optional[int]:
    """The address of a variable by its own name, whatever namespaces it is in."""
    own = re.compile(rf"\S*{len(name)}{re.escape(name)}E?")
    return next((one.address for one in symbols(kernel) if one.kind in "bBdD" and own.fullmatch(one.name)), None)


def objects(kernel: Optional[Path]) -> Dict[int, int]:
    """The variables of the kernel: address and size of each."""
    return {one.address: one.size for one in symbols(kernel) if one.kind in "bBdDrR" and one.size}


class Segment(NamedTuple):
    """What an ELF file has loaded (System V ABI, chapter 5, "Program Header")."""

    offset: int  # in the file
    linked: int
    physical: int
    file_size: int
    size: int
    flags: int  # 1 executable, 2 writable, 4 readable


def segments(kernel: Optional[Path]) -> List[Segment]:
    return _segments(kernel, _built(kernel))


@functools.lru_cache(maxsize=64)
def _segments(kernel: Optional[Path], built: int) -> List[Segment]:
    try:
        elf = Path(kernel).read_bytes()
        table, size, count = *struct.unpack_from("<I", elf, 28), *struct.unpack_from("<HH", elf, 42)
        headers = [struct.unpack_from("<7I", elf, table + i * size) for i in range(count)]
    except (OSError, TypeError, struct.error):
        return []
    return [Segment(*header) for kind, *header in headers if kind == 1]


def place_in_file(kernel: Path, address: int) -> int:
    """Where in the file the byte is that is linked at this address."""
    [place] = [one.offset + address - one.linked for one in segments(kernel) if 0 <= address - one.linked < one.file_size]
    return place


def is_linked(kernel: Optional[Path], address: int) -> bool:
    """Whether something of the kernel is linked at this address."""
    return any(one.linked <= address < one.linked + one.size for one in segments(kernel))


def stack_of(kernel: Optional[Path], esp: int) -> Optional[Tuple[int, int]]:
    """Both ends of the kernel stack that esp lies in, at an end of it, or in the guard below it."""
    facts = layout()
    slots, slot = facts.KERNEL_STACKS, facts.KERNEL_STACK_SLOT
    if slots < esp <= slots + facts.KERNEL_STACKS_SIZE:
        end = slots + -(-(esp - slots) // slot) * slot
        return end - facts.KERNEL_STACK_SIZE, end
    guard, end = symbol(kernel, "boot_stack_guard"), symbol(kernel, "boot_stack_end")
    if guard is not None and end is not None and guard < esp <= end:
        return guard + facts.PAGE_SIZE, end
    return None


def guard_of(kernel: Optional[Path], address: int) -> str:
    """The kernel stack in whose guard the address lies, in words, or ""."""
    facts = layout()
    offset = address - facts.KERNEL_STACKS
    if 0 <= offset < facts.KERNEL_STACKS_SIZE:
        slot, inside = divmod(offset, facts.KERNEL_STACK_SLOT)
        if inside < facts.KERNEL_STACK_SLOT - facts.KERNEL_STACK_SIZE:
            return f"the guard below kernel stack {slot}"
    guard = symbol(kernel, "boot_stack_guard")
    if guard is not None and 0 <= address - guard < facts.PAGE_SIZE:
        return "the guard below the boot stack"
    return ""


def area(address: int) -> str:
    """Which part of the address space an address without a symbol lies in."""
    facts = layout()
    if 0xC0000 <= address < 0x100000 or address >= 0xFFFE0000:
        return "in the BIOS"
    if address < 0x1000:
        return "in the first page: a null pointer, or real mode's interrupt vectors"
    if facts.VGA_TEXT <= address < facts.VGA_TEXT + 0x8000:
        return "in the screen's memory, at its physical address"
    if address >= facts.KERNEL_STACKS:
        return "among the kernel stacks"
    if facts.KERNEL_HEAP <= address < facts.KERNEL_HEAP + facts.KERNEL_HEAP_SIZE:
        return "in the kernel heap"
    if address >= facts.KERNEL_BASE:
        return "in the kernel's part"
    return "outside the kernel's code"


def place(kernel: Optional[Path], address: int, user: bool = False) -> str:
    """Where an instruction is, in words."""
    if user and address < layout().KERNEL_BASE and not source(kernel, address):
        return "in the user program"
    return source(kernel, address) or area(address)


def name_of_kernel(file: Path) -> str:
    """A kernel's file as it is found from here, and which one that is: "build/chapters/06/kernel.elf (chapter 6)"."""
    name = os.path.relpath(file)
    of = re.search(r"\bbuild/(?:chapters/0*(\d+)|mutations/([^/]+))/", name)
    return f"{name} ({f'chapter {of[1]}' if of[1] else f'mutation {of[2]}'})" if of else name
