"""What a reader is told of the whole course: the list of exercises, and where to go on."""

from __future__ import annotations

import textwrap
from itertools import groupby
from typing import List

from machine.chapters import Chapter

from . import terminal
from .document import ROOT
from .exercise import Exercise
from .mine import count, name_of
from .reader import Reader

TITLE = 44  # characters
CALLED = {"tries": ("try", "tries"), "hints": ("hint", "hints")}


def counted(count: int, key: str) -> str:
    return f"{count} {CALLED[key][count != 1]}"


def chapter_name(chapter: str) -> str:
    """Number and title: "2, Getting to C++"."""
    found = Chapter(ROOT / "docs" / chapter)
    return f"{found.number}, {found.title}"


def done_of(reader: Reader, exercises: List[Exercise]) -> str:
    """"3 of 5 passed, 1 seen"."""
    passed = sum(reader.progress.passed(one.number) for one in exercises)
    seen = sum(reader.progress.seen(one.number) for one in exercises)
    return f"{passed} of {len(exercises)} passed" + (f", {seen} seen" if seen else "")


def short_title(one: Exercise) -> str:
    return textwrap.shorten(one.title, TITLE, placeholder=" ...")


def line_of(reader: Reader, one: Exercise) -> str:
    progress = reader.progress
    mark = "x" if progress.passed(one.number) else "s" if progress.seen(one.number) else " "
    if progress.current == one.number and mark == " ":
        mark = ">"
    notes = [counted(progress.count(one.number, key), key) for key in CALLED if progress.count(one.number, key)]
    return f" [{mark}] {one.number:<6}{one.kind:<9}{short_title(one):<{TITLE + 1}}{', '.join(notes)}".rstrip()


def listing(reader: Reader, only: str = "") -> List[str]:
    """All exercises; with `only` those of that chapter, and of each other chapter how far one is."""
    lines: List[str] = []
    for chapter, group in groupby(reader.exercises, key=lambda one: one.chapter):
        exercises = list(group)
        if only and chapter != only:
            lines.append(f"Chapter {chapter_name(chapter):<32}{done_of(reader, exercises)}")
            continue
        lines += ["", f"Chapter {chapter_name(chapter)}", *(line_of(reader, one) for one in exercises)]
        lines += [""] if only else []
    return lines + ["", f"{done_of(reader, reader.exercises)} ([x] passed, [s] the solution was seen)"]


def functions(reader: Reader) -> List[str]:
    """Which functions of the kernel are the reader's own."""
    known = count(reader.mine)
    lines = [f"{known['yours']} of {known['all']} functions are yours" + (":" if known["yours"] else ".")]
    for one in reader.mine.kept():
        lines += ["", f"- {one.number} " + ", ".join(f"`{name_of(what)}` in {name}" for name, what in one.holes)]
    seen = [one.number for one in reader.mine.exercises if reader.progress.seen(one.number)]
    if seen:
        lines += ["", f"The course's, because the solution was put in: {', '.join(seen)}."]
    if not known["yours"]:
        lines += ["", "Each function that passes its exercise is kept, and is in this kernel from then on."]
    return lines


def pointer(reader: Reader, chapter: str, one: Exercise) -> List[str]:
    """Where a chapter ends ("": where the course begins): the next one is to be read first."""
    lines = []
    if chapter:
        of_it = [each for each in reader.exercises if each.chapter == chapter]
        left = [each.number for each in of_it if not reader.progress.done(each.number)]
        lines += [f"Chapter {int(chapter[:2])} ends here: {done_of(reader, of_it)}"
                  + (f"; left out: {', '.join(left)}." if left else "."), ""]
    return lines + [f"Next is chapter {chapter_name(one.chapter)}. Read docs/{one.chapter}/README.md first: the exercises "
                    "come after it."]


def after_pass(reader: Reader, number: str) -> List[str]:
    one = reader.find(number)
    title = "The model answer:" if one.kind == "explain" else "Why it is right:"
    lines = ["", title, ""] + one.answer.splitlines() if one.answer else []
    if reader.has_solution:
        lines += reader.both(one, terminal.width())
    if reader.progress.seen(number):
        lines += ["", f"The solution was put in before, so {number} counts as seen, not as passed. To write it yourself: "
                  f"`make exercise N={number} RESET=1`."]
    return lines


def next_step(reader: Reader, number: str) -> List[str]:
    following, chapter = reader.following(number), reader.find(number).chapter
    if following is None:
        return ["", "That was the last one."]
    lines = pointer(reader, chapter, following) if following.chapter != chapter else []
    return ["", *lines, f"Next: make exercise N={following.number} ({following.title})"]
