#!/usr/bin/python3
"""The course's chapters: where the kernel and the modules of each are, and an ISO that boots it at once.

    python3 -m machine.chapters menu    prints GRUB's menu entries for all of them

A chapter's modules stand in docs/NN-slug/modules, one a line as in GRUB's menu: the file below build/, then words.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import List

from .base import Module
from .endings import MachineError
from .minimal_iso import make_iso

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Chapter:
    folder: Path  # docs/NN-slug

    @property
    def number(self) -> int:
        return int(self.folder.name[:2])

    @property
    def title(self) -> str:
        """As in the first line of its text, which is "# 2. Getting to C++"."""
        with (self.folder / "README.md").open(encoding="utf-8") as text:
            return text.readline().partition(". ")[2].strip()

    @property
    def build(self) -> Path:
        return ROOT / "build/chapters" / f"{self.number:02}"

    @property
    def kernel(self) -> Path:
        return self.build / "kernel.elf"

    @property
    def modules(self) -> List[Module]:
        lines = (self.folder / "modules").read_text().splitlines() if (self.folder / "modules").exists() else []
        return [Module(ROOT / "build" / file, words) for file, _, words in (line.partition(" ") for line in lines)]

    def menu_entry(self) -> str:
        lines = [f"menuentry 'Chapter {self.number}: {self.title}' {{", f"    multiboot /boot/{self.kernel.relative_to(ROOT / 'build')}"]
        for module in self.modules:
            lines.append(f"    module /boot/{module.path.relative_to(ROOT / 'build')} {module.string}")
        return "\n".join(lines + ["}", ""])

    def iso(self) -> Path:
        """An ISO with nothing but this chapter's menu entry; made anew if a part of it has changed."""
        iso = self.build / "chapter.iso"
        parts = [self.kernel] + [module.path for module in self.modules]
        missing = [str(part.relative_to(ROOT)) for part in parts if not part.is_file()]
        if missing:
            raise MachineError(f"{', '.join(missing)}: not there; `make chapter CHAPTER={self.number}` builds it")
        parts += [self.folder / "modules"] if self.modules else []
        if iso.exists() and all(part.stat().st_mtime < iso.stat().st_mtime for part in parts):
            return iso
        try:
            folder = Path(tempfile.mkdtemp(prefix="iso-", dir=self.build))
        except OSError:  # a tree that may only be read: the ISO is ours alone, as long as we run
            folder = Path(tempfile.mkdtemp(prefix="trapgate-"))
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
            return self._make_iso(folder)
        try:  # under another name first: somebody else may make it just now
            os.replace(self._make_iso(folder), iso)
        finally:
            shutil.rmtree(folder)
        return iso

    def _make_iso(self, folder: Path) -> Path:
        make_iso(folder / "chapter.iso", folder / "files", self.kernel, self.modules, "")
        return folder / "chapter.iso"


def chapters() -> List[Chapter]:
    return [Chapter(folder) for folder in sorted((ROOT / "docs").glob("[0-9][0-9]-*"))]


def chapter(number: int) -> Chapter:
    for one in chapters():
        if one.number == number:
            return one
    raise MachineError(f"there is no chapter {number}")


if __name__ == "__main__":
    print("# Made by iso/machine/chapters.py from docs/*/modules.")
    print("".join(one.menu_entry() for one in chapters()), end="")
