"""Kernels with one mistake: a copy of kernel.elf in which a few bytes are others. So the tests see what the real kernel
does about mistakes in itself, in both emulators and without a debugger."""

import re
import struct
import subprocess
from pathlib import Path

from boots import CROSS, KERNEL


def symbol(start_of_name: str, kernel: Path = KERNEL) -> int:
    """The address of the one function or label whose demangled name is this, or begins so and goes on with arguments:
    "start", "kernel::panic("."""
    listing = subprocess.run([f"{CROSS}nm", "-C", kernel], stdout=subprocess.PIPE, check=True, text=True, timeout=60).stdout
    rest = "" if start_of_name.endswith("(") else "$"
    found = re.findall(rf"^([0-9a-f]{{8}}) \w {re.escape(start_of_name)}{rest}", listing, re.MULTILINE)
    assert len(found) == 1, f"{len(found)} symbols are called {start_of_name}"
    return int(found[0], 16)


def place_in_file(elf: bytes, address: int) -> int:
    """Where the byte lies in the file that the loader puts at this virtual address."""
    table, size, count = *struct.unpack_from("<I", elf, 28), *struct.unpack_from("<HH", elf, 42)
    for i in range(count):
        _, offset, virtual, _, in_file = struct.unpack_from("<5I", elf, table + i * size)
        if virtual <= address < virtual + in_file:
            return offset + address - virtual
    raise AssertionError(f"nothing is loaded at {address:#x}")


def kernel_with(file: Path, address: int, code: bytes, kernel: Path = KERNEL) -> Path:
    """Writes `file`: the kernel with `code` at a virtual address."""
    elf = bytearray(kernel.read_bytes())
    place = place_in_file(elf, address)
    elf[place : place + len(code)] = code
    file.write_bytes(elf)
    return file


def kernel_with_replaced(file: Path, address: int, old: bytes, new: bytes) -> Path:
    """Writes `file`: the kernel with `new` in the first place of `old` from a virtual address on."""
    elf = bytearray(KERNEL.read_bytes())
    place = elf.index(old, place_in_file(elf, address))
    elf[place : place + len(old)] = new
    file.write_bytes(elf)
    return file
