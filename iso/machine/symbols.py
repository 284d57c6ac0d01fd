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
from pathlib import Path
from typing import Dict, List, Optional, Tuple

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


@functools.lru_cache(maxsize=None)
def layout() -> Dict[str, int]:
    """The numbers of linker/layout.h."""
    text = (ROOT / "linker" / "layout.h").read_text()
    return {name: int(value, 0) for name, value in re.findall(r"^#define (\w+) +(0[xX][0-9A-Fa-f]+|\d+)", text, re.MULTILINE)}


def _built(kernel: Optional[Path]) -> int:
    """When this kernel was built: a grader sees many kernels under one name, one after the other."""
    return os.stat(kernel).st_mtime_ns if kernel is not None and Path(kernel).is_file() else 0


def source(kernel: Optional[Path], address: int) -> str:
    """ "write (kernel/syscall/console_calls.cpp:12)", or "" where nothing is known."""
    return _source(kernel, _built(kernel), address)


@functools.lru_cache(maxsize=4096)
def _source(kernel: Optional[Path], built: int, address: int) -> str:
    tool = shutil.which(CROSS + "addr2line") or shutil.which("addr2line")
    if tool is None or not built:
        return ""
    command = [tool, "-f", "-C", "-e", str(kernel), f"{address:#x}"]
    done = subprocess.run(confined(command, [kernel]), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=60)
    name, _, line = done.stdout.strip().partition("\n")
    line = re.sub(r" \(discriminator \d+\)", "", line)
    line = line.rpartition("//")[2]  # NASM gives the file's folder twice
    line = re.sub(r"^.*?((?:kernel|boot|programs|tests)/)", r"\1", line)
    name = "" if name in ("", "??") else _short_name()(name)
    line = "" if line.startswith("??") or line.endswith(":0") or line.endswith(":?") else line
    if name == "" and line == "":
        return ""
    return f"{name or 'an unnamed function'} ({line})" if line else name


def _nm(kernel: Optional[Path], built: int, *options: str) -> str:
    tool = shutil.which(CROSS + "nm") or shutil.which("nm")
    if tool is None or not built:
        return ""
    return subprocess.run(confined([tool, *options, kernel], [kernel]), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=60).stdout


def symbol(kernel: Optional[Path], name: str) -> Optional[int]:
    """The address of a symbol by its plain name."""
    return _symbol(kernel, _built(kernel), name)


@functools.lru_cache(maxsize=256)
def _symbol(kernel: Optional[Path], built: int, name: str) -> Optional[int]:
    found = re.search(rf"^([0-9a-f]+) \w {re.escape(name)}$", _nm(kernel, built), re.MULTILINE)
    return int(found[1], 16) if found else None


def object_called(kernel: Optional[Path], name: str) -> Optional[int]:
    """The address of a variable by its own name, whatever namespaces it is in."""
    return _object_called(kernel, _built(kernel), name)


@functools.lru_cache(maxsize=64)
def _object_called(kernel: Optional[Path], built: int, name: str) -> Optional[int]:
    found = re.search(rf"^([0-9a-f]+) [bBdD] \S*{len(name)}{re.escape(name)}E?$", _nm(kernel, built), re.MULTILINE)
    return int(found[1], 16) if found else None


@functools.lru_cache(maxsize=64)
def _sizes(kernel: Optional[Path], built: int) -> Dict[int, int]:
    found = re.findall(r"^([0-9a-f]+) ([0-9a-f]+) [bBdDrR] ", _nm(kernel, built, "-S"), re.MULTILINE)
    return {int(begin, 16): int(size, 16) for begin, size in found}


def objects(kernel: Optional[Path]) -> Dict[int, int]:
    """The variables of the kernel: address and size of each."""
    return _sizes(kernel, _built(kernel))


