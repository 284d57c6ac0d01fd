"""programs/conformance: each program, run here and on this machine's Linux, prints the same and ends the same."""

import re
import resource
import subprocess

import pytest

from boots import BOCHS_ISO, QEMU_KERNEL, program, run

NAMES = ("floating-point", "groups", "pipes", "signals")


def on_the_host(name: str) -> str:
    """Its output on this machine, whose kernel must run i386 programs."""

    def as_many_files_as_here():
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))

    command = [program(f"conformance/{name}-elf.elf")]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, preexec_fn=as_many_files_as_here)
    except OSError as error:
        pytest.skip(f"this machine does not run i386 programs: {error}")
    assert done.returncode == 0, done.stdout
    return done.stdout


def without_reports(output: str) -> str:
    """What the program itself wrote: the reports of its children that fail are the kernel's."""
    return re.sub(r"^[a-z -]+ #\w+, vector \d+, in user mode\n(?:.|\n)*?killed by SIG.*\n", "", output, flags=re.MULTILINE)


@pytest.mark.parametrize("place", (QEMU_KERNEL, BOCHS_ISO), ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_prints_what_it_prints_on_linux(place, name):
    process = run(place, [program(f"conformance/{name}-elf.elf")])[f"{name}-elf.elf"]
    assert without_reports(process.output) == on_the_host(name)
    assert process.end == "exited with status 0"
