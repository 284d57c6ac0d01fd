"""What differs from version to version of the emulators, and of the compiler as far as their debuggers show it. An emulator
is asked itself; and what it answers, and what that means, is known here alone.

Bochs   its debugger has been off since 3.0 unless -debugger asks for it; `r` says "eflags 0x...", since 3.0 "eflags: 0x..."
QEMU    since 10.0 isa-debug-exit is a request to shut down as any other: with -no-shutdown QEMU stays, and its exit status
        comes once it is told to quit. It takes `quit` at any shutdown of the guest, in all versions. `-mon`, which 11.1 warns
        of, is not needed: `-qmp chardev:NAME` does the same in all. One instruction at a time is -singlestep; since 8.1 it is
        an option of -accel, and since 9.1 only that.
GCC     15 and later mangle an L into the names of functions in anonymous namespaces, which Bochs' debugger shows as they are.
"""

from __future__ import annotations

import functools
import os
import re
import subprocess
from typing import List

BOCHS = os.environ.get("BOCHS", "bochs")
QEMU = os.environ.get("QEMU", "qemu-system-i386")
ANSWER_LIMIT = 60  # seconds that an emulator may take to tell of itself, on a busy machine


@functools.lru_cache(maxsize=None)
def told_by(*command: str) -> str:
    """What a command prints, on both streams."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=ANSWER_LIMIT, text=True, errors="replace")  # fmt: skip
    return done.stdout


def bochs_has_debugger(usage: str) -> bool:
    """Whether the Bochs of this `bochs --help` was built with its debugger: only then it knows -rc and stops at a prompt."""
    return "-rc filename" in usage


def bochs_debugger_flags(usage: str) -> List[str]:
    """What its command line needs so that the debugger is on."""
    return ["-debugger"] if re.search(r"^ +-debugger\b", usage, re.MULTILINE) else []


def bochs_eflags(registers: str) -> int:
    """eflags in the debugger's answer to `r`."""
    return int(re.search(r"^eflags:? 0x([0-9a-f]+)", registers, re.MULTILINE)[1], 16)


def qemu_displays(told: str) -> List[str]:
    """The displays in QEMU's answer to `-display help`. Where modules for some are not installed it complains in between."""
    return [line.strip() for line in told.splitlines() if re.fullmatch(r" *[\w-]+ *", line)]


def qemu_one_by_one(usage: str) -> List[str]:
    """What has the QEMU of this `qemu-system-i386 -help` translate each instruction for itself: its log then has a line each."""
    return ["-accel", "tcg,one-insn-per-tb=on"] if "one-insn-per-tb" in usage else ["-singlestep"]


def mangled(name: str) -> str:
    """A symbol's name as all versions of GCC spell it: without that L, so that one breakpoint's name serves everywhere."""
    return re.sub(r"(12_GLOBAL__N_1)L(?=\d)", r"\1", name)
