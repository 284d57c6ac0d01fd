"""Locks on a reader's tree: one process at a time works on it, and a boot waits until nothing is being built there."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sys
import time
from pathlib import Path
from typing import Iterator

from .problem import Problem


@contextlib.contextmanager
def held(root: Path, what: str) -> Iterator[None]:
    """While this lasts no other process may: it gets a Problem that says who is at work."""
    with _opened(root / ".course/lock") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            who = _holder(lock) or "another command"
            keys = "Use its keys, or end it with q." if "learn" in who else "Wait for its end."
            raise Problem(f"{who} is at work in this tree. {keys}") from None
        _sign(lock, f"make {what}")
        yield


@contextlib.contextmanager
def building(root: Path) -> Iterator[None]:
    """While this lasts no other process builds what exercises are judged with: it waits, and says for whom."""
    with _opened(root / ".course/building") as lock:
        _wait_for(lock, "what exercises are judged with")
        yield


def folder_until_end(folder: Path) -> None:
    """From now on, until this process ends, a folder of what was built is its own: another waits, and says for whom."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC)  # never closed
    _wait_for(lock, os.path.relpath(folder))


@contextlib.contextmanager
def removable(folder: Path) -> Iterator[int]:
    """While this lasts a folder of what was built is this process' own, to be removed and made anew: another waits, and says for
    whom. So the lock lies beside it. It may be handed on to a program that takes this process' place."""
    with _opened(folder.with_name(folder.name + ".lock")) as lock:
        _wait_for(lock, os.path.relpath(folder))
        yield lock


def _wait_for(lock: int, what: str) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"-- waiting for {what}: {_holder(lock) or 'another command'} uses it", file=sys.stderr, flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)
    words = sys.argv[1:]
    _sign(lock, " ".join(words[2:] if words[:1] == ["--tree"] else words))  # it judges the tree that called it


def _holder(lock: int) -> str:
    return os.pread(lock, 200, 0).decode(errors="replace").strip()


def _sign(lock: int, what: str) -> None:
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"`{what}` (process {os.getpid()}, since {time.strftime('%H:%M')})\n".encode(), 0)


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[int]:
    file.parent.mkdir(exist_ok=True)
    lock = os.open(file, os.O_CREAT | os.O_RDWR)
    try:
        yield lock
    finally:
        os.close(lock)