@functools.lru_cache(maxsize=64)
def _segments(kernel: Optional[Path], built: int) -> List[Tuple[int, int, int]]:
    try:
        elf = Path(kernel).read_bytes()
        table, size, count = *struct.unpack_from("<I", elf, 28), *struct.unpack_from("<HH", elf, 42)
        headers = [struct.unpack_from("<6I", elf, table + i * size) for i in range(count)]
    except (OSError, TypeError, struct.error):
        return []
    return [(linked, physical, length) for kind, _, linked, physical, _, length in headers if kind == 1]


def segments(kernel: Optional[Path]) -> List[Tuple[int, int, int]]:
    """What an ELF file has loaded: linked address, physical address and size of each segment (System V ABI, chapter 5,
    "Program Header")."""
    return _segments(kernel, _built(kernel))


def is_linked(kernel: Optional[Path], address: int) -> bool:
    """Whether something of the kernel is linked at this address."""
    return any(begin <= address < begin + size for begin, _, size in segments(kernel))


def stack_of(kernel: Optional[Path], esp: int) -> Optional[Tuple[int, int]]:
    """Both ends of the kernel stack that esp lies in, at an end of it, or in the guard below it."""
    facts = layout()
    slots, slot = facts["KERNEL_STACKS"], facts["KERNEL_STACK_SLOT"]
    if slots < esp <= slots + facts["KERNEL_STACKS_SIZE"]:
        end = slots + -(-(esp - slots) // slot) * slot
        return end - facts["KERNEL_STACK_SIZE"], end
    guard, end = symbol(kernel, "boot_stack_guard"), symbol(kernel, "boot_stack_end")
    if guard is not None and end is not None and guard < esp <= end:
        return guard + facts["PAGE_SIZE"], end
    return None


def guard_of(kernel: Optional[Path], address: int) -> str:
    """The kernel stack in whose guard the address lies, in words, or ""."""
    facts = layout()
    offset = address - facts["KERNEL_STACKS"]
    if 0 <= offset < facts["KERNEL_STACKS_SIZE"]:
        slot, inside = divmod(offset, facts["KERNEL_STACK_SLOT"])
        if inside < facts["KERNEL_STACK_SLOT"] - facts["KERNEL_STACK_SIZE"]:
            return f"the guard below kernel stack {slot}"
    guard = symbol(kernel, "boot_stack_guard")
    if guard is not None and 0 <= address - guard < facts["PAGE_SIZE"]:
        return "the guard below the boot stack"
    return ""


def area(address: int) -> str:
    """Which part of the address space an address without a symbol lies in."""
    facts = layout()
    if 0xC0000 <= address < 0x100000 or address >= 0xFFFE0000:
        return "in the BIOS"
    if address < 0x1000:
        return "in the first page: a null pointer, or real mode's interrupt vectors"
    if facts["VGA_TEXT"] <= address < facts["VGA_TEXT"] + 0x8000:
        return "in the screen's memory, at its physical address"
    if address >= facts["KERNEL_STACKS"]:
        return "among the kernel stacks"
    if facts["KERNEL_HEAP"] <= address < facts["KERNEL_HEAP"] + facts["KERNEL_HEAP_SIZE"]:
        return "in the kernel heap"
    if address >= facts["KERNEL_BASE"]:
        return "in the kernel's part"
    return "outside the kernel's code"


def place(kernel: Optional[Path], address: int, user: bool = False) -> str:
    """Where an instruction is, in words."""
    if user and address < layout()["KERNEL_BASE"] and not source(kernel, address):
        return "in the user program"
    return source(kernel, address) or area(address)


def name_of_kernel(file: Path) -> str:
    """A kernel's file, and which one that is: "build/chapters/06/kernel.elf (chapter 6)"."""
    file = Path(os.path.relpath(file, ROOT))
    of = re.match(r"build/(?:chapters/0*(\d+)|mutations/([^/]+))/", str(file))
    return f"{file} ({f'chapter {of[1]}' if of[1] else f'mutation {of[2]}'})" if of else str(file)
