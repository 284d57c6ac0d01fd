"""Runs one file of unit tests, and says which check failed first."""

from __future__ import annotations

import random
import re
import signal
from pathlib import Path
from typing import Optional

from . import death, sandbox
from .exercise import Exercise
from .verdict import NOT_YET, Verdict

LIMIT = 60  # seconds; they take one
WORK = 5  # seconds of the processor's time: what runs in circles is stopped here


def run(exercise: Exercise, tree: Path, name: str, work: int = WORK, environment: Optional[dict] = None) -> Optional[Verdict]:
    """None if all tests of tests/unit/NAME_test.cpp, built already, pass."""
    number = random.getrandbits(48)
    # --abort: the first failure is the one that is told, and what follows from it may run in circles.
    words = ["env", "TRAPGATE_WITNESS=1", "sh", "-c", f'ulimit -St {work}; exec "$0" --abort', f"build/unit/{name}"]
    try:
        done = sandbox.run(words, tree, LIMIT, environment=environment, input=f"{number}\n".encode(), memory=0, file=0)
    except sandbox.Exceeded as exceeded:
        return unit_failure(exercise, f"the unit tests {exceeded}")
    if done.returncode == -signal.SIGXCPU:
        return unit_failure(exercise, f"the unit tests did not end within {work} seconds")
    if done.returncode == 0 and f"witness {number}" in done.stdout.splitlines():
        return None
    if done.returncode == 0 or re.search(r"^All tests passed", done.stdout, re.MULTILINE):
        return unit_failure(exercise, "the unit tests were left before their end, whatever was printed: "
                            "a pass is what the test program itself reports, with a number drawn for this run")
    return unit_failure(exercise, done.stdout)


def unit_failure(exercise: Exercise, text: str) -> Verdict:
    """Says the first failing check of a Catch2 or sanitizer report."""
    case = re.search(r"^-{20,}\n(.+?)\n-{20,}", text, re.MULTILINE | re.DOTALL)
    place = re.search(r"^(\S+:\d+): FAILED:", text, re.MULTILINE)
    sanitizer = re.search(r"(ERROR: AddressSanitizer: [\w-]+|runtime error: .*)", text)
    check = re.search(r"FAILED:\n\s+(?P<what>.*)\n(?:with expansion:\n\s+(?P<values>.*)\n)?"
                      r"(?:due to unexpected exception with message:\n\s+(?P<thrown>.*)\n)?", text)
    name = case[1].strip() if case else "the unit tests"
    if sanitizer:
        happened = sanitizer[1]
    elif check and check["thrown"]:
        outside = "Unknown expression" in check["what"]  # of any check
        happened = f"an exception: {check['thrown']}" if outside else f"{check['what']}   which threw   {check['thrown']}"
    elif check:
        happened = check["what"] + (f"   that is   {check['values']}" if check["values"] else "")
    else:
        happened = (text.strip().splitlines() or ["they ended without a word"])[-1]
    unsolved = re.search(r"exercise ([\d.]+) is not solved yet", text)
    if unsolved:
        return Verdict(exercise.number, NOT_YET,
                       f"{unsolved[0]}: the unit tests came to the place where your lines go",
                       symptom=f"unsolved {unsolved[1]}")
    sentence, symptom = f"a unit test fails: {name}", f"unit: {name}: {happened}"
    return Verdict(exercise.number, NOT_YET, sentence, symptom=symptom, expected=name, happened=happened,
                   where=place[1] if place else "",
                   log=death.last_lines(text, 14))
