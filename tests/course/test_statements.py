"""What chapter 1 says of changes to its four instructions: too small a kernel for the catalogue of mistakes, whose `states`
lines do this for the later chapters."""

import subprocess
from pathlib import Path

import pytest

from machine import Bochs, Ending, Qemu
from machine.symbols import CROSS

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = ROOT / "docs/01-first-boot"
LIMIT = 120
EMULATORS = pytest.mark.parametrize("emulator", [Qemu, Bochs])


def kernel(folder: Path, name: str, old: str, new: str) -> Path:
    """Chapter 1's kernel, built with a change of one of its two files."""
    for file in ("loader.asm", "loader.ld"):
        text = (CHAPTER / file).read_text()
        if file == name:
            assert text.count(old) == 1
            text = text.replace(old, new)
        (folder / file).write_text(text)
    subprocess.run(["nasm", "-f", "elf32", "loader.asm", "-o", "loader.o"], cwd=folder, check=True)
    subprocess.run([f"{CROSS}ld", "-T", "loader.ld", "loader.o", "-o", "kernel.elf"], cwd=folder, check=True)
    return folder / "kernel.elf"


def says(words: str) -> None:
    assert words in " ".join((CHAPTER / "README.md").read_text().split())


@EMULATORS
def test_assembled_for_16_bits_it_leaves_half_the_number(emulator, tmp_path):
    says("the upper half keeps the loader's 0x2BAD")
    with emulator(kernel=kernel(tmp_path, "loader.asm", "\nbits 32\n", "\nbits 16\n")) as machine:
        assert machine.wait_for_end(LIMIT).ending is Ending.HANG
        assert machine.registers().eax == 0x2BADBABE


def test_a_small_kernel_is_taken_though_its_header_is_not_named(tmp_path):
    says("With a small kernel this works")
    unnamed = kernel(tmp_path, "loader.ld", "    .multiboot : { *(.multiboot) }\n", "")
    assert subprocess.run(["grub-file", "--is-x86-multiboot", unnamed]).returncode == 0
