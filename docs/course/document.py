"""The course's Markdown files, read as far as their tests need it: headings, links, and fences with what they promise.

A fence's info string says what its lines are:
    cpp file=kernel/cpu/gdt.cpp   a quotation (nasm, c, make, ld, python, text and sh too); `...` stands for lines left out
    cpp example                   our own small example, which is in no file
    console run="make qemu CHAPTER=4"             what the command prints
    console bochs="CHAPTER=4", gdb="CHAPTER=4"    commands behind the debugger's prompt, each with what was printed
    console rewind="iret-rpl-0"                   likewise, in gdb at the end of that mutation's recording
    console shell                                 `$ command` lines, each with what was printed
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Tuple

ROOT = Path(__file__).resolve().parents[2]
PARTS = ["What you will have", "The idea", "The specification", "The code", "Run it", "Step through it", "Exercises",
         "Common traps", "How Linux and xv6 do it", "Further reading"]
QUOTED_LANGUAGES = ("cpp", "nasm", "c", "make", "ld", "python", "text", "sh")
ELISION = "..."
PROMPT = re.compile(r"^(?:<bochs:\d+> ?|\(gdb\) ?|\$ )(.*)$")


@dataclass
class Fence:
    document: Path
    line: int  # of its first line of contents, counted from 1
    language: str
    words: Dict[str, str]  # file, run, bochs, gdb; example and shell stand for themselves
    lines: List[str]

    def __str__(self) -> str:
        return f"{self.document.relative_to(ROOT)}:{self.line - 1}"


def fences(document: Path) -> List[Fence]:
    found: List[Fence] = []
    opening = None
    for number, line in enumerate(document.read_text().splitlines(), 1):
        if opening is None:
            opening = re.match(r"( *)(`{3,}|~{3,})(.*)$", line)
            if opening:
                language, _, rest = opening[3].strip().partition(" ")
                words = {name: value.strip('"') for name, value in re.findall(r'(\w+)(?:=("[^"]*"|\S+))?', rest)}
                found.append(Fence(document, number + 1, language, words, []))
        elif re.match(rf" *{opening[2]} *$", line):
            opening = None
        else:
            found[-1].lines.append(line[len(opening[1]) :] if line.startswith(opening[1]) else line)
    return found


def prose(document: Path) -> str:
    """The text without its fences."""
    return re.sub(r"^( *)(`{3,}|~{3,}).*\n(?:.*\n)*?\1\2 *$", "", document.read_text(), flags=re.MULTILINE)


def headings(document: Path) -> List[Tuple[int, str]]:
    return [(len(marks), text.strip()) for marks, text in re.findall(r"^(#+) (.*)$", prose(document), re.MULTILINE)]


def anchors(document: Path) -> set:
    """What may stand behind a # in a link, as code-hosting sites make it of headings."""
    found = set()
    for _, heading in headings(document):
        name = re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).replace(" ", "-")
        number = 0
        while (unique := f"{name}-{number}" if number else name) in found:
            number += 1
        found.add(unique)
    return found


def around(document: Path, begin: str, end: str) -> Tuple[str, str, str]:
    """A text that a program keeps up to date between two marks: what stands before it and after it, marks included."""
    before, found_begin, rest = document.read_text().partition(begin)
    written, found_end, after = rest.partition(end)
    assert found_begin and found_end, f"{document} has no place for it: {begin}"
    return before + begin, written, end + after


def links(document: Path) -> List[str]:
    text = re.sub(r"(`+)(?:(?!\1).|\n)*?\1", "", prose(document))
    return re.findall(r"\]\(\s*([^)\s]+)[^)]*\)", text) + re.findall(r"^\[[^\]]+\]: (\S+)", text, re.MULTILINE)


def pieces(lines: List[str]) -> List[List[str]]:
    """The runs of lines between the elisions."""
    found: List[List[str]] = [[]]
    for line in lines:
        if line.strip() == ELISION:
            found.append([])
        else:
            found[-1].append(line.rstrip())
    return found


def _outdented(lines: List[str]) -> List[str]:
    """Without the indentation that all lines share."""
    indents = [len(line) - len(line.lstrip()) for line in lines if line]
    return [line[min(indents, default=0) :] for line in lines]


def missing_quotation(lines: List[str], source: List[str]) -> List[str]:
    """The first run of `lines` that does not stand in `source`, in order; empty if all do."""
    position = 0
    source = [line.rstrip() for line in source]
    for piece in pieces(lines):
        while piece and not piece[0]:
            piece = piece[1:]
        while piece and not piece[-1]:
            piece = piece[:-1]
        if not piece:
            continue
        wanted = _outdented(piece)
        for start in range(position, len(source) - len(piece) + 1):
            if _outdented(source[start : start + len(piece)]) == wanted:
                position = start + len(piece)
                break
        else:
            return piece
    return []


def dialogue(fence: Fence) -> List[Tuple[str, str, List[str]]]:
    """(the line as it stands, the command, the lines that it printed) for each command of a session."""
    found: List[Tuple[str, str, List[str]]] = []
    for line in fence.lines:
        prompt = PROMPT.match(line)
        if prompt:
            found.append((line, prompt[1], []))
        elif found:
            found[-1][2].append(line)
        elif line.strip():
            raise ValueError(f"{fence}: the session begins with {line!r} and not with a command")
    return found
