"""An exercise: its kind, its start state, its solutions and its hints. exercise_file.py reads them from files.

A state of the tree is a dict of texts by file name, only of files that differ from the reference: the tree itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Dict, List, Tuple

from . import catalogue_of_mistakes
from .source import SourceError, before_and_after, declaration, piece_of, with_body, with_lines

KINDS = ("predict", "repair", "write", "extend", "explain")
HINT_LEVELS = 5

Texts = Dict[str, str]  # of files, by path from the tree's root
Reader = Callable[[str], str]  # gives the reference's text of a file


class ExerciseError(Exception):
    """The data of an exercise are wrong; the message says where."""


@dataclass
class Block:
    """A fenced block: its language, the words behind it, its text."""

    language: str
    about: str
    text: str


@dataclass
class Section:
    title: str
    keys: Dict[str, str]
    prose: str
    blocks: List[Block]


@dataclass
class Hint:
    level: int
    name: str  # of the branch; "" for everybody
    pattern: str  # what must be found in the symptom for this branch
    text: str


@dataclass
class Solution:
    """A right or a wrong one: what it changes, and which hint it must lead to."""

    name: str
    hint: str
    base: str  # "reference" or "start"
    blocks: List[Block]


@dataclass
class Exercise:
    number: str
    slug: str
    chapter: str  # the folder's name, "04-segmentation"
    title: str
    text: str
    kind: str
    file: Path
    keys: Dict[str, str]
    lists: Dict[str, List[str]]
    holes: List[Tuple[str, str]]  # file, what (source.piece_of)
    changes: List[Block] = field(default_factory=list)
    sections: List[Section] = field(default_factory=list)
    hints: List[Hint] = field(default_factory=list)
    answer: str = ""
    main: str = ""
    rights: List[Solution] = field(default_factory=list)
    wrongs: List[Solution] = field(default_factory=list)
    equals: Dict[str, str] = field(default_factory=dict)  # mutants that are right, too, and why
    hidden: List[Callable] = field(default_factory=list)  # a teacher's own checks of a boot

    @property
    def order(self) -> Tuple[int, int]:
        return tuple(int(part) for part in self.number.split("."))

    @property
    def on_paper(self) -> bool:
        """The reader writes an answer, no code."""
        return self.kind in ("predict", "explain")

    @property
    def read(self) -> str:
        """Where the matter is explained."""
        section = self.keys.get("read", "")
        return f"docs/{self.chapter}/README.md" + (f', "{section}"' if section else "")

    def files(self) -> List[str]:
        """The files that the reader may edit."""
        names = [name for name, _ in self.holes] + [block.about for block in self.changes] + self.lists["edit"]
        names += [edit.file for edit in self.mutation_edits()]
        return sorted(set(names)) if self.kind != "predict" else []

    def mutation_edits(self) -> list:
        if "mutation" not in self.keys:
            return []
        return list(catalogue_of_mistakes.find(self.keys["mutation"]).edits)

    # --- States of the tree. Each gives the files that are not the reference's. ---

    def start(self, read: Reader) -> Texts:
        """What `make exercise` puts into the tree (and, for predict, what is booted)."""
        texts: Texts = {}

        def now(name: str) -> str:
            return texts[name] if name in texts else read(name)

        for name, what in self.holes:
            texts[name] = with_body(name, now(name), what, self._hole_body(name, what, now(name)))
            if not name.endswith((".asm", ".inc")):
                texts[name] = with_include(texts[name], self._hole_include())
        for edit in self.mutation_edits():
            texts[edit.file] = with_lines(now(edit.file), edit.before, edit.after)
        apply(self.changes, self, texts, now)
        for name, text in existing(self.lists["edit"], read).items():
            texts.setdefault(name, text)
        return texts

    def _hole_body(self, name: str, what: str, text: str) -> str:
        for section in self.sections:
            if section.title == f"Hole {name}":
                return section.blocks[0].text
        if name.endswith((".asm", ".inc")):
            return f'%include "docs/course/unsolved.inc"\n    NOT_SOLVED "{self.number}" ; your lines go here instead'
        if self.keys.get("hole-is") == "bare":
            return f'    exercise_not_solved("{self.number}"); // your lines go here instead'
        panic = f'kernel::panic("exercise {self.number} is not solved yet");'
        if "constexpr" in declaration(text, piece_of(name, text, what)):  # it must compile where constants are computed, too
            return f"    if !consteval {{ {panic} }} // not while compiling; your lines go here instead"
        return f"    {panic} // your lines go here instead"

    def _hole_include(self) -> str:
        return "../docs/course/unsolved.hpp" if self.keys.get("hole-is") == "bare" else "lib/panic.hpp"

    def reference(self, read: Reader) -> Texts:
        """The reference solution: the tree itself, or the first right solution of what the tree doesn't have."""
        if self.kind == "extend" and not self.changes:
            return self.solution(self.rights[0], read)
        return existing(self.files(), read)

    def solution(self, solution: Solution, read: Reader) -> Texts:
        texts = self.start(read) if solution.base == "start" else existing(self.files(), read)
        apply(solution.blocks, self, texts, lambda name: texts[name] if name in texts else read(name))
        return texts

    # --- Hints ---

    def hint_branch(self, symptom: str) -> str:
        """The name of the branch whose pattern is found in the symptom first; "" if none is."""
        for hint in self.hints:
            if hint.pattern and re.search(hint.pattern, symptom, re.IGNORECASE):
                return hint.name
        return ""

    def hint(self, level: int, branch: str) -> str:
        for name in (branch, ""):
            for hint in self.hints:
                if (hint.level, hint.name) == (level, name):
                    return hint.text
        return ""


def existing(names: List[str], read: Reader) -> Texts:
    """The reference's texts of those of these files that it has: an extension may bring new ones."""
    texts = {}
    for name in names:
        try:
            texts[name] = read(name)
        except FileNotFoundError:
            pass
    return texts


def with_include(text: str, header: str) -> str:
    """`text` with one more #include, behind its own."""
    line = f'#include "{header}"'
    if line in text:
        return text
    place = re.search(r"^#include", text, re.MULTILINE)
    if not place:
        raise SourceError("there is no #include to put another before")
    ours = list(re.finditer(r'^#include ".*\.h(?:pp)?"\n', text, re.MULTILINE))  # a list (.def) may be anywhere
    if ours:
        return text[: ours[-1].end()] + line + "\n" + text[ours[-1].end() :]
    return text[: place.start()] + line + "\n\n" + text[place.start() :]


def apply(blocks: List[Block], exercise: Exercise, texts: Texts, now: Reader) -> None:
    """Applies fenced blocks: `diff FILE`, `file FILE`, and bodies of holes (`cpp [FILE]`, `nasm [FILE]`)."""
    for block in blocks:
        if block.language == "diff":
            old, new = before_and_after(block.text)
            texts[block.about] = with_lines(now(block.about), old, new)
        elif block.language == "file":
            texts[block.about] = block.text
        elif block.language in ("cpp", "nasm", "asm"):
            holes = [hole for hole in exercise.holes if block.about in ("", hole[0])]
            if not holes:
                raise ExerciseError(f"{exercise.file.name}: there is no hole in {block.about or 'this exercise'}")
            name, what = holes[0]
            texts[name] = with_body(name, now(name), what, block.text)
