"""Boots a kernel for a judgement, and holds the machine there: its console, its registers and its memory can be read.

A pass needs words that only the machine itself can have brought about: a program that the grader makes anew for each
boot computes its exit status from two numbers drawn for it, at privilege level 3, and the kernel must report that. For
a `main` of the grader's own the numbers are compiled in, and come back through what the exercise is about.
"""

from __future__ import annotations

import random
import re
import shutil
import struct
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import List, Optional

from machine import Bochs, End, Ending, Qemu
from machine.base import Module
from machine.minimal_iso import make_iso
from machine.processor import Processor
from machine.symbols import CROSS, layout

from . import checks, interrupt, sandbox
from .exercise import Block, Exercise

FLOOD = 256 << 10  # bytes on the console: more than any exercise has to say
TIERS = ("direct", "grub", "bochs")
TITLES = {"build": "build", "unit": "unit tests", "direct": "QEMU", "grub": "QEMU, GRUB", "bochs": "Bochs, GRUB"}
WAITS, TICKS_OF_WAITING = r"^I wait$", 30
DOOMED = r"KERNEL PANIC|exercise [\d.]+ is not solved yet"  # the kernel said that it goes no further


class LinkError(Exception):
    """What was built does not fit to a program of the grader's."""


def witness(status_a: int, status_b: int) -> bytes:
    """A flat program: mov ebx, a; xor ebx, b; mov eax, 1; int 0x80. It exits with a ^ b."""
    return b"\xbb" + struct.pack("<I", status_a) + b"\x81\xf3" + struct.pack("<I", status_b) + b"\xb8\x01\0\0\0\xcd\x80"


def counter(mark: int) -> bytes:
    """A flat program: mov esi, mark; inc eax; jmp back. Who finds the mark in esi sees this program run, not another that
    has printed its name."""
    return b"\xbe" + struct.pack("<I", mark) + b"\x40\xeb\xfd"


@dataclass
class Plan:
    """What is booted. programs: (file below build/programs with arguments, how it must end)."""

    programs: List[tuple] = field(default_factory=list)
    sources: dict = field(default_factory=dict)  # programs of the grader's own, in NASM: blocks by name
    append: str = ""
    icount: Optional[int] = None  # QEMU's time follows executed instructions, 2^icount ns each
    typed: List[str] = field(default_factory=list)  # on the serial line: each when one more program has said that it
    # waits, and has waited for a while
    main: bool = False  # the kernel has the grader's own kernel_main: no programs
    interrupts: bool = False  # QEMU logs each exception
    to_the_end: bool = False  # go on after a panic until the machine stands

    def first(self) -> str:
        return self.programs[0][0].split()[0] if self.programs else "hello.bin"

    def first_needs(self) -> str:
        """What must have been built for the first program."""
        source = self.sources.get(self.first())
        if source is None:
            return f"build/programs/{self.first()}"
        return f"build/{source.about.removeprefix('with ')}.o" if source.about else "build/system_calls.inc"

    def first_program(self, tree: Path, folder: Path) -> Path:
        """The first program that is booted; one of the grader's own is made, in `folder`."""
        source = self.sources.get(self.first())
        return assembled(folder / f"{self.first()}.bin", source, tree) if source else tree / "build/programs" / self.first()


def plan_of(exercise: Exercise) -> Plan:
    """From `program: misbehave/cli.bin = killed by SIGSEGV (general protection fault)` lines and `append:`."""
    programs = [tuple(part.strip() for part in line.split(" = ", 1)) for line in exercise.lists["program"]]
    sources = {section.title[8:]: section.blocks[0] for section in exercise.sections
               if section.title.startswith("Program ")}
    icount = int(exercise.keys["icount"]) if "icount" in exercise.keys else None
    typed = [text.encode().decode("unicode_escape") for text in exercise.keys.get("typed", "").splitlines()]
    return Plan(programs, sources, exercise.keys.get("append", ""), icount, typed, main=bool(exercise.main))


@dataclass
class Draw:
    """The numbers of one boot."""

    a: int = field(default_factory=lambda: random.getrandbits(31))
    b: int = 0
    status: int = field(default_factory=lambda: random.randrange(20, 250))
    mark: int = field(default_factory=lambda: random.getrandbits(32))

    def __post_init__(self):
        self.b = self.a ^ self.status


