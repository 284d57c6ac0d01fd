"""The explanation of a machine's death, for a reader (text) and for a grader (a dictionary)."""

from __future__ import annotations

import textwrap
from dataclasses import asdict, dataclass, field
from typing import List, Optional, Tuple

from ..processor import EXCEPTION_NAMES
from ..symbols import place
from .causes import CAUSES, SECTIONS, TRAPS
from .events import Event
from .mistakes import BY_CAUSE, MISTAKES
from .scene import Scene

WIDTH = 80
SHOWN = 24  # lines of evidence in the text; the dictionary has all


@dataclass
class Exception_:
    """The first exception or interrupt that could not be delivered (or, in a hang, the last one taken)."""

    vector: int
    kind: str  # "exception", "interrupt" (from a device), "int" (the instruction)
    name: str
    error_code: Optional[int]
    eip: Optional[int]
    cs: Optional[int]
    cpl: Optional[int]
    cr2: Optional[int]
    place: str


@dataclass
class Explanation:
    symptom: str  # triple-fault, reset, hang, never-reached-kernel, panic
    sentence: str
    cause: str = "unknown"
    exception: Optional[Exception_] = None
    then: str = ""
    evidence: List[str] = field(default_factory=list)
    mistakes: Optional[Tuple[str, ...]] = None  # names of mistakes.py, the likely ones; None: those that follow from the cause

    def __post_init__(self):
        if self.mistakes is None:
            self.mistakes = BY_CAUSE.get(self.cause, ())

    @property
    def chapter(self) -> str:
        return CAUSES[self.cause]

    @property
    def section(self) -> str:
        return SECTIONS.get(self.cause, TRAPS)

    def as_dict(self) -> dict:
        named = {"mistakes": list(self.mistakes), "likely": [MISTAKES[name] for name in self.mistakes]}
        return {**asdict(self), **named, "chapter": self.chapter, "section": self.section}

    @property
    def text(self) -> str:
        lines = textwrap.wrap(self.sentence, WIDTH, break_on_hyphens=False)
        if self.then:
            lines += textwrap.wrap(self.then, WIDTH, break_on_hyphens=False)
        for line in self.evidence[:SHOWN]:
            margin = " " * (len(line) - len(line.lstrip()))
            lines += textwrap.wrap(line, WIDTH, initial_indent="  ", subsequent_indent=margin + "      ",
                                   drop_whitespace=True, break_on_hyphens=False)  # fmt: skip
        if len(self.evidence) > SHOWN:
            lines.append(f"  ... and {len(self.evidence) - SHOWN} lines more (--json has them)")
        introduction = "likely mistake: " if len(self.mistakes) == 1 else "likely mistake, one of these: "
        for name in self.mistakes:
            lines += textwrap.wrap(introduction + MISTAKES[name], WIDTH, subsequent_indent="    ", break_on_hyphens=False)
            introduction = "    or: "
        if self.cause != "panic":  # then the kernel's own report says what to read
            lines.append(f'to read: chapter {self.chapter}, "{self.section}"   [{self.cause}]')
        return "\n".join(lines)


def name_of(vector: int, kind: str) -> str:
    """An event by name: "#PF page fault", "interrupt 0x20 (IRQ 0, the timer)", "int 0x80"."""
    if kind == "int":
        return f"int {vector:#x}"
    if kind == "interrupt":
        line = {0: ", the timer", 1: ", the keyboard", 4: ", the serial line"}
        for base in (0x20, 0x08):
            if base <= vector < base + 8:
                number = vector - base
                return f"IRQ {number}{line.get(number, '')} (vector {vector:#x})"
        return f"the interrupt of vector {vector:#x}"
    return EXCEPTION_NAMES.get(vector, f"exception {vector}")


def short_name(vector: int, error_code: Optional[int] = None) -> str:
    """ "#GP(0x32)", "#DF"."""
    name = EXCEPTION_NAMES.get(vector, f"vector {vector:#x}").split(" ")[0]
    return name if error_code is None or vector == 8 else f"{name}({error_code:#x})"


def exception_of(scene: Scene, event: Event) -> Exception_:
    registers = event.registers or scene.registers
    if registers is None:
        return Exception_(event.vector, event.kind, name_of(event.vector, event.kind), event.error_code, None, None, None, None, "")
    cpl = registers.cs & 3 if registers.cr0 & 1 else 0
    where = place(scene.kernel, registers.eip, user=cpl == 3)
    cr2 = registers.cr2 if event.vector == 14 and event.kind == "exception" else None
    return Exception_(event.vector, event.kind, name_of(event.vector, event.kind), event.error_code,
                      registers.eip, registers.cs, cpl, cr2, where)  # fmt: skip
