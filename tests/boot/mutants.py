"""Kernels with one mistake: a copy of kernel.elf in which a few bytes are others. So the tests see what the real kernel
does about mistakes in itself, in both emulators and without a debugger."""

from pathlib import Path

from boots import KERNEL
from machine.symbols import place_in_file, symbols


def symbol(start_of_name: str, kernel: Path = KERNEL) -> int:
    """The address of the one function or label whose demangled name is this, or begins so and goes on with arguments:
    "start", "kernel::panic("."""
    found = [one.address for one in symbols(kernel, demangled=True)
             if one.name == start_of_name or start_of_name.endswith("(") and one.name.startswith(start_of_name)]  # fmt: skip
    assert len(found) == 1, f"{len(found)} symbols are called {start_of_name}"
    return found[0]


def kernel_with(file: Path, address: int, code: bytes, kernel: Path = KERNEL) -> Path:
    """Writes `file`: the kernel with `code` at a virtual address."""
    elf = bytearray(kernel.read_bytes())
    place = place_in_file(kernel, address)
    elf[place : place + len(code)] = code
    file.write_bytes(elf)
    return file


def kernel_with_replaced(file: Path, address: int, old: bytes, new: bytes, kernel: Path = KERNEL) -> Path:
    """Writes `file`: the kernel with `new` in the first place of `old` from a virtual address on."""
    elf = bytearray(kernel.read_bytes())
    place = elf.index(old, place_in_file(kernel, address))
    elf[place : place + len(old)] = new
    file.write_bytes(elf)
    return file