class Boot:
    """One boot in one emulator. After `run`, `reached` tells whether it got where it should; the machine stands there
    until `close`, and may be read."""

    def __init__(self, tier: str, tree: Path, plan: Plan, draw: Draw, numbers: List[int], iso: Optional[Path] = None,
                 explain: bool = False):
        self.tier, self.tree, self.plan, self.draw, self.numbers = tier, tree, plan, draw, numbers
        self.layout = layout(tree)
        self.iso = iso
        # The emulator's log of exceptions explains deaths. Those of GRUB and the BIOS would fill it: only when asked.
        self.logged = explain or plan.interrupts or tier == "direct"
        self.end: Optional[End] = None
        self.reached = self.flooded = False
        self.seconds = 0.0
        self.registers: Optional[SimpleNamespace] = None
        self.folder = tempfile.TemporaryDirectory(prefix="trapgate-course-")
        self.machine = None

    @property
    def emulator(self) -> str:
        return "Bochs" if self.tier == "bochs" else "QEMU"

    @property
    def serial(self) -> str:
        return self.machine.serial if self.machine is not None else ""

    @property
    def goal(self) -> str:
        """What the console must say in the end."""
        if self.plan.main:
            return rf"^.*done {self.numbers[0]}$"
        return r"process \d+ \(counter\): started"

    def run(self, limit: float) -> "Boot":
        start = time.monotonic()
        kernel = self.tree / "build/kernel.elf"
        if self.tier == "direct":
            modules = modules_of(self.plan, self.draw, self.tree, Path(self.folder.name))
            self.machine = Qemu(kernel=kernel, modules=[(one.path, one.string) for one in modules],
                                append=self.plan.append, icount=self.plan.icount, log_interrupts=self.logged)
        elif self.tier == "grub":
            self.machine = Qemu(iso=self.iso, icount=self.plan.icount, log_interrupts=self.logged)
        else:
            self.machine = Bochs(iso=self.iso, log_interrupts=self.logged)
        with interrupt.ending(self.machine.kill):
            self.machine.__enter__()
            interrupt.check()
            for number, text in enumerate(self.plan.typed, 1):
                self._let_wait(limit, number, text)
            self._wait(limit)
        interrupt.check()
        self.seconds = time.monotonic() - start
        return self

    def _let_wait(self, limit: float, number: int, text: str) -> None:
        """Types when the program that is the `number`th to wait for it has waited for some ticks of the timer."""
        def waiting() -> bool:
            return len(re.findall(WAITS, self.machine.serial, re.M)) >= number

        stopped = re.compile(f"{DOOMED}|{self.goal}", re.M)
        if self.machine.wait_until(lambda: waiting() or bool(stopped.search(self.machine.serial)), limit) or not waiting():
            return
        begin, deadline = None, self.machine.clock() + limit
        while self.machine.clock() < deadline and self.machine.end is None:
            self.machine.pause()
            now = struct.unpack("<I", self.virtual(checks.symbol(self, "kernel::pit::tick_count"), 4))[0]
            self.machine.resume()
            begin = now if begin is None else begin
            if now >= begin + TICKS_OF_WAITING:
                break
            time.sleep(0.05)
        self.machine.type_serial(text)

    def _wait(self, limit: float) -> None:
        """Until the goal, the kernel's own words that it has stopped, a flood, or the machine's end."""
        machine = self.machine
        goal, doomed = re.compile(self.goal, re.M), re.compile(DOOMED)
        state = {"seen": 0}

        def something() -> bool:  # called with the machine's lock held
            text = machine.serial
            begin = max(0, state["seen"] - 200)
            state["seen"] = len(text)
            found = goal.search(text, begin) or (not self.plan.to_the_end and doomed.search(text, begin))
            state["found"] = state.get("found") or bool(found) or len(text) > FLOOD
            return state["found"]

        self.end = machine.wait_until(something, limit, loops_hang=True)
        text = machine.serial
        self.flooded = len(text) > FLOOD
        self.reached = bool(goal.search(text)) and not self.flooded
        if not self.reached and doomed.search(text):  # the rest of the report
            self.end = machine.wait_until(lambda: len(machine.serial) > 2 * FLOOD, min(limit, 20)) or self.end
        elif self.end is None and not self.reached and not self.flooded:
            self.end = End(Ending.TIME_OUT, detail=f"after {limit:.0f} s")
        if self.reached and not self.plan.main:
            self._catch_in_program(limit)

    def _catch_in_program(self, limit: float) -> None:
        """Stops the machine while the counter runs at privilege level 3."""
        deadline = self.machine.clock() + limit
        while self.machine.clock() < deadline and self.machine.end is None:
            self.machine.pause()
            self.registers = self.machine.registers()
            if self.registers.cs & 3 == 3 and self.registers.eip != 0:  # not at its first instruction
                return
            self.machine.resume()
            time.sleep(0.05)
        self.end = self.machine.end

    @property
    def processor(self) -> Processor:
        """The machine's tables, as they are now."""
        return Processor(self.registers, self.physical)

    def physical(self, address: int, size: int) -> bytes:
        return self.machine.read_physical(address, size)

    def virtual(self, address: int, size: int) -> bytes:
        return self.machine.read_virtual(address, size)

    def close(self) -> None:
        if self.machine is not None:
            self.machine.close()
        self.folder.cleanup()


