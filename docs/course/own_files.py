"""The course's own files in the reader's tree, .course/reference: taken from the last commit that is the course's (or from a
handout), kept with their hashes beside them. Graders, tests and everything that is not the reader's to edit come from there.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import ContextManager

from . import locks, sealed, tree
from .problem import Problem
from .progress import save_text
from .tree import Reference, TreeError

HANDOUT = "docs/course/handout.tar.gz"


def hashes_of(reference: Reference) -> Path:
    return reference.folder.with_name("reference.sha256")


def taken_at(reference: Reference) -> float:
    """When they were taken, in seconds since 1970."""
    return hashes_of(reference).stat().st_mtime if hashes_of(reference).is_file() else 0


def need(root: Path, reference: Reference) -> None:
    """Takes them, if that was not done yet; in a handout also if a newer one has come. Problem if the course was updated."""
    if not hashes_of(reference).is_file() or handed_out(root) and _unpacked(reference) != _digest(root / HANDOUT):
        renew(root, reference)
    elif was_updated(root, reference):
        raise Problem("this tree has another version of the course than before: `make reference` takes its files over")


def renew(root: Path, reference: Reference, commit: str = "") -> str:
    """Takes them from the handout, or else from a commit, as `take`. Says from where."""
    if not handed_out(root):
        return take(root, reference, commit)
    for path in (_handout_of(reference), hashes_of(reference)):
        path.unlink(missing_ok=True)
    shutil.rmtree(reference.folder, ignore_errors=True)  # an older handout's
    reference.folder.parent.mkdir(exist_ok=True)
    with tarfile.open(root / HANDOUT) as archive:
        archive.extractall(reference.folder.parent)
    (reference.folder / "reference.sha256").rename(hashes_of(reference))
    _handout_of(reference).write_text(_digest(root / HANDOUT), encoding="utf-8")
    return "The course's own files are those of the handout now."


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


def commit_of(reference: Reference) -> Path:
    """Names the last commit that was the course's when they were taken; not there where none can be told."""
    return reference.folder.with_name("reference.commit")


def last_of_the_course(root: Path) -> str:
    """The last commit before HEAD that the followed branch has as well, or any other repository's branch: what comes after it is the
    reader's. "" where no other repository is known."""
    try:
        return tree.git(root, "merge-base", "HEAD", "@{upstream}").strip()
    except TreeError:
        others = tree.git(root, "for-each-ref", "--format=%(objectname)", "refs/remotes").split()
    try:
        return tree.git(root, "merge-base", "HEAD", *others).strip() if others else ""
    except TreeError:  # nothing in common
        return ""


def was_updated(root: Path, reference: Reference) -> bool:
    """Whether the course's part of the history has other files now."""
    if not commit_of(reference).is_file():
        return False
    before, now = commit_of(reference).read_text().strip(), last_of_the_course(root)
    try:
        return now != before and any(map(tree.wanted, tree.git(root, "diff", "-z", "--name-only", before, now).split("\0")))
    except TreeError:  # that commit is no longer there
        return True


def take(root: Path, reference: Reference, commit: str = "") -> str:
    """Keeps the files of that commit: without one, of the last one that is the course's. Says which."""
    if not (root / ".git").exists():
        raise Problem("this tree is not a clone of the course's repository, so its reference can't be taken")
    course = last_of_the_course(root)
    with locks.building(root):
        _take_commit(root, reference, commit or course or "HEAD")
        if course:
            save_text(commit_of(reference), course)
        else:
            commit_of(reference).unlink(missing_ok=True)
    taken, last = (tree.git(root, "rev-parse", "--short", one).strip() for one in (commit or course or "HEAD", "HEAD"))
    return f"The course's own files are those of commit {taken} now." + (
        "" if taken == last else f" What was committed here since then is not in them: `make reference COMMIT=HEAD` takes {last}.")


def _take_commit(root: Path, reference: Reference, commit: str) -> None:
    try:
        listed = tree.git(root, "ls-tree", "-r", "-z", "--name-only", commit)
    except TreeError:
        raise Problem(f"there is no commit {commit}: `git log` lists them") from None
    names = [name for name in listed.split("\0") if tree.wanted(name)]
    changed = set(tree.git(root, "diff", "-z", "--name-only", commit).split("\0"))
    texts = {}
    for name in names:
        if name in changed or not (root / name).is_file():
            texts[name] = subprocess.run(["git", "-C", str(root), "show", f"{commit}:{name}"], stdout=subprocess.PIPE,
                                         check=True).stdout
        text = texts[name] if name in texts else (root / name).read_bytes()
        if tree.has_hole(name, text.decode(errors="replace")):
            raise Problem(f"commit {commit[:10]} has an open exercise in {name}: it can't be the course's own. "
                          f"`make reference COMMIT=...` takes another one; `git log {name}` lists them")
    if not hashes_of(reference).is_file():
        shutil.rmtree(reference.folder, ignore_errors=True)  # it was not taken to the end
    hashes_of(reference).unlink(missing_ok=True)
    reference.take(root, texts, names)
    lines = "".join(f"{value}  {name}\n" for name, value in sorted(tree.digest(reference.folder, names).items()))
    save_text(hashes_of(reference), lines)


def verify(reference: Reference) -> None:
    """They are what they were when they were taken."""
    for line in hashes_of(reference).read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        value, name = line.split("  ", 1)
        file = reference.folder / name
        if not file.is_file() or _digest(file) != value:
            raise Problem(f"the course's own copy of {name} was changed: `make reference` restores it")
