"""Boots the kernel for the tests: on which machines, with which modules, and what its serial console said.

QEMU's own exit status calls a triple fault a success, and a test that only looks for words can be content with too
little. So `run` puts exit-status first and last, each time with numbers drawn anew: the first must come out of the
machine (QEMU), both must stand in the log, in their places.
"""

import errno
import functools
import random
import re
import signal
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import List, Optional

import pytest

from machine import Bochs, Ending, Machine, Qemu, symbols
from machine.base import as_module
from machine.minimal_iso import make_iso

import root_file_system
from root_file_system import INITRD

ROOT = Path(__file__).resolve().parents[2]
KERNEL = ROOT / "build/kernel.elf"
PROGRAMS = ROOT / "build/programs"

# Seconds until a machine must have done its work. An idle computer needs a fiftieth of it; most of what can be stuck the
# driver notices long before.
LIMIT = {Qemu: 300, Bochs: 600}

MOST_MODULES = 32  # the kernel looks at no more


@dataclass(frozen=True)
class Place:
    """A machine, and the way into it."""

    emulator: type
    iso: bool  # through GRUB; else QEMU loads the kernel itself
    cpu: Optional[str] = None

    def __str__(self) -> str:
        way = "iso" if self.iso else "kernel"
        return "-".join([self.emulator.name.lower(), way] + ([self.cpu] if self.cpu else []))


QEMU_KERNEL = Place(Qemu, iso=False)
QEMU_ISO = Place(Qemu, iso=True)
BOCHS_ISO = Place(Bochs, iso=True)
EVERYWHERE = (QEMU_KERNEL, QEMU_ISO, BOCHS_ISO)


def program(name: str) -> Path:
    """The file of a program: "hello.bin", "misbehave/cli.bin"."""
    return PROGRAMS / name


def assembled(folder: Path, source: str, name: str = "program") -> Path:
    """A flat program made of a few lines of assembly."""
    file = folder / f"{name}.asm"
    file.write_text(f"bits 32\norg 0\n%include \"layout.inc\"\n{source}\n")
    binary = file.with_suffix(".bin")
    subprocess.run(["nasm", "-f", "bin", f"-I{ROOT}/build/", "-o", binary, file], check=True, timeout=60)
    return binary


# Assembly: writes all from `text` to `text.end` to the console, in as many calls as it takes.
WRITE_ALL = """
        mov ecx, text
    .again:
        mov eax, 4                  ; write
        mov ebx, 1
        mov edx, text.end
        sub edx, ecx
        jz .done
        int SYSTEM_CALL_VECTOR
        add ecx, eax
        jmp .again
    .done:
"""
# Assembly: a function that waits for the timer's next tick. Result: its number, in edi.
NEXT_TICK = """
    next_tick:
        mov ebx, 0
        mov eax, 43                 ; times
        int SYSTEM_CALL_VECTOR
        mov edi, eax
    .again:
        mov eax, 43
        int SYSTEM_CALL_VECTOR
        cmp eax, edi
        je .again
        mov edi, eax
        ret
"""


def writer_of(folder: Path, text: bytes, name: str = "writer") -> Path:
    """A flat program that writes `text` to the console, in as many calls as it takes, and ends with status 0."""
    (folder / f"{name}.text").write_bytes(text)
    return assembled(
        folder,
        f"""
            {WRITE_ALL}
            mov eax, 1 ; exit
            mov ebx, 0
            int SYSTEM_CALL_VECTOR
        text: incbin "{folder}/{name}.text"
        .end:
        """,
        name,
    )


def once(function):
    """Calls `function` once for each set of arguments, and remembers what it returned or raised: a boot that fails
    fails all tests that look at it, but is not tried again for each of them."""
    outcomes = {}

    @functools.wraps(function)
    def remembering(*arguments):
        if arguments not in outcomes:
            try:
                outcomes[arguments] = (function(*arguments), None)
            except Exception as error:
                outcomes[arguments] = (None, error)
        result, error = outcomes[arguments]
        if error is not None:
            raise error.with_traceback(None)
        return result

    return remembering


@functools.lru_cache(maxsize=None)
def _folder() -> tempfile.TemporaryDirectory:
    return tempfile.TemporaryDirectory(prefix="trapgate-boots-")


def temporary_folder() -> Path:
    """A new one, which is there until the tests have ended."""
    return Path(tempfile.mkdtemp(dir=_folder().name))


@once
def iso_of(kernel: Path, modules: tuple, append: str) -> Path:
    """An ISO with this kernel, these modules and this command line: made once."""
    folder = temporary_folder()
    make_iso(folder / "test.iso", folder / "iso", kernel, modules, append)
    return folder / "test.iso"


def initrd(file: Path, rc: bytes, folders=(), files=None) -> Path:
    """The root file system with `rc` as what init runs at the start, with more folders, and with more files: contents by path."""
    return root_file_system.write(file, lambda name: name != "./etc/rc", folders, {"etc/rc": rc, **(files or {})}, {})


