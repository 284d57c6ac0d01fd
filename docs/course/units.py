"""Runs one file of unit tests, and says which check failed first."""

from __future__ import annotations

import random
import re
import signal
from itertools import zip_longest
from pathlib import Path
from subprocess import CompletedProcess
from typing import List, Optional, Sequence, Tuple

from . import death, sandbox
from .exercise import Exercise
from .verdict import NOT_YET, Verdict

LIMIT = 60  # seconds; they take one
FAILS = "a unit test fails: "  # and the name of its case
FEW = 0.95  # of the usual checks
WORK = 5  # seconds of the processor's time: what runs in circles is stopped here


def run(exercise: Exercise, tree: Path, name: str, work: int = WORK, environment: Optional[dict] = None,
        usual: Sequence[int] = ()) -> Optional[Verdict]:
    """None if all tests of tests/unit/NAME_test.cpp, built already, pass. usual: how many checks each case makes. A few less of
    many are all right: how long some loops are depends on the function."""
    try:
        done, checks = _done(tree, name, work, environment)
    except sandbox.Exceeded as exceeded:
        return unit_failure(exercise, f"the unit tests {exceeded}")
    if done.returncode == -signal.SIGXCPU:
        return unit_failure(exercise, f"the unit tests did not end within {work} seconds")
    if checks and all(found >= FEW * wanted for found, wanted in zip_longest(checks, usual or checks, fillvalue=0)):
        return None
    if checks:
        return unit_failure(exercise, f"the unit tests made {sum(checks)} checks, and {sum(usual)} of the course's own solution: "
                            "a test that is left before its end has not passed")
    if done.returncode == 0 or re.search(r"^All tests passed", done.stdout, re.MULTILINE):
        return unit_failure(exercise, "the unit tests were left before their end, whatever was printed: "
                            "a pass is what the test program itself reports, with a number drawn for this run")
    return unit_failure(exercise, done.stdout)


def checks_of(tree: Path, name: str) -> List[int]:
    """How many checks each case makes of the tests that are built there; none if they don't pass."""
    try:
        return _done(tree, name, LIMIT, None)[1]
    except sandbox.Exceeded:
        return []


def _done(tree: Path, name: str, work: int, environment: Optional[dict]) -> Tuple[CompletedProcess, List[int]]:
    """A run, and how many checks have passed in each case, if all have."""
    number = random.getrandbits(48)
    # --abort: the first failure is the one that is told, and what follows from it may run in circles.
    words = ["env", "TRAPGATE_WITNESS=1", "sh", "-c", f'ulimit -St {work}; exec "$0" --abort', f"build/unit/{name}"]
    done = sandbox.run(words, tree, LIMIT, environment=environment, input=f"{number}\n".encode(), memory=0, file=0)
    said = re.search(rf"^witness {number}((?: \d+)+)$", done.stdout, re.MULTILINE)
    return done, [int(checks) for checks in said[1].split()] if said and done.returncode == 0 else []


def unit_failure(exercise: Exercise, text: str) -> Verdict:
    """Says the first failing check of a Catch2 or sanitizer report."""
    case = re.search(r"^-{20,}\n(.+?)\n-{20,}", text, re.MULTILINE | re.DOTALL)
    place = re.search(r"^(\S+:\d+): FAILED:", text, re.MULTILINE)
    sanitizer = re.search(r"(ERROR: AddressSanitizer: [\w-]+|runtime error: .*)", text)
    check = re.search(r"FAILED:\n\s+(?P<what>.*)\n(?:with expansion:\n\s+(?P<values>.*)\n)?"
                      r"(?:due to unexpected exception with message:\n\s+(?P<thrown>.*)\n)?", text)
    name = case[1].strip() if case else "the unit tests"
    unsolved = re.search(r"exercise ([\d.]+) is not solved yet", text)
    if unsolved:
        return Verdict(exercise.number, NOT_YET,
                       f"{unsolved[0]}: the unit tests came to the place where your lines go",
                       symptom=f"unsolved {unsolved[1]}")
    expected, where = "", place[1] if place else ""
    if sanitizer:
        seen = sanitizer[1]
        happened, own = finding(text, exercise.files())
        where = own or where
    elif check and check["thrown"]:
        outside = "Unknown expression" in check["what"]  # of any check
        seen = happened = (f"an exception: {check['thrown']}" if outside
                           else f"{check['what']}   which threw   {check['thrown']}")
    elif check:
        seen = check["what"] + (f"   that is   {check['values']}" if check["values"] else "")
        expanded = re.search(r"with expansion:\n((?:  .*\n)+)", text)
        expected, happened = difference(check["what"], expanded[1] if expanded else "")
    else:
        seen = happened = (text.strip().splitlines() or ["they ended without a word"])[-1]
    log = [] if check and not sanitizer else [line for line in text.splitlines() if not DECORATION.match(line)]
    return Verdict(exercise.number, NOT_YET, f"{FAILS}{name}", symptom=f"unit: {name}: {seen}",
                   expected=expected, happened=happened, where=where, log=death.last_lines("\n".join(log), 14) if not sanitizer else [])


