"""Finds and reads what was handed in. Nothing of it is trusted: names may be odd, a file may be a link, a pipe or huge.

A submission is one folder of those that lie in the folder of submissions: the tree in it, or up to three folders deeper.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, List, Optional
from urllib.parse import quote

from .verdict import printable

DEEPEST = 3  # folders below the one that is named after the student
LARGEST = 64 << 10  # bytes of a file; the largest of those that exercises name has 14 KiB
MANY = 200  # folders of a folder that are looked at, the first by name
LONGEST_KEY = 200  # characters; a longer one is cut, and told from others by a hash
TREE = "kernel"  # the folder by which a tree is known
NO_SUBMISSION = re.compile(r"\.git|\.DS_Store|\._.*|__MACOSX")  # what version control and a Mac put beside them


class Refused(Exception):
    """What was handed in is not judged, and why: no points."""


@dataclass
class Submission:
    """name: what may be shown. key: a file name that no other submission has. tree: None if there is none, and
    `problem` says why."""

    name: str
    key: str
    tree: Optional[Path]
    problem: str = ""

    def read(self, name: str) -> Optional[str]:
        """The text of a file of the tree, None if it is not there. Refused, if it is not a plain text file."""
        try:
            data = _read(self.tree, name.split("/"))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            raise Refused(f"{name} can't be read") from None
        if data is None:
            raise Refused(f"{name} is a link, or not a plain file")
        if len(data) > LARGEST:
            raise Refused(f"{name} has more than {LARGEST >> 10} KiB")
        try:
            text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\f", " ")
        except UnicodeDecodeError:
            raise Refused(f"{name} is not UTF-8") from None
        odd = re.search(r"[^\t\n\x20-\x7e\xa0-\u2027\u202f-\u2065\u2070-\U0010ffff]", text)
        if odd:
            raise Refused(f"{name} holds the control character {ord(odd[0]):#x}")
        return text


def _read(folder: Path, parts: List[str]) -> Optional[bytes]:
    """A file's first bytes, one more than LARGEST at most; None if anything on the way to it is a link, or it is no plain
    file. Opened part by part: what is a folder now may be a link in a moment."""
    here = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        for part in parts:
            state = os.stat(part, dir_fd=here, follow_symlinks=False)
            last = part is parts[-1]
            if not (stat.S_ISREG if last else stat.S_ISDIR)(state.st_mode):
                return None
            try:
                following = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=here)
            except PermissionError:
                raise
            except OSError:  # exchanged meanwhile
                return None
            os.close(here)
            here = following
        if not stat.S_ISREG(os.fstat(here).st_mode):
            return None
        with os.fdopen(os.dup(here), "rb") as file:
            return file.read(LARGEST + 1)
    finally:
        os.close(here)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir() and not path.is_symlink()
    except OSError:  # what it lies in can't be looked into
        return False


def _folders(path: Path) -> List[Path]:
    try:
        with os.scandir(path) as entries:
            names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    return [path / name for name in sorted(names) if not name.startswith(".") and not NO_SUBMISSION.fullmatch(name)]


def _trees(path: Path, depth: int = DEEPEST) -> Iterator[Path]:
    if _is_folder(path / TREE):
        yield path
    elif depth:
        for folder in _folders(path)[:MANY]:
            yield from _trees(folder, depth - 1)


def find(folder: Path) -> List[Submission]:
    """All that lies in the folder, what can't be judged too; or the folder itself, if it is a tree: it has a Makefile then, and
    its `kernel` is not the submission of somebody called so."""
    if _is_folder(folder / TREE) and (folder / "Makefile").is_file() and not any(_trees(folder / TREE)):
        return [_submission(folder)]
    if not folder.is_dir():
        return []
    return [_submission(path) for path in sorted(folder.iterdir()) if not NO_SUBMISSION.fullmatch(path.name)]


def _submission(path: Path) -> Submission:
    key = quote(os.fsencode(path.name), safe=" ()[]")
    if len(key) > LONGEST_KEY:
        key = f"{key[:LONGEST_KEY]}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"
    name = printable(os.fsencode(path.name).decode("utf-8", "replace"))[:60]
    if path.is_symlink():
        return Submission(name, key, None, "it is a link: hand in the tree itself")
    if path.name.startswith("."):
        return Submission(name, key, None, "its name begins with a dot: give it another")
    if not path.is_dir():
        return Submission(name, key, None, "it is not a folder: unpack it")
    if not os.access(path, os.R_OK | os.X_OK):
        return Submission(name, key, None, "it can't be read: its permissions forbid it")
    trees = list(_trees(path))
    if len(trees) == 1:
        deeper = printable(str(trees[0].relative_to(path)))
        return Submission(name, key, trees[0], f"the tree was found in {deeper}" if deeper != "." else "")
    folders = _folders(path)
    inside = ", ".join(printable(one.name) for one in folders[:5]) or "no folder"
    inside += f" and more than {MANY} folders: those after the first {MANY} were not looked at" if len(folders) > MANY else ""
    return Submission(name, key, None, "there is no tree in it (a folder with the folder kernel): it holds "
                      f"{inside}" if not trees else
                      f"there are {len(trees)} trees in it: " + ", ".join(printable(str(one.relative_to(path)))
                                                                         for one in trees[:5]))
