"""What a judgement says: pass, not yet (the reader's), cannot judge (ours), and how it is shown."""

from __future__ import annotations

import re
import textwrap
from dataclasses import asdict, dataclass, field
from typing import List

ITEM = re.compile(r"- |\d+\. ")  # of a list
PASS, NOT_YET, CANNOT_JUDGE = "pass", "not yet", "cannot judge"


class CannotJudge(Exception):
    """It is not the reader's: the sentence says whose."""


@dataclass
class Stage:
    """One step of a judgement: build, unit tests, or a boot."""

    name: str
    seconds: float
    passed: bool


@dataclass
class Verdict:
    exercise: str
    verdict: str
    sentence: str  # one sentence that says it all
    symptom: str = ""  # short words: hints are chosen by it
    expected: str = ""
    happened: str = ""
    where: str = ""
    log: List[str] = field(default_factory=list)  # the last lines
    read: str = ""
    stages: List[Stage] = field(default_factory=list)
    seconds: float = 0.0
    hint: str = ""  # the branch of the hints
    notes: List[str] = field(default_factory=list)  # what is to be known besides

    @property
    def passed(self) -> bool:
        return self.verdict == PASS

    def as_json(self) -> dict:
        return asdict(self)

    def lines(self, width: int = 79, color: bool = False) -> List[str]:
        """The sentence first, then the evidence, then where to read."""
        def paint(code: str, text: str) -> str:
            return f"\033[{code}m{text}\033[0m" if color else text

        code = {PASS: "32", NOT_YET: "33", CANNOT_JUDGE: "35"}[self.verdict]
        head = textwrap.wrap(f"{self.exercise} {self.verdict}: {printable(self.sentence)}", width)
        lines = [paint(code, line) for line in head]
        for name in ("expected", "happened", "where"):
            text = getattr(self, name)
            if text and text not in self.sentence:  # no need to say it twice
                lines += _paragraph(name, text, width)
        if self.log:
            lines += ["  last lines:"]
            for line in self.log:
                lines += _whole(printable(line), width)
        for note in self.notes:
            lines += _paragraph("note", note, width)
        if self.read and not self.passed:
            lines += _paragraph("read", self.read, width)
        if self.stages:
            done = ", ".join(f"{stage.name} {stage.seconds:.1f} s{'' if stage.passed else ' (failed)'}"
                             for stage in self.stages)
            lines += textwrap.wrap(f"  {done}; {self.seconds:.1f} s in all", width, subsequent_indent="  ")
        return lines


def printable(line: str) -> str:
    """Without what a terminal would obey: a kernel that goes wrong may print anything."""
    return "".join(character if character.isprintable() else "." for character in line)


def reflow(lines: List[str], width: int) -> List[str]:
    """Prose in Markdown, its paragraphs and list items broken anew; code and tables stay as they are."""
    done: List[str] = []
    paragraph: List[str] = []
    fenced = False

    def end_paragraph() -> None:
        if paragraph:
            item = ITEM.match(paragraph[0])
            indent = " " * len(item[0]) if item else ""
            done.extend(textwrap.wrap(" ".join(paragraph), width, subsequent_indent=indent, break_on_hyphens=False))
            paragraph.clear()

    for line in lines:
        if line.startswith("```"):
            end_paragraph()
            fenced = not fenced
        elif fenced or not line.strip() or line.startswith(("    ", "|", "#", "@@", "+", "---", "\033")):
            end_paragraph()
            done.append(line)
        else:
            if ITEM.match(line):
                end_paragraph()
            paragraph.append(line.strip())
    end_paragraph()
    return done


def _whole(line: str, width: int) -> List[str]:
    """A line of a log, broken only where it does not fit, and not in a word."""
    return textwrap.wrap(line, width, initial_indent="    ", subsequent_indent="        ", drop_whitespace=False,
                         break_long_words=False, break_on_hyphens=False) or [""]


def _paragraph(name: str, text: str, width: int) -> List[str]:
    first, *rest = (printable(line) for line in text.splitlines())
    lines = textwrap.wrap(first, width, initial_indent=f"  {name + ':':<10}", subsequent_indent=" " * 12)
    for line in rest:
        lines += textwrap.wrap(line, width, initial_indent=" " * 12, subsequent_indent=" " * 14) or [""]
    return lines
