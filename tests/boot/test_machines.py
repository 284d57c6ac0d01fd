"""Machines of all sizes and ages: 8 MiB to 3.5 GiB, an i486 to a processor with all there is."""

import re

import pytest

from boots import BOCHS_ISO, LIMIT, QEMU_ISO, QEMU_KERNEL, Place, boot, program, run
from machine import Ending, Qemu

WP = 1 << 16  # in CR0
PSE, SMEP, SMAP = 1 << 4, 1 << 20, 1 << 21  # in CR4
DIRECT_MAP = 896  # MiB

WORKING = [program(name) for name in ("hello.bin", "hello-c.elf", "bss.bin", "brk.bin")]


def sizes(*pairs):
    return pytest.mark.parametrize("place, memory", pairs, ids=lambda value: str(value))


@sizes(
    *[(place, memory) for place in (QEMU_KERNEL, QEMU_ISO) for memory in (8, 64, 3584)],
    (BOCHS_ISO, 8),
    (BOCHS_ISO, 64),
)
def test_memory(place, memory):
    """All of it is found, but for the first MiB, the kernel with its tables, and the modules; and programs can use it."""
    modules = WORKING if memory < 1000 else WORKING[:-1]  # brk.bin touches all memory there is
    outcome = run(place, modules, memory=memory)
    assert [one.end for one in outcome.processes] == ["exited with status 0"] * len(modules)
    free = int(re.search(r"^\[info \] frames: (\d+) KiB free", outcome.before, re.MULTILINE)[1])
    there = min(memory, DIRECT_MAP) * 1024
    assert there - 4096 < free < there - 1024
    beyond = re.search(r"\[warn \] boot: (\d+) KiB of memory lie beyond the first 896 MiB and are left unused", outcome.before)
    if memory <= DIRECT_MAP:
        assert not beyond
    else:
        # QEMU's PC has a hole for devices below 4 GiB: memory from 3 GiB on lies above it. It all counts.
        assert (memory - DIRECT_MAP) * 1024 - 1024 <= int(beyond[1]) <= (memory - DIRECT_MAP) * 1024


@pytest.mark.parametrize(
    "cpu, protections", [("486", 0), ("pentium", 0), ("qemu32", 0), ("max", SMEP | SMAP), ("max,-smap", SMEP)]
)
def test_processor(cpu, protections):
    place = Place(Qemu, iso=False, cpu=cpu)
    assert [one.end for one in run(place, WORKING).processes] == ["exited with status 0"] * len(WORKING)
    with boot(place, [program("hello.bin")]) as machine:
        machine.wait_for("all programs have ended", LIMIT[Qemu])
        registers = machine.registers()
    assert registers.cr4 & (PSE | SMEP | SMAP) == PSE | protections
    assert registers.cr0 & WP


@pytest.mark.parametrize("place", [Place(Qemu, iso, "486,-pse") for iso in (False, True)], ids=str)
def test_a_processor_without_large_pages_is_told_so(place):
    message = "Trapgate: this processor has no 4 MiB pages (CPUID.01H:EDX.PSE). Stopped."
    with boot(place, [program("hello.bin")], "poweroff") as machine:
        end = machine.wait_for_end(LIMIT[Qemu])
        screen = machine.screen_text()
        interrupts_on = machine.registers().eflags & 1 << 9
    assert end.ending is Ending.HANG and "halted with interrupts off" in end.detail, f"{end}\n{machine.report()}"
    assert screen[0] == message
    assert machine.serial.endswith(message)
    assert not interrupts_on
