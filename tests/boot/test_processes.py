"""Processes: what programs/processes.c prints is what it prints on a Linux host, and nothing is left of its children."""

import re
import subprocess

import pytest

from boots import BOCHS_ISO, QEMU_KERNEL, program, run


def on_the_host() -> str:
    """Its output on this machine, whose kernel must run i386 programs."""
    try:
        return subprocess.run([program("processes.elf")], capture_output=True, text=True, timeout=60, check=True).stdout
    except OSError as error:
        pytest.skip(f"this machine does not run i386 programs: {error}")


def without_reports(output: str) -> str:
    """What the program itself wrote: the report of the child that is killed is the kernel's."""
    return re.sub(r"invalid opcode #UD(?:.|\n)*?killed by SIGILL.*\n", "", output)


@pytest.mark.parametrize("place", (QEMU_KERNEL, BOCHS_ISO), ids=str)
@pytest.mark.parametrize("file", ("processes.elf", "processes.bin"))
def test_prints_what_it_prints_on_linux(place, file):
    process = run(place, [program(file)])[file]
    assert process.end == "exited with status 0", process.output
    assert without_reports(process.output) == on_the_host()


@pytest.mark.parametrize("shift", (0, 3, 5))
def test_two_loops_share_the_processor(shift):
    """At several speeds of the processor, so that the ticks come at other instructions."""
    process = run(QEMU_KERNEL, [program("share-elf.elf")], icount=shift)["share-elf.elf"]
    assert process.end == "exited with status 0", process.output
    assert "a sleep of 0.2 s was over in time: yes" in process.output


def test_every_frame_of_every_child_comes_back():
    names = ["processes.elf", "processes.elf", "processes.bin", "hello.bin"]
    serial = run(QEMU_KERNEL, [program(name) for name in names], append="log=debug").serial
    free = re.findall(r"module \S+: (\d+) frames are free now", serial)
    # The kernel's heap has grown for twenty processes at a time, and keeps what it has.
    assert len(free) == len(names) + 2 and len(set(free[1:])) == 1, free
