"""Boots a kernel for a judgement, and holds the machine there: its console, its registers and its memory can be read.

A pass needs what only the machine itself can have brought about: a program that the grader makes anew for each boot
computes its exit status from two numbers drawn for it, at privilege level 3, and the kernel must report that; and each
program must have come to its end by itself (ends.py). A `main` of the grader's own is called by a function of the grader's,
which puts a number drawn for this boot into a register when it has returned.
"""

from __future__ import annotations

import contextlib
import random
import re
import shutil
import struct
import subprocess
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import List, Optional

from machine import Bochs, End, Ending, MachineError, Qemu
from machine.base import Module
from machine.minimal_iso import make_iso
from machine.processor import Processor
from machine.symbols import CROSS, addresses, layout

from . import checks, ends, interrupt, sandbox
from .exercise import Block, Exercise

FLOOD = 256 << 10  # bytes on the console: more than any exercise has to say
TIERS = ("direct", "grub", "bochs")
NUMBERS = 9  # that are drawn for the grader's main: those that it may use, and the last one
RETURNED = NUMBERS - 1  # which of them says that it has returned
# Keeps what the main of an exercise prints, for the grader to read it from outside: others can print the same words.
TOLD = """
namespace told {
char text[1 << 15];
std::size_t size = 0;

inline void take(std::string_view piece) {
    for (const char character : piece) {
        if (size < sizeof(text)) {
            text[size++] = character;
        }
    }
}

template <typename... Arguments>
void print(kernel::FormatString<std::type_identity_t<Arguments>...> format, const Arguments&... arguments) {
    static char piece[1024];
    take(kernel::format(piece, format, arguments...));
    kernel::log::print(format, arguments...);
}

template <typename... Arguments>
void info(kernel::FormatString<std::type_identity_t<Arguments>...> format, const Arguments&... arguments) {
    static char piece[1024];
    take(kernel::format(piece, format, arguments...));
    take("\\n");
    kernel::log::info(format, arguments...);
}
} // namespace told

"""
USING, SAY = "using namespace kernel;\n", "void say(std::string_view text) {\n"  # after a main's headers; its own way to print
# Calls the main of an exercise, which goes under another name then.
CALLER = """
extern "C" [[noreturn]] void kernel_main(std::uint32_t magic, std::uint32_t information) {
    exercise_main(magic, information);
    for (;;) {
        asm volatile("cli; hlt" : : "S"(@%d@U));
    }
}
""" % RETURNED
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
    drawn: List[int] = field(default_factory=list)  # the numbers that were put in the place of each `{drawn}`

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


def main_of(text: str, numbers: List[int]) -> str:
    """The kernel's main.cpp for an exercise with a main of its own."""
    text = re.sub(r"\blog::(print|info)\(", r"told::\1(", text.replace("kernel_main", "exercise_main"))
    text = text.replace(USING, TOLD + USING, 1).replace(SAY, f"{SAY}    told::take(text);\n") + CALLER
    return re.sub(r"@(\d)@", lambda found: str(numbers[int(found[1])]), text)


def plan_of(exercise: Exercise) -> Plan:
    """From `program: misbehave/cli.bin = killed by SIGSEGV (general protection fault)` lines and `append:`.

    A `{drawn}` in such a line, or in a program of the grader's own, is another number each time: what the programs of a check
    are given can't be learnt by heart."""
    drawn = []

    def draw(_) -> str:
        drawn.append(random.randrange(100, 1000))
        return str(drawn[-1])

    def with_numbers(text: str) -> str:
        return re.sub(r"\{drawn\}", draw, text)

    programs = [tuple(with_numbers(part.strip()) for part in line.split(" = ", 1)) for line in exercise.lists["program"]]
    sources = {section.title[8:]: replace(section.blocks[0], text=with_numbers(section.blocks[0].text))
               for section in exercise.sections if section.title.startswith("Program ")}
    icount = int(exercise.keys["icount"]) if "icount" in exercise.keys else None
    typed = [text.encode().decode("unicode_escape") for text in exercise.keys.get("typed", "").splitlines()]
    return Plan(programs, sources, exercise.keys.get("append", ""), icount, typed, main=bool(exercise.main), drawn=drawn)


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
        self.tier, self.tree, self.plan, self.draw = tier, tree, plan, draw
        self.numbers, self.returned = numbers[:RETURNED], numbers[RETURNED:]
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
        self.causes = ends.Causes() if tier == "direct" else None  # of the programs' ends, where QEMU's log has them

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
                                append=self.plan.append, icount=self.plan.icount, log_interrupts=self.logged,
                                on_log=self.causes.take)
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
        if self.reached:
            self._catch(limit)

    def _catch(self, limit: float) -> None:
        """Stops the machine while the counter runs at privilege level 3, or when the grader's main has returned."""
        deadline = self.machine.clock() + limit
        with contextlib.suppress(MachineError):  # it has left: there is nothing to be looked at
            while True:
                self.machine.pause()
                self.registers = self.machine.registers()
                if self.main_has_returned if self.plan.main else (
                        self.registers.cs & 3 == 3 and self.registers.eip != 0):  # not at its first instruction
                    return
                if self.machine.end is not None or self.machine.clock() >= deadline:
                    break
                self.machine.resume()
                time.sleep(0.05)
        self.end = self.machine.end

    @property
    def main_has_returned(self) -> bool:
        """Whether the machine was stopped in the function that calls the exercise's main, after that call."""
        before = [place for place in addresses(self.tree / "build/kernel.elf").values() if place <= self.registers.eip]
        return [self.registers.esi] == self.returned and max(before, default=0) == checks.symbol(self, "kernel_main")

    @property
    def processor(self) -> Processor:
        """The machine's tables, as they are now."""
        return Processor(self.registers, self.physical)

    @property
    def told(self) -> str:
        """What the grader's main has printed."""
        size = struct.unpack("<I", self.virtual(checks.symbol(self, "told::size"), 4))[0]
        return self.virtual(checks.symbol(self, "told::text"), size).decode(errors="replace") if size else ""

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
        done = sandbox.run([f"{CROSS}ld", "-m", "elf_i386", "--oformat", "binary", "-T", inside / "flat.ld", "-Map", inside / "map",
                            "-o", inside / "program", inside / "own.o", f"build/{source.about.removeprefix('with ')}.o"],
                           tree, 60, write_tree=True)
        if done.returncode != 0:
            lines = done.stdout.strip().splitlines() or ["ld failed"]
            raise LinkError(next((line for line in lines if "undefined" in line), lines[-1]))
        shutil.copyfile(place / "program", file)
        shutil.copyfile(place / "map", file.with_suffix(".map"))
    return file


def own_code(file: Path) -> Optional[range]:
    """Where the grader's own code lies in a program that was linked with a part of the tree; None of any other program."""
    if not file.with_suffix(".map").is_file():
        return None
    found = re.search(r"^ \.text +0x([0-9a-f]+) +0x([0-9a-f]+) \S*/own\.o$", file.with_suffix(".map").read_text(), re.MULTILINE)
    begin, size = (int(word, 16) for word in found.groups())
    return range(begin, begin + size)


def iso_for(tree: Path, plan: Plan, draw: Draw, folder: Path) -> Path:
    """An ISO for both emulators."""
    modules = modules_of(plan, draw, tree, folder)
    make_iso(folder / "exercise.iso", folder / "iso", tree / "build/kernel.elf", modules, plan.append)
    return folder / "exercise.iso"
