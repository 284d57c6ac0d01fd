"""The course's own files in the reader's tree, .course/reference: taken from the last commit (or from a handout), kept
with their hashes beside them. Graders, tests and everything that is not the reader's to edit come from there.
"""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
from pathlib import Path
from typing import ContextManager

from . import sealed, tree
from .tree import UNSOLVED, Reference

HANDOUT = "docs/course/handout.tar.gz"


class Problem(Exception):
    """What can't be done, in a sentence for the reader."""


def hashes_of(reference: Reference) -> Path:
    return reference.folder.with_name("reference.sha256")


def taken_at(reference: Reference) -> float:
    """When they were taken, in seconds since 1970."""
    return hashes_of(reference).stat().st_mtime if hashes_of(reference).is_file() else 0


def need(root: Path, reference: Reference) -> None:
    """Takes them, if that was not done yet."""
    if hashes_of(reference).is_file():
        return
    if not handed_out(root):
        take(root, reference)
        return
    reference.folder.parent.mkdir(exist_ok=True)
    with tarfile.open(root / HANDOUT) as archive:
        archive.extractall(reference.folder.parent)
    (reference.folder / "reference.sha256").rename(hashes_of(reference))


def handed_out(root: Path) -> bool:
    return (root / HANDOUT).is_file()


def compiled(root: Path) -> ContextManager[None]:
    """While this lasts, the course's compiled code is there, in a handout, too."""
    reference = Reference(root / ".course/reference")
    if handed_out(root):
        need(root, reference)
    return sealed.opened(root, reference)


def take(root: Path, reference: Reference) -> None:
    """Keeps the files of the last commit."""
    if not (root / ".git").exists():
        raise Problem("this tree is not a clone of the course's repository, so its reference can't be taken")
    names = [name for name in tree.git(root, "ls-tree", "-r", "-z", "--name-only", "HEAD").split("\0")
             if tree.wanted(name)]
    changed = set(tree.git(root, "diff", "-z", "--name-only", "HEAD").split("\0"))
    texts = {}
    for name in names:
        if name in changed or not (root / name).is_file():
            texts[name] = subprocess.run(["git", "-C", str(root), "show", f"HEAD:{name}"], stdout=subprocess.PIPE,
                                         check=True).stdout
        text = texts.get(name) or (root / name).read_bytes()
        if name.startswith(("kernel/", "boot/")) and UNSOLVED.search(text.decode(errors="replace")):
            raise Problem(f"the last commit has an open exercise in {name}: it can't be the course's own")
    reference.take(root, texts, names)
    lines = "".join(f"{value}  {name}\n" for name, value in sorted(tree.digest(reference.folder, names).items()))
    hashes_of(reference).write_text(lines, encoding="utf-8", errors="surrogateescape")


def verify(reference: Reference) -> None:
    """They are what they were when they were taken."""
    for line in hashes_of(reference).read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        value, name = line.split("  ", 1)
        file = reference.folder / name
        if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != value:
            raise Problem(f"the course's own copy of {name} was changed: `make reference` restores it")
