"""The catalogue of mistakes: what people get wrong on the way to user mode, each as a small change of our own source.

    from course import catalogue_of_mistakes as catalogue

    for mutation in catalogue.load():         # in catalogue order: the files by layer, as in LAYERS
        print(mutation.id, mutation.chapter, mutation.title)
    catalogue.find("iret-rpl-0").apply(tree)  # puts the mistake into a source tree (raises MutationError)
    mutation.problems(tree)                   # why that can't be done: a list of sentences, empty if it can

The data are in tests/mutations/*.txt; README.md there says how they are written. `python3 -m mutations` boots them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, Iterator, List, Tuple

from .source import SourceError, before_and_after, with_lines

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests/mutations"
LAYERS = ("boot", "toolchain", "gdt", "idt", "pic", "paging", "memory", "user_mode", "system_calls", "programs", "files",
          "processes", "preemption", "pipes_and_signals", "copy_on_write", "real_programs")
NOT_HERE = FOLDER / "not_here.txt"  # mistakes that are not in this tree, and why not

SYMPTOMS = (
    "does-not-build",  # compiler, assembler, linker or a check of the build stops it
    "never-reached-kernel",  # the machine runs, but not one instruction of ours
    "triple-fault",
    "reset",
    "hang",  # no end in sight: halted with interrupts off, a loop, or waiting for what never comes
    "panic",  # the kernel's own report
    "process-killed",  # a program that should have lived
    "wrong-output",  # it ends as it should, but says something else
    "silent",  # nothing is to be seen: see caught_by and harmless
)
EMULATORS = {"qemu": ("qemu",), "bochs": ("bochs",), "both": ("qemu", "bochs")}
TEXT = ("title", "symptom", "or_symptom", "likely", "explained", "right", "cause", "caught_by", "harmless", "append", "emulator", "loader", "type")
LISTS = ("says", "modules", "rebuild", "states")


class MutationError(Exception):
    """The data are wrong, or don't fit the tree."""


@dataclass(frozen=True)
class Edit:
    """Whole lines of one file, and what stands there instead."""

    file: str
    before: str
    after: str


@dataclass(frozen=True)
class Mutation:
    id: str
    place: str  # file and line of the data, for messages
    mistakes: Tuple[int, ...]  # numbers of the catalogue; none, if it only shows that the documentation is right
    chapter: int  # where the course explains what is broken
    title: str
    symptom: str
    edits: Tuple[Edit, ...]
    likely: str = ""  # the likely mistake that this is: its name in machine.diagnosis.mistakes; none says it if empty
    explained: str = ""  # how well at least, where that is not exactly although there is a likely mistake
    says: Tuple[str, ...] = ()  # regular expressions: words that the diagnosis must have, blanks squeezed to one
    right: str = ""  # what a right kernel does instead, where its output does not show that
    cause: str = ""  # machine.explain's name of it, for deaths that are explained from outside
    caught_by: str = ""  # the test that fails: "unit: name of a test case", "boot: file.py::name of a test"
    harmless: str = ""  # why nothing at all needs to notice
    modules: Tuple[str, ...] = ("hello",)  # programs with their arguments, as on a command line
    append: str = "poweroff"  # the kernel's command line
    emulator: str = "qemu"  # or bochs, both: on which the symptom is seen
    loader: str = "direct"  # QEMU loads the kernel itself; or grub, from an ISO (Bochs always)
    type: str = ""  # what is typed on the keyboard when the first process runs; \n is Enter
    rebuild: Tuple[str, ...] = field(default=())  # files to be built again though they are not changed
    or_symptom: str = ""  # another symptom, or several, where the time of an interrupt, or what lies where in memory, decides which is seen
    states: Tuple[str, ...] = ()  # words of the documentation that this shows to be true, as "docs/file.md: words"

    def problems(self, tree: Path = ROOT) -> List[str]:
        """What keeps this from being applied to a tree, in sentences."""
        found = []
        for edit in self.edits:
            try:
                with_lines(Path(tree, edit.file).read_text(encoding="utf-8"), edit.before, edit.after)
            except FileNotFoundError:
                found.append(f"{self.id}: there is no {edit.file}")
            except SourceError as error:
                found.append(f"{self.id}: {edit.file}: {error}")
            if edit.before == edit.after:
                found.append(f"{self.id}: changes nothing in {edit.file}")
        return found + [f"{self.id}: there is no {file}" for file in self.rebuild if not Path(tree, file).is_file()]

    def apply(self, tree: Path) -> None:
        """Puts the mistake into the source below `tree`."""
        problems = self.problems(tree)
        if problems:
            raise MutationError("\n".join(problems))
        for edit in self.edits:
            file = Path(tree, edit.file)
            file.write_text(with_lines(file.read_text(encoding="utf-8"), edit.before, edit.after), encoding="utf-8")
        for name in self.rebuild:
            Path(tree, name).touch()


def load() -> List[Mutation]:
    """All mutations, in catalogue order. MutationError says which line of which file is wrong."""
    return [mutation for layer in LAYERS for mutation in _parse(FOLDER / f"{layer}.txt")]


def find(name: str) -> Mutation:
    for mutation in load():
        if mutation.id == name:
            return mutation
    raise MutationError(f"no mutation is called {name}: `make mutations` lists them")


def not_here() -> Dict[int, str]:
    """The numbers of mistakes that are not in this tree, and why not. A line is "38, 90-92: reason"."""
    reasons = {}
    for line in NOT_HERE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            numbers, _, reason = line.partition(":")
            reasons.update((number, reason.strip()) for number in _numbers(numbers))
    return reasons


def _numbers(text: str) -> Iterator[int]:
    for piece in text.split(","):
        first, _, last = piece.partition("-")
        yield from range(int(first), int(last or first) + 1)


def _parse(file: Path) -> List[Mutation]:
    found: List[Mutation] = []
    fields: dict = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines() + ["[]"], 1):
        place = f"{file.name}:{number}"
        if line.startswith("["):
            if fields:
                found.append(_mutation(fields))
            fields = {"id": line.strip("[]"), "place": place, "edits": []}
        elif line[:1] in tuple("-+ ") and fields and fields["edits"]:
            fields["edits"][-1][1].append(line + "\n")
        elif line and not line.startswith("#"):
            _take_field(fields, *re.match(r"(\w*)(?:: ?)?(.*)", line).groups(), place)
    return found


def _take_field(fields: dict, key: str, value: str, place: str) -> None:
    if not fields:
        raise MutationError(f"{place}: a mutation begins with its name in brackets")
    if key == "file":
        fields["edits"].append((value, []))
    elif key == "mistake":
        fields["mistakes"] = tuple(_numbers(value))
    elif key == "chapter":
        fields["chapter"] = int(value)
    elif key == "modules" and value == "none":
        fields["modules"] = ()
    elif key in LISTS:
        fields[key] = fields.get(key, ()) + (value,)
    elif key in TEXT and key not in fields:
        fields[key] = value.replace("\\n", "\n") if key == "type" else value
    else:
        raise MutationError(f"{place}: {key} is not a field, or is there twice")


def _mutation(fields: dict) -> Mutation:
    edits = []
    for file, lines in fields["edits"]:
        edits.append(Edit(file, *before_and_after("".join(lines))))
    try:
        return Mutation(**{"mistakes": (), **fields, "edits": tuple(edits)})
    except TypeError as error:
        raise MutationError(f"{fields['place']}: {fields['id']}: {error}") from None