def boot(place: Place, modules=(), append: str = "", kernel: Path = KERNEL, **options) -> Machine:
    """The machine, to be used in a `with` statement. modules: paths, or pairs (path, string)."""
    options.setdefault("cpu", place.cpu)
    if place.emulator is Qemu:
        options.setdefault("log_interrupts", False)
    modules = tuple(as_module(module) for module in modules)
    if place.iso:
        return place.emulator(iso=iso_of(kernel, modules, append), **options)
    modules = [(module.path, module.string) for module in modules]
    return place.emulator(kernel=kernel, modules=modules, append=append, **options)


def counter(machine: Machine, name: str) -> int:
    """One of the kernel's own numbers, read from the machine's memory."""
    return int.from_bytes(machine.read_physical(symbols.object_called(KERNEL, name) - symbols.layout().KERNEL_BASE, 4), "little")


def on_this_machine(command: list, **options) -> subprocess.CompletedProcess:
    """A program of ours for Linux, run by this machine's own: what it prints, as text. Where i386 programs do not run, for which a
    kernel has ENOEXEC, the test is skipped."""
    try:
        return subprocess.run(command, text=True, timeout=60, **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options})
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
        pytest.skip(f"this machine does not run i386 programs: {error}")


@dataclass
class Process:
    """What the console said of one process."""

    name: str
    kind: str  # "flat" or "ELF"
    size: int
    output: str  # all that came while it ran, the kernel's lines included
    end: str  # "exited with status 0", "killed by SIGSEGV (page fault)"


@dataclass
class Run:
    """A boot from beginning to end. The processes are those between the two exit-status."""

    serial: str
    before: str  # what the kernel said before the first process
    processes: List[Process] = field(default_factory=list)

    def __getitem__(self, name: str) -> Process:
        found = [process for process in self.processes if process.name == name]
        assert len(found) == 1, f"{len(found)} processes are called {name}:\n{self.serial}"
        return found[0]


PROCESS = re.compile(
    r"\[info \] process (?P<id>\d+) \((?P<name>.*?)\): started, (?P<kind>\w+), (?P<size>\d+) bytes\n"
    r"(?P<output>.*?)"
    r"\[info \] process (?P=id) \((?P=name)\): (?P<end>exited with status \d+|killed by \w+ \(.*?\))\n",
    re.DOTALL,
)


def processes_in(serial: str) -> List[Process]:
    """All processes that the kernel itself started, in their order. Their numbers begin with 1 and rise: children have
    numbers in between."""
    found = list(PROCESS.finditer(serial))
    numbers = [int(one["id"]) for one in found]
    assert numbers == sorted(set(numbers)) and numbers[:1] in ([], [1]), serial
    return [Process(one["name"], one["kind"], int(one["size"]), one["output"], one["end"]) for one in found]


def default_signals() -> None:
    """For a child before it executes its program. nohup, or a script's &, has some signals ignored, and programs inherit that."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_DFL)


def draw() -> int:
    """An exit status that nothing but the program can have brought about. 7 bits is what QEMU lets through."""
    return random.randrange(10, 127)


def run(place: Place, modules=(), append: str = "", limit: Optional[float] = None, **options) -> Run:
    """Boots, runs the modules between two exit-status, and powers off; fails if any of that did not happen."""
    assert len(modules) + 2 <= MOST_MODULES
    first, last = draw(), draw()
    exit_status = program("exit-status.bin")
    modules = [(exit_status, f"exit-status {first}"), *modules, (exit_status, f"exit-status {last}")]
    with boot(place, modules, f"poweroff {append}".strip(), **options) as machine:
        end = machine.wait_for_end(limit or LIMIT[place.emulator])
    assert end.ending is Ending.POWER_OFF, f"{end}\n{machine.report()}"
    assert end.status in (first, None), f"{end}, not with {first}\n{machine.report()}"
    assert (end.status is None) == (place.emulator is Bochs)
    processes = processes_in(machine.serial)
    assert len(processes) >= 2, machine.serial
    assert processes[0].end == f"exited with status {first}", machine.serial
    assert processes[-1].end == f"exited with status {last}", machine.serial
    assert "KERNEL PANIC" not in machine.serial
    before = machine.serial.partition("[info ] process 1 ")[0]
    return Run(machine.serial, before, processes[1:-1])


def told_by_every_processor(report: str) -> str:
    """A page fault's report without what some processors alone tell: that the access was a fetch (bit 4 of the error code, I/D).
    Bochs 3 sets it, though the Intel SDM (Vol. 3A, 4.7) has it set only where NXE or SMEP is on; Bochs 2 and QEMU don't."""
    return re.sub(r"error code 0x1?([0-7]): a (?:read or a )?fetch", r"error code 0x\1: a fetch", report)