# Of a sanitizer's report: a call, and the place of it.
FRAME = re.compile(r"^ +#\d+ 0x[0-9a-f]+ in (?P<function>.+?) (?P<file>\S+?):(?P<line>\d+)(?::\d+)?$", re.MULTILINE)
DECORATION = re.compile(r"[-=.~]{5,}$|.* is a Catch2? v|Run with -\? for options|=+\d+=+ABORTING| *Shadow|  0x|=>0x")


def finding(text: str, files: List[str]) -> Tuple[str, str]:
    """A sanitizer's first sentence, and the first place in a file of the reader's."""
    report = text[re.search(r"ERROR: AddressSanitizer|runtime error", text).start() :]
    kind = re.match(r"ERROR: AddressSanitizer: ([\w-]+)", report)
    access = re.search(r"^(READ|WRITE) of size (\d+)", report, re.MULTILINE)
    sentence = kind[1] if kind else report.splitlines()[0].removeprefix("runtime error: ")
    if kind and access:
        sentence += f": a {access[1].lower()} of {access[2]} byte{'s' * (access[2] != '1')}"
    undefined = re.search(r"^(\S+?):(\d+):\d+: runtime error", text, re.MULTILINE)  # which names its place at once
    places = [(undefined[1], undefined[2])] if undefined else []
    places += [(frame["file"], frame["line"]) for frame in FRAME.finditer(report)]
    own = next((f"{name}:{line}" for file, line in places for name in files if file.endswith(name)), "")
    return sentence, own


def difference(what: str, values: str) -> Tuple[str, str]:
    """Expected and found, of a check that says `what` and of the values in it."""
    plain = re.fullmatch(r"(?:REQUIRE|CHECK)\( (.*) \)", what)
    what = plain[1] if plain else what
    sides = re.split(r"\s==\s", values.strip())
    if len(sides) != 2 or " == " not in what:
        return what, f"it is not so: {' '.join(values.split())[:200]}" if values else "it is not so"
    lists = [ELEMENT.findall(side) for side in sides]
    if all(side.strip().startswith("{") for side in sides) and lists[0] != lists[1]:
        return first_difference(*lists)
    found, expected = (shown(side) for side in sides)
    return f"{what.split(' == ')[0]} is {expected}", f"found {found}{bits_between(*sides)}"


ELEMENT = re.compile(r"'(?:\\.[0-9a-f]*|[^'])'|[^,{}\s]+")  # of a list


def first_difference(found: List[str], expected: List[str]) -> Tuple[str, str]:
    """Of two lists: where they begin to differ."""
    if len(found) != len(expected):
        return f"{len(expected)} elements", f"found {len(found)}"
    place = next(index for index, pair in enumerate(zip(found, expected)) if pair[0] != pair[1])
    here, there = (shown(one, characters=True) for one in (found[place], expected[place]))
    return f"element {place} is {there}", f"found {here}, the first of {sum(a != b for a, b in zip(found, expected))} that differ"


def value_of(text: str) -> Optional[int]:
    """Of a number, or a character, as Catch2 prints it."""
    found = re.fullmatch(r"(-?\d+)(?: \(0x[0-9a-f]+\))?|'\\x([0-9a-f]{2})'", text.strip())
    return None if not found else int(found[1]) if found[1] else int(found[2], 16)


def shown(text: str, characters: bool = False) -> str:
    """Numbers as hexadecimal ones: that is how bits are read; characters, too, where bytes are meant."""
    value = value_of(text)
    if value is None and characters:
        value = ord(text[1:-1].encode().decode("unicode_escape")) if re.fullmatch(r"'(\\.|[^\\])'", text) else None
    if value is None:
        return text.strip()
    return f"{value:#x}" if value > 9 else str(value)


def bits_between(found: str, expected: str) -> str:
    """In which bits two numbers differ, if in few."""
    values = value_of(found), value_of(expected)
    if None in values or min(values) < 0 or max(values) < 16:
        return ""
    differing = [bit for bit in range(64) if (values[0] ^ values[1]) >> bit & 1]
    return f" (they differ in bit{'s' * (len(differing) != 1)} {', '.join(map(str, differing))})" if len(differing) <= 4 else ""
