"""programs/conformance: each program, run here and on this machine's Linux, prints the same and ends the same."""

import os
import pty
import re
import resource
import select
import tempfile
from pathlib import Path

import pytest

from boots import BOCHS_ISO, LIMIT, QEMU_KERNEL, boot, default_signals, on_this_machine, program, run
from machine import Ending

NAMES = ("files", "floating-point", "groups", "linux", "memory", "pipes", "poll", "proc", "running", "signals", "vfork")


def on_the_host(name: str) -> str:
    """Its output on this machine."""

    def as_a_program_begins_here():
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
        default_signals()

    with tempfile.TemporaryDirectory(prefix="trapgate-") as folder:  # in which it may make files
        done = on_this_machine([program(f"conformance/{name}-elf.elf")], cwd=folder, preexec_fn=as_a_program_begins_here)
    assert done.returncode == 0, done.stdout
    return done.stdout


def without_reports(output: str) -> str:
    """What the program itself wrote: the reports of its children that fail are the kernel's."""
    return re.sub(r"^[a-z -]+ #\w+, vector \d+, in user mode\n(?:.|\n)*?killed by SIG.*\n", "", output, flags=re.MULTILINE)


@pytest.mark.parametrize("place", (QEMU_KERNEL, BOCHS_ISO), ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_prints_what_it_prints_on_linux(place, name):
    process = run(place, [program(f"conformance/{name}-elf.elf")])[f"{name}-elf.elf"]
    assert process.end == "exited with status 0", process.output
    assert without_reports(process.output) == on_the_host(name)


# What is typed for each "type N:" of programs/conformance/terminal-elf.c.
TYPED = ["helo\x7f\x7flo, you\r", "wrong\x15one two\x17three\r", "\x04", "no end\x04", "two pieces\r", "one\r\x04",
         "\x04", "x\x11y\r", "a\x16\nb\x7f\x7f\x16\nc\x12\r",
         "\x03", "\x1c", "\x1a", "ab\r\x03\x7f", "pq", "x", "to the child\r", "\x03", "\x1a", "\x1aon\r"]  # fmt: skip
LOOPS = (17, 18)  # the program does not sleep when these are typed


def waits(process: int) -> bool:
    """Whether it is in read (3), readv (145) or poll (168), or waits for a child (7). While it runs, the file says so."""
    return Path(f"/proc/{process}/syscall").read_text().split()[0] in ("3", "7", "145", "168")


def typed_on_the_host() -> str:
    """Its output on a terminal of this machine's Linux."""
    on_this_machine([program("hello-c.elf")])
    path = str(program("conformance/terminal-elf.elf"))
    child, terminal = pty.fork()
    if child == 0:
        default_signals()
        os.execv(path, [path])
    output, steps = "", 0
    while True:
        assert select.select([terminal], [], [], 60)[0], output
        try:
            output += os.read(terminal, 4096).decode()
        except OSError:  # EIO: it has ended
            break
        while f"type {steps + 1}:" in output:
            # What interrupts a read must not come before it.
            while not waits(child):
                pass
            os.write(terminal, TYPED[steps].encode())
            steps += 1
    os.close(terminal)
    assert os.waitpid(child, 0)[1] == 0, output
    return output.replace("\r\n", "\n")


@pytest.mark.parametrize("place", (QEMU_KERNEL, BOCHS_ISO), ids=str)
def test_the_terminal_does_what_it_does_on_linux(place):
    limit = LIMIT[place.emulator]
    with boot(place, [program("conformance/terminal-elf.elf")], "poweroff") as machine:
        for number, keys in enumerate(TYPED, 1):
            machine.wait_for(f"type {number}:", limit)
            while number not in LOOPS and not machine.registers().halted:
                pass  # as on the host: what interrupts a read must not come before it
            machine.type_serial(keys)
        end = machine.wait_for_end(limit)
    assert end.ending is Ending.POWER_OFF, f"{end}\n{machine.report()}"
    output = re.search(r"started, .*\n((?:.|\n)*)\[info \] process 1 .*: exited with status 0", machine.serial)
    assert output and output[1] == typed_on_the_host(), machine.serial
