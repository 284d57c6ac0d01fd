"""GRUB's tools and its modules for the PC BIOS, found once: the Makefile hands on how its tools are called here."""

from __future__ import annotations

import glob
import os
import re
import shutil
from pathlib import Path
from typing import Optional

PATTERNS = re.findall(r"file:(\S+)/multiboot\.mod", Path(__file__).with_name("packages.table").read_text())
NAME = os.environ.get("GRUB") or next((name for name in ("grub", "grub2", "i686-elf-grub") if shutil.which(f"{name}-mkrescue")), "grub")
MKRESCUE, FILE = f"{NAME}-mkrescue", f"{NAME}-file"


def folder() -> Optional[Path]:
    """Where the modules are, if anywhere."""
    found = [file for pattern in PATTERNS for file in sorted(glob.glob(f"{pattern}/multiboot.mod"))]
    return Path(found[0]).parent if found else None
