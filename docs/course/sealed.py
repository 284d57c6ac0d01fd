"""What a handout has of the course's compiled code: so that no disassembler, archiver or search finds it lying there.

The key is in the file: it keeps honest readers honest, and no more. It is machine code without debugging information, never source.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import tarfile
from pathlib import Path
from typing import Iterable, Iterator

from .tree import Reference

NAME = "docs/course/handout.sealed"
SALT = 16


def _mixed(salt: bytes, data: bytes) -> bytes:
    stream = hashlib.shake_256(b"Trapgate handout" + salt).digest(len(data))
    return (int.from_bytes(data, "little") ^ int.from_bytes(stream, "little")).to_bytes(len(data), "little")


def write(file: Path, folder: Path, names: Iterable[str]) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name in names:
            archive.add(folder / name, arcname=name)
    salt = os.urandom(SALT)
    file.write_bytes(salt + _mixed(salt, packed.getvalue()))


@contextlib.contextmanager
def opened(root: Path, reference: Reference) -> Iterator[None]:
    """While this lasts, a handout's reference has the compiled code beside its sources; what was made of it goes, too."""
    if not (root / NAME).is_file():
        yield
        return
    data = (root / NAME).read_bytes()
    with tarfile.open(fileobj=io.BytesIO(_mixed(data[:SALT], data[SALT:]))) as archive:
        archive.extractall(reference.folder)
    try:
        yield
    finally:
        for folder in (reference.folder, *(root / "build/exercises").glob("slot*/")):
            _remove_built(folder / "build")
            folder.with_name(folder.name + ".stamp").unlink(missing_ok=True)


def _remove_built(build: Path) -> None:
    """All but what was compiled for the host, from sources that are there for all to see."""
    for path in build.iterdir() if build.is_dir() else ():
        if path.is_dir() and path.name not in ("host", "unit"):
            shutil.rmtree(path)
        elif path.is_file():
            path.unlink()
