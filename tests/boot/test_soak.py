"""The kernel under load: random system calls, many processes, a fork bomb, and allocations that fail (tests/soak).

Here a small part of it runs; `make test-soak` runs all, with the numbers that it is given. Each boot is of the test kernel
(tests/soak/checks.cpp), which tells its programs what it has in use.
"""

import os
import re

import pytest

from boots import BOCHS_ISO, INITRD, LIMIT, QEMU_KERNEL, ROOT, boot
from machine import Ending, Qemu

SOAK = ROOT / "build/tests/soak"
WHOLE = "CALLS" in os.environ
SEED = int(os.environ.get("SEED", "1"), 0)
CALLS = int(os.environ.get("CALLS", "5000"))
CYCLES = int(os.environ.get("CYCLES", "200"))

# A tick is 10 ms: with n for `shift`, 10,000,000 / 2^n instructions. Each n lets the ticks come at other instructions.
SHIFTS = (4, 6, 7, 8) if WHOLE else (6,)
SECONDS = {4: 1, 6: 4, 7: 8, 8: 16}  # of the machine's time that a round may take: about 60,000,000 instructions
LIMIT_OF_ALL = 3 * 3600  # seconds


def soak(place, name: str, *arguments, shift: int = 6, archive=INITRD, log=None, **options) -> str:
    """Boots with the program as process 1, and returns what it has printed, which is shown, or kept in the file `log`; fails unless all
    was well."""
    modules = [(SOAK / f"{name}-elf.elf", " ".join(str(word) for word in (name, *arguments))), (archive, "initrd.tar")]
    # The time is the machine's own, and its clock begins at the same time in each run.
    if place.emulator is Qemu:
        options |= {"icount": shift, "extra": ("-rtc", "base=2026-01-01,clock=vm")}
    with boot(place, modules, "poweroff log=warn", kernel=SOAK / "kernel.elf", **options) as machine:
        end = machine.wait_for_end(LIMIT_OF_ALL if WHOLE else LIMIT[place.emulator])
    print(machine.serial) if log is None else log.write_text(machine.serial)
    assert end.ending is Ending.POWER_OFF and end.status in (0, None), f"{end}\n{machine.report()}"
    for sign in ("KERNEL PANIC", "in kernel mode", "[error]", "before:"):
        before, found, after = machine.serial.partition(sign)
        assert not found, before[-3000:] + sign + after[:3000]
    return machine.serial


@pytest.mark.parametrize("shift", SHIFTS)
def test_random_calls_of_many_processes_leave_the_kernel_as_it_was(shift):
    assert f"soak: seed {SEED}\n" in soak(QEMU_KERNEL, "calls", SEED, CALLS // len(SHIFTS), SECONDS[shift], shift=shift)


def test_random_calls_repeat_exactly():
    runs = [soak(QEMU_KERNEL, "calls", SEED, 3000, SECONDS[6]) for _ in range(2)]
    assert runs[0] == runs[1] and "soak: round 1:" in runs[0]
    assert soak(QEMU_KERNEL, "calls", SEED + 1, 3000, SECONDS[6]).partition("round")[2] != runs[0].partition("round")[2]


def test_random_calls_in_bochs():
    assert " calls\n" in soak(BOCHS_ISO, "calls", SEED, CALLS // 20 if WHOLE else 1000, 10)


@pytest.mark.parametrize("place", (QEMU_KERNEL, BOCHS_ISO), ids=str)
def test_cycles_of_processes_pipes_and_files_lose_nothing(place):
    count = CYCLES if place is QEMU_KERNEL else CYCLES // 10
    serial = soak(place, "cycles", count)
    assert f"soak: {count} cycles of fork, exec and exit\nsoak: {count} cycles of pipes and files\n" in serial


@pytest.mark.parametrize("place", (QEMU_KERNEL, BOCHS_ISO), ids=str)
def test_a_fork_bomb_is_refused_and_put_out(place):
    assert "soak: 510 processes\n" in soak(place, "bomb")


@pytest.mark.parametrize("place", (QEMU_KERNEL, BOCHS_ISO), ids=str)
def test_a_child_that_is_killed_at_once_never_runs(place):
    assert "soak: no killed child has run\n" in soak(place, "killed")


@pytest.mark.parametrize("place", (QEMU_KERNEL, BOCHS_ISO) if WHOLE else (QEMU_KERNEL,), ids=str)
def test_each_allocation_that_fails_is_told_and_loses_nothing(place):
    serial = soak(place, "failures", "all" if WHOLE else "most")
    told = re.findall(r"soak: (\w+): (\d+) allocations, told (\d+) times, killed (\d+) times\n", serial)
    assert [name for name, *_ in told] == ["processes", "files", "pipes", "memory", "proc", "signals", "traces"] + ["shell"] * WHOLE
    # Nearly each allocation is one that a call can't do without.
    assert all(int(told) + int(killed) > int(count) / 2 for name, count, told, killed in told if name != "shell")
