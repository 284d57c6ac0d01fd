"""Ctrl-C: what other threads are doing ends as well. Without that, Python would wait until all of them have come to their end."""

from __future__ import annotations

import contextlib
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, Iterator

_stopped = threading.Event()
_running: "set[Callable[[], None]]" = set()
_lock = threading.Lock()


def stop() -> None:
    """Ends what is running; nothing more is begun. For the main thread. A second Ctrl-C ends this process at once."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with _lock:
        _stopped.set()
        for kill in _running:
            kill()


def check() -> None:
    """Where a thread begins something, or waits: it ends here if there was a Ctrl-C."""
    if _stopped.is_set():
        raise KeyboardInterrupt


@contextlib.contextmanager
def ending(kill: Callable[[], None]) -> Iterator[None]:
    """While this lasts, Ctrl-C calls `kill`."""
    with _lock:
        check()
        _running.add(kill)
    try:
        yield
    finally:
        with _lock:
            _running.discard(kill)


def side_by_side(worker: Callable[[int], None], count: int) -> None:
    """Runs worker(0), worker(1) and so on in a thread each, until all have ended."""
    with ThreadPoolExecutor(count) as pool:
        try:
            list(pool.map(worker, range(count)))
        except KeyboardInterrupt:
            stop()
            raise
