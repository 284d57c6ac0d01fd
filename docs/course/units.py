"""Runs one file of unit tests, and says which check failed first."""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path
from typing import Optional

from . import death
from .exercise import Exercise
from .verdict import NOT_YET, Verdict

LIMIT = 60  # seconds; they take one
WORK = 5  # seconds of the processor's time: what runs in circles is stopped here


def run(exercise: Exercise, tree: Path, name: str, work: int = WORK, environment: Optional[dict] = None) -> Optional[Verdict]:
    """None if all tests of tests/unit/NAME_test.cpp, built already, pass."""
    try:
        # --abort: the first failure is the one that is told, and what follows from it may run in circles.
        done = subprocess.run(["sh", "-c", f'ulimit -St {work}; exec "$0" --abort', tree / f"build/unit/{name}"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=LIMIT, cwd=tree, env=environment)
    except subprocess.TimeoutExpired:
        return unit_failure(exercise, f"the unit tests did not end within {LIMIT} seconds")
    if done.returncode == -signal.SIGXCPU:
        return unit_failure(exercise, f"the unit tests did not end within {work} seconds")
    text = done.stdout.decode(errors="replace")
    if done.returncode == 0 and re.search(r"^All tests passed \(\d+ assertion", text, re.MULTILINE):
        return None
    return unit_failure(exercise, text)


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
