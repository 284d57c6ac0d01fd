"""The commands behind `make exercise`, `make check` and the others."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Callable, Dict, List

from . import own_files
from .exercise import ExerciseError
from .own_files import Problem
from .reader import Reader
from .source import SourceError
from .tree import TreeError
from .verdict import CANNOT_JUDGE, PASS, reflow

STATUS = {PASS: 0, CANNOT_JUDGE: 2}  # of `check`; anything else is 1


def colored() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def width() -> int:
    return min(shutil.get_terminal_size((80, 24)).columns, 100) - 1


def take_option(words: List[str], name: str) -> str:
    """Removes `--name value` from the words and returns the value."""
    if name not in words:
        return ""
    place = words.index(name)
    value = words[place + 1] if place + 1 < len(words) else ""
    del words[place : place + 2]
    return value


def take_flag(words: List[str], name: str) -> bool:
    found = name in words
    words[:] = [word for word in words if word != name]
    return found


# --- What readers call ---

def exercises(root: Path, words: List[str]) -> int:
    reader = Reader(root)
    for line in listing(reader):
        print(line)
    return 0


def listing(reader: Reader) -> List[str]:
    lines, chapter = [], ""
    passed = sum(1 for one in reader.exercises if reader.progress.passed(one.number))
    for one in reader.exercises:
        if one.chapter != chapter:
            chapter = one.chapter
            lines += ["", f"Chapter {int(chapter[:2])}, {chapter[3:].replace('-', ' ')}"]
        mark = "x" if reader.progress.passed(one.number) else ">" if reader.progress.current == one.number else " "
        notes = [f"{reader.progress.get(one.number, key)} {key}" for key in ("tries", "hints")
                 if reader.progress.get(one.number, key)]
        lines.append(f" [{mark}] {one.number:<6}{one.kind:<9}{one.title[:44]:<45}{', '.join(notes)}".rstrip())
    lines += ["", f"{passed} of {len(reader.exercises)} passed."]
    return lines + ["`make exercise N=...` starts one, `make learn` goes on where you are."]


def exercise(root: Path, words: List[str]) -> int:
    reset = take_flag(words, "--reset")
    if not words:
        raise Problem("which one? make exercise N=4.1")
    print("\n".join(reflow(Reader(root).start(words[0], reset), width())))
    return 0


def check(root: Path, words: List[str]) -> int:
    as_json = take_flag(words, "--json")
    answer = take_option(words, "--answer")
    reader = Reader(root)
    tell: Callable[[str], None] = lambda text: None  # noqa: E731
    if sys.stdout.isatty() and not as_json:
        tell = lambda text: print(f"\r{text} ...".ljust(width()), end="\r", flush=True)  # noqa: E731
    if not words and not reader.progress.current and not reader.has_solution:  # in a handout all holes are open
        following = reader.following()
        reader.progress.current = following.number if following else ""
    verdict = reader.check(words[0] if words else "", answer, tell)
    if as_json:
        print(json.dumps(verdict.as_json(), indent=1))
    else:
        print("\n".join(verdict.lines(width(), colored())))
        if verdict.passed:
            print("\n".join(reflow(after_pass(reader, verdict.exercise), width())))
    return STATUS.get(verdict.verdict, 1)


def after_pass(reader: Reader, number: str) -> List[str]:
    one = reader.find(number)
    lines = ["", "The model answer:", ""] + one.answer.splitlines() if one.answer else []
    following = reader.following()
    return lines + ["", f"Next: make exercise N={following.number} ({following.title})" if following
                    else "That was the last one."]


def hint(root: Path, words: List[str]) -> int:
    print("\n".join(reflow(Reader(root).hint(words[0] if words else ""), width())))
    return 0


def solution(root: Path, words: List[str]) -> int:
    print("\n".join(reflow(Reader(root).solution(words[0] if words else ""), width())))
    return 0


def reference(root: Path, words: List[str]) -> int:
    from . import own_files

    own_files.take(root, Reader(root).reference)
    print("The course's own files are those of the last commit now.")
    return 0


def learn(root: Path, words: List[str]) -> int:
    from . import learn as loop

    return loop.run(Reader(root), width, colored())


def boot(root: Path, words: List[str]) -> int:
    """boot EMULATOR|debug N [OPTIONS]: in a handout, a chapter with the course's own kernel. What is open there is not asked for."""
    emulator, chapter, *options = words
    copy = Reader(root).reference.folder
    print(f"-- chapter {chapter} with the course's own version of every function that is open here", flush=True)
    command = ["machine.debug"] if emulator == "debug" else ["machine.run", emulator]
    return subprocess.run([sys.executable, "-m", *command, "--chapter", chapter, *options],
                          env={**os.environ, "PYTHONPATH": str(copy / "iso")}).returncode


# --- What authors and teachers call ---

def prove(root: Path, words: List[str]) -> int:
    from . import authors

    return authors.prove_command(root, words)


def bench(root: Path, words: List[str]) -> int:
    from . import authors

    return authors.bench_command(root, words)


def handout(root: Path, words: List[str]) -> int:
    from . import handout as handouts

    return handouts.handout_command(root, words)


def grade(root: Path, words: List[str]) -> int:
    from . import teachers

    return teachers.grade_command(root, words)


def report(root: Path, words: List[str]) -> int:
    from . import teachers

    return teachers.report_command(root, words)


def summary(root: Path, words: List[str]) -> int:
    from . import teachers

    return teachers.summary_command(root, words)


FOR_READERS = (exercises, exercise, check, hint, solution, reference, learn, boot)
FOR_AUTHORS = (prove, bench, handout, grade, report, summary)
NEED_COMPILED = ("check", "learn", "boot", "report")  # the course's own kernel
COMMANDS: Dict[str, Callable[[Path, List[str]], int]] = {one.__name__: one for one in (*FOR_READERS, *FOR_AUTHORS)}


def main(root: Path, words: List[str]) -> int:
    if not words or words[0] not in COMMANDS:
        print(f"usage: main.py {' | '.join(COMMANDS)}")
        return 2
    try:
        with own_files.compiled(root) if words[0] in NEED_COMPILED else contextlib.nullcontext():
            return COMMANDS[words[0]](root, words[1:])
    except (Problem, ExerciseError, SourceError, TreeError) as problem:
        print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `make exercises | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
