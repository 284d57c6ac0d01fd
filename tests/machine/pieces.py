"""The test pieces: small kernels in assembly, each one file."""

import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent


def assemble(name: str, folder: Path) -> Path:
    """NAME.asm as a kernel: NAME.elf in the folder, with its symbols and lines."""
    source, linked = HERE / f"{name}.asm", folder / f"{name}.elf"
    subprocess.run(["nasm", "-f", "elf32", "-g", "-F", "dwarf", "-o", f"{name}.o", source], cwd=folder, check=True)
    link = ["ld", "-m", "elf_i386", "-n", "--no-warn-rwx-segments", "-Ttext", "0x100000", "-e", "start"]
    if subprocess.run(link + ["-o", linked, f"{name}.o"], cwd=folder).returncode != 0:
        link.remove("--no-warn-rwx-segments")  # binutils before 2.39 neither warn nor know the option
        subprocess.run(link + ["-o", linked, f"{name}.o"], cwd=folder, check=True)
    return linked
