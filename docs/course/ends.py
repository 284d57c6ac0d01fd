"""How programs have come to their ends, as QEMU saw it, whatever the kernel that is judged says.

A program ends by a system call that it makes at privilege level 3, or by an exception there. The kernel's own code runs at
level 0: it can end whoever calls it, and report a status that nobody has asked for, but QEMU's log (`-d int`) has no such
call of a program's then.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterable, List, Optional, Sequence, Tuple

from machine.processor import EXCEPTION_NAMES

EVENT = re.compile(rb"v=([0-9a-f]{2}) e=[0-9a-f]+ i=\d cpl=3 IP=[0-9a-f]+:([0-9a-f]+)[^\n]*\n"
                   rb"EAX=([0-9a-f]{8}) EBX=([0-9a-f]{8})")
LONGEST = 400  # characters of an event's beginning
SYSTEM_CALL = 0x80
EXITS = (1, 252)  # exit, exit_group: Linux's numbers

End = Tuple[str, str, Optional[range]]  # a program's name, how it has ended, and where in it that must have been


@dataclass(frozen=True)
class Cause:
    """What can end a program: a call of exit, or an exception; `eip` is where the instruction lies."""

    end: str
    eip: int


class Causes:
    """Taken from the log while it is written: it grows by a kilobyte with each event."""

    def __init__(self) -> None:
        self.found: List[Cause] = []
        self._rest = b""

    def take(self, data: bytes) -> None:
        text, end = self._rest + data, 0
        for match in EVENT.finditer(text):
            end = match.end()
            vector, eip, eax, ebx = (int(word, 16) for word in match.groups())
            if vector == SYSTEM_CALL and eax in EXITS:
                self.found.append(Cause(f"exited with status {ebx & 0xFF}", eip))
            elif vector in EXCEPTION_NAMES:
                self.found.append(Cause(re.sub(r"^#\w+ ", "", EXCEPTION_NAMES[vector]), eip))
        self._rest = text[max(end, len(text) - LONGEST):]


def uncaused(causes: Sequence[Cause], ends: Iterable[End]) -> Optional[End]:
    """The first of these ends, in their order, for which there is no cause after that of the one before; None if all have one."""
    left = iter(causes)
    for name, said, place in ends:
        wanted = said if said.startswith("exited") else said.rpartition("(")[2].rstrip(")")
        if not any(cause.end == wanted and (place is None or cause.eip in place) for cause in left):
            return name, said, place
    return None
