"""Finds and replaces pieces of source text: the body of a C++ function, the lines under a NASM label, an exact text.

No marks are in the kernel's source: an exercise names a file and a function, and the tree itself stays the reference
solution.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Dict, List, Tuple


class SourceError(Exception):
    """The text is not there, or is there more than once."""


@dataclass(frozen=True)
class Piece:
    """Characters begin..end of a file's text."""

    begin: int
    end: int


# What code is not: comments, strings, characters. Numbers first, for the quotation marks in them: 0x1'0000. What is never closed
# goes to the end of its line, or of the file, as the compiler has it. Each pattern for a stranger's text takes time that grows
# with the text, not with its square: nothing is read again from a later place.
NOT_CODE = re.compile(r"(?<![\w$])(?P<number>\.?\d(?:[eEpP][+-]|'\w|[\w.])*)|//[^\n]*|/\*(?:.*?\*/|(?P<comment>.*))|"
                      r'\b(?:u8|[uUL])?R"([^()\\\s"]{0,16})\((?:.*?\)\3"|(?P<raw>.*))|"(?:\\.|[^"\\\n])*(?:"|(?P<string>))|'
                      r"'(?:\\.|[^'\\\n])*(?:'|(?P<character>))", re.DOTALL)
OPEN = {"comment": "/*", "raw": '"', "string": '"', "character": "'"}  # what is never closed stays in the code by this
AFTER_PARAMETERS = re.compile(r"\s*(?:(?:const|noexcept|override|final)\b|->[\w:<>*&\s,]+(?<!\s)(?=\s*\{))")


def _without(found: "re.Match[str]") -> str:
    if found["number"]:
        return found[0].replace("'", "_")
    opening = OPEN.get(found.lastgroup, "")
    return opening + re.sub(r"[^\n]", " ", found[0][len(opening) :])


def blank(text: str) -> str:
    """The same text with comments and strings turned into spaces, and without the quotation marks in numbers: every other
    character keeps its place."""
    return NOT_CODE.sub(_without, text)


@functools.lru_cache(maxsize=8)
def _brackets(code: str) -> Dict[int, int]:
    """The places of all brackets that are closed, and of those that close them."""
    pairs: Dict[int, int] = {}
    for kind in (r"[()]", r"[{}]"):
        opened: List[int] = []
        for found in re.finditer(kind, code):
            if found[0] in "({":
                opened.append(found.start())
            elif opened:
                pairs[opened.pop()] = found.start()
    return pairs


def matching(code: str, place: int) -> int:
    """The place of the bracket that closes the one at `place`."""
    pairs = _brackets(code)
    if place not in pairs:
        raise SourceError(f"the bracket in {code[place:place + 30]!r} is never closed")
    return pairs[place]


def _skip(pattern: str, code: str, place: int) -> int:
    return re.compile(pattern).match(code, place).end()


def _definition_from(code: str, parenthesis: int):
    """The Piece after the parameter list that begins there, or None if that is no definition's."""
    try:
        begin = place = matching(code, parenthesis) + 1
        while AFTER_PARAMETERS.match(code, place):
            begin = place = AFTER_PARAMETERS.match(code, place).end()
        place = _skip(r"\s*", code, place)
        if code[place : place + 1] == ":" and code[place : place + 2] != "::":  # a constructor's initializers
            while True:
                place = _skip(r"[\s:,]*[\w:<>]+\s*", code, place)
                place = _skip(r"\s*", code, matching(code, place) + 1)
                if code[place] != ",":
                    break
        if code[place : place + 1] != "{":
            return None
        return Piece(begin, matching(code, place) + 1)
    except (SourceError, AttributeError, IndexError):
        return None


def _without_old_attempts(code: str) -> str:
    """The same code with what `#if 0` takes out turned into spaces."""
    lines, depth = [], 0  # of conditions, in one that takes out
    for line in code.splitlines(keepends=True):
        words = re.sub(r"^\s*#\s*", "#", line).split()
        word = words[0] if words else ""
        if depth == 0:
            depth = int(words == ["#if", "0"])
        elif word.startswith("#if"):
            depth += 1
        elif word == "#endif" or depth == 1 and word.startswith("#el"):
            depth -= 1
        lines.append(re.sub(r"[^\n]", " ", line) if depth else line)
    return "".join(lines)


