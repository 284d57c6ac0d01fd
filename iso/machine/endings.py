"""How a machine can end, and what is raised where it does not do what was asked."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Optional


class Ending(enum.Enum):
    """How a machine ended, each told apart."""

    POWER_OFF = "powered off"  # End.status: the exit status where the machine could give one
    TRIPLE_FAULT = "triple fault"  # the machine stands: registers and memory can be read
    RESET = "reset"  # likewise
    HANG = "hang"  # halted with interrupts off, or running on the spot; likewise
    TIME_OUT = "time-out"  # still running when the time was over
    EMULATOR_DIED = "the emulator died"  # a crash or complaint of the emulator itself
    CLOSED = "closed from outside"  # its window was closed


@dataclass(frozen=True)
class End:
    ending: Ending
    status: Optional[int] = None
    detail: str = ""
    killed: bool = False  # somebody else on this computer has ended the emulator: it says nothing of the kernel

    def __str__(self) -> str:
        status = "" if self.status is None else f" with status {self.status}"
        return self.ending.value + status + (f" ({self.detail})" if self.detail else "")


class MachineError(Exception):
    """The machine did not do what was waited for, or can't do what was asked."""
