"""Command lines for what a stranger's kernel comes near: emulators that run it, tools that read its file."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Callable, List, Optional, Sequence

# Set by who judges kernels of strangers: makes a command line one that runs in a sandbox.
sandbox: Optional[Callable[..., List[str]]] = None


KILLERS = [signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM, signal.SIGXCPU]


def exit_code(code: int) -> int:
    """As subprocess gives it, negative for a signal: bubblewrap leaves with 128 + n where signal n ended what it ran."""
    return 128 - code if sandbox is not None and code - 128 in KILLERS else code


def confined(command: Sequence, reads: Sequence[Path], folder: Optional[Path] = None, fds: Sequence[int] = (),
             network: bool = False) -> List[str]:
    """The same in a sandbox, if there is one. reads: the files that it reads. folder: where it writes. fds: the descriptors
    it is given. network: it talks to us over the loop-back device."""
    words = [str(word) for word in command]
    return sandbox(words, reads, folder, fds, network) if sandbox is not None else words