def cpp_function(text: str, name: str) -> Piece:
    """The body of the one function of this name, as its definition has it ("Screen::scroll"): all that follows the
    parameter list, a constructor's initializers and the braces included."""
    code = blank(text)
    if "/*" in code:
        raise SourceError("a comment is never closed")
    code = _without_old_attempts(code)
    parameters = [one.end() - 1 for one in re.finditer(rf"(?<![\w:~]){re.escape(name)}\s*\(", code)]
    pieces = {_definition_from(code, place) for place in parameters} - {None}
    if len(pieces) != 1:
        raise SourceError(f"{len(pieces)} functions called {name} are defined")
    return pieces.pop()


NO_INSTRUCTION = re.compile(r"\s*(;.*|global .*|extern .*|section .*|align .*)?$")


def nasm_lines(text: str, label: str, end: str) -> Piece:
    """The lines from behind `label:` to the label `end` or the end of the file ("end of file"). Comments, `global` and
    `section` lines just before the end belong to what follows."""
    start = re.search(rf"^{re.escape(label)}:[^\n]*\n", text, re.MULTILINE)
    if not start:
        raise SourceError(f"there is no label {label!r}")
    last = len(text)
    if end != "end of file":
        found = re.compile(rf"^{re.escape(end)}:", re.MULTILINE).search(text, start.end())
        if not found:
            raise SourceError(f"there is no label {end!r} after {label!r}")
        last = found.start()
    lines = text[start.end() : last].splitlines(keepends=True)
    while lines and NO_INSTRUCTION.match(lines[-1].rstrip("\n")):
        lines.pop()
    return Piece(start.end(), start.end() + sum(map(len, lines)))


def piece_of(file: str, text: str, what: str) -> Piece:
    """`what`: a C++ function, "Screen::scroll()", or "LABEL to LABEL" in NASM."""
    if file.endswith((".asm", ".inc")):
        label, _, end = what.partition(" to ")
        return nasm_lines(text, label.strip(), end.strip() or "end of file")
    return cpp_function(text, what.removesuffix("()"))


def replaced(text: str, piece: Piece, by: str) -> str:
    return text[: piece.begin] + by + text[piece.end :]


def with_body(file: str, text: str, what: str, body: str) -> str:
    """`text` with another body in the function: statements, or (C++) all that follows the parameter list if it begins
    with ':' or '{'."""
    piece = piece_of(file, text, what)
    body = body.strip("\n")
    if file.endswith((".asm", ".inc")):
        return replaced(text, piece, body + "\n")
    if not body.lstrip().startswith((":", "{")):
        body = "{\n" + body + "\n" + closing_indent(text, piece) + "}"
    return replaced(text, piece, " " + body.lstrip())


def declaration(text: str, piece: Piece) -> str:
    """What comes before a function's body: "constexpr bool is_user_range(...)"."""
    code = blank(text)
    return code[max(code.rfind(mark, 0, piece.begin) for mark in ";{}") + 1 : piece.begin]


def closing_indent(text: str, piece: Piece) -> str:
    """How far the line is indented on which the definition begins."""
    begin = text.rfind("\n", 0, text.rfind("(", 0, piece.begin)) + 1
    return re.match(r" *", text[begin:])[0]


def before_and_after(difference: str) -> Tuple[str, str]:
    """The two texts of a difference, whose lines begin with a blank, - or +."""
    lines = difference.splitlines(keepends=True)
    return tuple("".join(line[1:] for line in lines if line[0] in kinds) for kinds in (" -", " +"))


def with_lines(text: str, old: str, new: str) -> str:
    """`text` with other lines in the one place where it has the lines `old`. Both end in a newline, or are empty."""
    count = len(re.findall(f"(?=^{re.escape(old)})", text, re.MULTILINE))
    if count != 1:
        raise SourceError(f"the lines to replace are there {count} times, not once: {old[:60]!r}")
    return ("\n" + text).replace("\n" + old, "\n" + new)[1:]
