"""Makes a small ISO with GRUB that boots one kernel at once: what QEMU's -kernel does, for machines without it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import List

from . import grub
from .confine import confined
from .endings import MachineError
from .symbols import CROSS

GRUB_MODULES = "multiboot normal iso9660 biosdisk"


def make_iso(iso: Path, folder: Path, kernel: Path, modules, append: str) -> None:
    """Writes `iso`; `folder` (made here) keeps its contents. modules: as in Machine.modules."""
    boot = folder / "boot"
    (boot / "grub").mkdir(parents=True)
    # Without debugging information, which GRUB would load too.
    _run([f"{CROSS}objcopy", "--strip-debug", str(kernel), str(boot / "kernel.elf")], iso.parent, kernel)
    lines = ["set timeout=0", "menuentry kernel {", f"    multiboot /boot/kernel.elf {_quoted(append)}"]
    for number, module in enumerate(modules):
        shutil.copyfile(module.path, boot / f"module{number}")
        lines.append(f"    module /boot/module{number} {_quoted(module.string)}")
    (boot / "grub" / "grub.cfg").write_text("\n".join(lines + ["}", ""]))
    place = grub.folder()
    partitions = sorted(file.stem for file in place.glob("part_*.mod")) if place else []  # GRUB 2.14 looks for each
    command = [grub.MKRESCUE, "-o", str(iso), str(folder)]
    command += [f"--install-modules={' '.join([GRUB_MODULES, *partitions])}", "--locales=", "--fonts=", "--themes="]
    command += ["-d", str(place)] if place else []
    _run(command, iso.parent, kernel)


def _run(command: List[str], folder: Path, kernel: Path) -> None:
    try:
        done = subprocess.run(confined(command, [kernel], folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    except FileNotFoundError:
        raise MachineError(f"{command[0]} is not there: `make doctor` says what is missing") from None
    if done.returncode != 0:
        raise MachineError(f"{command[0]} failed:\n{done.stdout}")


def _quoted(words: str) -> str:
    """Each word in the single quotes of GRUB's script language, so that it comes through unchanged."""
    return " ".join("'" + word.replace("'", "'\\''") + "'" for word in words.split(" ") if word)
