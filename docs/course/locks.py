"""Locks on a reader's tree: one process at a time works on it, and a boot waits until nothing is being built there."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from pathlib import Path
from typing import Iterator

from .own_files import Problem


@contextlib.contextmanager
def held(root: Path, what: str) -> Iterator[None]:
    """While this lasts no other process may: it gets a Problem that says who is at work."""
    with _opened(root / ".course/lock") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            who = os.read(lock, 200).decode(errors="replace").strip() or "another command"
            keys = "Use its keys, or end it with q." if "learn" in who else "Wait for its end."
            raise Problem(f"{who} is at work in this tree. {keys}") from None
        os.ftruncate(lock, 0)
        os.write(lock, f"`make {what}` (process {os.getpid()}, since {time.strftime('%H:%M')})\n".encode())
        yield


@contextlib.contextmanager
def building(root: Path) -> Iterator[None]:
    """While this lasts no other process builds what exercises are judged with: it waits."""
    with _opened(root / ".course/building") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[int]:
    file.parent.mkdir(exist_ok=True)
    lock = os.open(file, os.O_CREAT | os.O_RDWR)
    try:
        yield lock
    finally:
        os.close(lock)