def modules_of(plan: Plan, draw: Draw, tree: Path, folder: Path) -> List[Module]:
    """The witness first, then the probes, then a program that counts forever: in it the machine is looked at."""
    if plan.main:
        return []
    (folder / "witness").write_bytes(witness(draw.a, draw.b))
    (folder / "counter").write_bytes(counter(draw.mark))
    probes = []
    for words, _ in plan.programs:
        name, *arguments = words.split()
        file = tree / "build/programs" / name
        if name in plan.sources:
            file = assembled(folder / name, plan.sources[name], tree)
        probes.append(Module(file, " ".join([Path(name).stem, *arguments])))
    return [Module(folder / "witness", "witness"), *probes, Module(folder / "counter", "counter")]


FLAT = """SECTIONS {
    . = 0;
    .all : { *(.text.start) *(.text*) *(.rodata*) *(.data*) *(.bss*) }
    /DISCARD/ : { *(*) }
}"""


def assembled(file: Path, source: Block, tree: Path) -> Path:
    """Assembles a flat program. With `with FILE.asm` after its language it is linked with what the tree has built from
    that file, so that a part of the libc can be called by something that looks closely."""
    if source.about:
        return linked(file, source, tree)
    file.with_suffix(".asm").write_text(f"bits 32\norg 0\n{source.text}")
    subprocess.run(["nasm", "-f", "bin", "-I", f"{tree}/build/", "-o", file, file.with_suffix(".asm")], check=True,
                   timeout=60)
    return file


def linked(file: Path, source: Block, tree: Path) -> Path:
    with tempfile.TemporaryDirectory(dir=tree / "build") as name:
        place = Path(name)
        (place / "own.asm").write_text(f"bits 32\n{source.text}")
        (place / "flat.ld").write_text(FLAT)
        subprocess.run(["nasm", "-f", "elf32", "-o", place / "own.o", place / "own.asm"], check=True, timeout=60)
        sandbox.give(place)
        inside = place.relative_to(tree)
        done = sandbox.run([f"{CROSS}ld", "-m", "elf_i386", "--oformat", "binary", "-T", inside / "flat.ld",
                            "-o", inside / "program", inside / "own.o", f"build/{source.about.removeprefix('with ')}.o"],
                           tree, 60, write_tree=True)
        if done.returncode != 0:
            lines = done.stdout.strip().splitlines() or ["ld failed"]
            raise LinkError(next((line for line in lines if "undefined" in line), lines[-1]))
        shutil.copyfile(place / "program", file)
    return file


def iso_for(tree: Path, plan: Plan, draw: Draw, folder: Path) -> Path:
    """An ISO for both emulators."""
    modules = modules_of(plan, draw, tree, folder)
    make_iso(folder / "exercise.iso", folder / "iso", tree / "build/kernel.elf", modules, plan.append)
    return folder / "exercise.iso"
