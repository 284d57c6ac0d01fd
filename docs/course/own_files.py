"""The course's own files in the reader's tree, .course/reference: taken from the last commit (or from a handout), kept
with their hashes beside them. Graders, tests and everything that is not the reader's to edit come from there.
"""

from __future__ import annotations

import hashlib
import shutil
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


def need(root: Path, reference: Reference) -> None:
    """Takes them, if that was not done yet; in a handout also if a newer one has come."""
    if not hashes_of(reference).is_file() or handed_out(root) and _unpacked(reference) != _digest(root / HANDOUT):
        renew(root, reference)


def renew(root: Path, reference: Reference) -> None:
    """Takes them from the last commit, or from the handout."""
    if not handed_out(root):
        take(root, reference)
        return
    for path in (_handout_of(reference), hashes_of(reference)):
        path.unlink(missing_ok=True)
    shutil.rmtree(reference.folder, ignore_errors=True)  # an older handout's
    reference.folder.parent.mkdir(exist_ok=True)
    with tarfile.open(root / HANDOUT) as archive:
        archive.extractall(reference.folder.parent)
    (reference.folder / "reference.sha256").rename(hashes_of(reference))
    _handout_of(reference).write_text(_digest(root / HANDOUT), encoding="utf-8")


def _handout_of(reference: Reference) -> Path:
    """Holds the hash of the handout that the files are from."""
    return reference.folder.with_name("handout.sha256")


def _unpacked(reference: Reference) -> str:
    return _handout_of(reference).read_text(encoding="utf-8") if _handout_of(reference).is_file() else ""


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


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
        if not file.is_file() or _digest(file) != value:
            raise Problem(f"the course's own copy of {name} was changed: `make reference` restores it")
