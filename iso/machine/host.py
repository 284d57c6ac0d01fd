"""What this computer offers an emulator."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from typing import List

from .endings import MachineError


def has_screen() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def check_is_there(name: str, program: str) -> None:
    """MachineError unless the program of an emulator can be run."""
    if shutil.which(program) is None:
        raise MachineError(f"{name} is not there (no program {program}): `make doctor` says what is missing")


def clean_up_when_ended() -> None:
    """A closed terminal and `kill` end this Python as sys.exit does: with its emulator, and without its temporary files."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))


def ending_with_us(command: List[str]) -> List[str]:
    """The command line of a process that the system ends should this Python be killed, where setpriv is there to ask for it."""
    return (["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []) + command
