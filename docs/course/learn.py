"""`make learn`: shows where the reader is, judges at every save, and takes one-letter commands. Plain lines scroll by,
so it works in any terminal, in tmux, and into a file.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Dict, Iterable, List, Optional, Tuple

from . import exercise_file, judged_boot, overview, terminal
from .exercise import Exercise
from .problem import Problem
from .reader import Reader
from .verdict import reflow

KEYS = "h hint  r run  l list  x reset  d debug  s solution  n next  p previous  q quit"
PERIOD = 0.2  # seconds between two looks at the files
SETTLED, GONE = 2, 10  # looks that find the files the same: then a save is complete; a file that is missing does not come back
# Keys that are asked for twice, and what they do; n only while the exercise is unfinished.
TWICE = {
    "x": "starts the exercise over; what you wrote is kept in .course/saved",
    "s": "puts the course's solution in; the exercise then counts as seen, not as passed",
    "n": "leaves this exercise, which comes back at the chapter's end",
}


State = Dict[str, Tuple[int, int]]  # times and sizes of files


def state_of(paths: Iterable[Path]) -> State:
    found = {}
    for path in paths:
        with contextlib.suppress(OSError):  # an editor may have it away for a moment
            state = path.stat()
            found[str(path)] = state.st_mtime_ns, state.st_size
    return found


class Loop:
    def __init__(self, reader: Reader):
        self.reader = reader
        self.color = terminal.colored()
        self.files: State = {}
        self.seen: State = {}  # other than those, and how often in a row
        self.looks = 0
        self.others: State = {}  # files that do not belong to the exercise
        self.others_of, self.names = "", []
        self.asked = ""  # a key that waits to be pressed once more
        self.offered: Optional[Exercise] = None  # the first one of a chapter that is to be read before

    @property
    def exercise(self) -> Optional[Exercise]:
        return exercise_file.find(self.reader.exercises, self.reader.progress.current)

    def tell(self, lines: List[str]) -> None:
        """Prose, broken to the terminal's width."""
        terminal.page(reflow(lines, terminal.width()))

    def start(self, number: str) -> None:
        """Begins with the exercise of that number; without one, where the reader is."""
        progress = self.reader.progress
        if number:
            self.tell(self.reader.start(number))
        elif self.exercise is None or not progress.unfinished(progress.current):
            self.next()
        else:
            self.tell(self.reader.show(self.reader.find()))
        self.ready()

    def ready(self) -> None:
        self.remember()
        self.bar()

    def bar(self) -> None:
        here = self.exercise if not self.offered else None
        where = f"{here.number} {overview.short_title(here)}: " if here else ""
        lines = [f"--- {where}{overview.done_of(self.reader, self.reader.exercises)} ---", *reflow([KEYS], terminal.width())]
        print("\n".join(["", *(f"\033[2m{line}\033[0m" if self.color else line for line in lines)]), flush=True)

    def remember(self) -> None:
        """What is saved from now on is new."""
        self.files, self.others = self.state(), self.state_of_others()

    def next(self) -> None:
        """Goes on in this chapter. A new chapter's text comes first: nothing of its code is taken out by itself."""
        following, current = self.reader.following(), self.exercise
        if following is None:
            self.tell(["", "There are no exercises left."])
        elif current is None or following.chapter != current.chapter:
            self.offered = following
            chapter = current.chapter if current else ""
            self.tell(["", *overview.pointer(self.reader, chapter, following), f"`n` then opens {following.number}."])
        else:
            self.tell(self.reader.start(following.number))

    def state(self) -> State:
        """Of the files that the reader edits."""
        if self.exercise is None or self.offered:
            return {}
        paths = [self.reader.root / name for name in self.exercise.files()]
        return state_of([*paths, self.reader.progress.answer_file(self.exercise.number)])

    def state_of_others(self) -> State:
        if self.exercise is None or self.offered:
            return {}
        if self.others_of != self.exercise.number:
            self.others_of, self.names = self.exercise.number, self.reader.others(self.exercise)
        return state_of(self.reader.root / name for name in self.names)

    def look(self) -> None:
        """Judges when a file of the exercise was saved, and says so when it was another one."""
        now = self.state()
        if now != self.files:
            self.looks = self.looks + 1 if now == self.seen else 1
            self.seen = now
            if self.looks >= (SETTLED if now.keys() >= self.files.keys() else GONE):
                self.asked = ""
                self.judge()
            return
        others = self.state_of_others()
        saved = [path for path, state in others.items() if self.others.get(path) != state]
        if saved:
            names = ", ".join(str(Path(path).relative_to(self.reader.root)) for path in saved[:3])
            number = self.exercise.number
            self.tell(["", f"You have saved {names}. That does not belong to {number}, which is judged without it. "
                       f"{number} is about {self.reader.where(self.exercise)}."])
            self.ready()

    def judge(self) -> None:
        self.remember()  # what is saved meanwhile is judged after this
        verdict = self.reader.check(tell=terminal.tell)
        terminal.tell("")
        lines = ["", *verdict.lines(terminal.width(), self.color)]
        if verdict.passed:
            more = [*overview.after_pass(self.reader, verdict.exercise), "", "Press n for the next one."]
            lines += reflow(more, terminal.width())
        terminal.page(lines)
        self.bar()

    def type(self, text: str) -> bool:
        """Does what was typed; false to quit. A key comes alone, or as often as it was pressed: all else is a word."""
        keys = text.strip()
        if len(set(keys)) > 1 and keys.isprintable():
            self.asked = ""
            self.tell(["", f"`{keys}` is not a key: nothing was done. Type commands in another terminal, or in this one after q."])
            self.ready()
        elif len(set(keys)) == 1:
            return all(self.key(key) for key in keys.lower())
        return True

    def key(self, key: str) -> bool:
        """Does what a key asks for; false to quit."""
        asked, self.asked = self.asked, ""
        if key == "q":
            print("Your place is kept: `make learn` goes on here.")
            return False
        if self.offered and key == "n":
            chosen, self.offered = self.offered, None
            self.tell(self.reader.start(chosen.number))
        elif key == "l":
            chapter = self.offered or self.exercise
            terminal.page(overview.listing(self.reader, chapter.chapter if chapter else ""))
        elif key == "p":
            self.previous()
        elif key == "n" and self.exercise is None:
            self.next()
        elif self.offered or key not in "rhxsnd":
            return True
        elif key in TWICE and key != asked and (key != "n" or self.reader.progress.unfinished(self.exercise.number)):
            self.asked = key
            self.tell(["", f"{key} {TWICE[key]}. Press {key} once more to do it."])
            return True
        elif key == "r":
            self.judge()
            return True
        elif key == "h":
            self.tell(["", *self.reader.hint()])
        elif key == "x":
            self.tell(self.reader.start(self.exercise.number, reset=True))
        elif key == "s":
            self.tell(["", *self.reader.solution()])
        elif key == "n":
            self.reader.skip()
            self.next()
        elif key == "d":
            self.debug()
        self.ready()
        return True

    def previous(self) -> None:
        """The one before this."""
        numbers = [one.number for one in self.reader.exercises]
        here = self.offered or self.exercise
        place = numbers.index(here.number) if here else 0
        if place == 0:
            self.tell(["", "This is the first exercise."])
            return
        self.offered = None
        self.tell(self.reader.start(numbers[place - 1]))

    def debug(self) -> None:
        """gdb on this tree's kernel and the exercise's first program, to stop at the place of the last verdict."""
        where = self.reader.progress.last_verdict(self.exercise.number).get("where", "")
        place = re.search(r"([\w-]+\.(?:cpp|hpp|asm)):(\d+)", where) or re.search(
            r"([\w-]+\.(?:cpp|hpp|asm)):(\d+)", self.reader.where(self.exercise))
        breakpoint_ = ["-ex", f"hbreak {place[1]}:{place[2]}"] if place else []
        print("This is gdb; the machine is stopped at its start. `continue` runs to the place, Ctrl-C stops it, `quit` returns here.",
              flush=True)
        root = self.reader.root
        plan = judged_boot.plan_of(self.exercise)
        if terminal.run_in_front(["make", "--no-print-directory", "build/kernel.elf", plan.first_needs()], cwd=root) != 0:
            return
        with tempfile.TemporaryDirectory(prefix="trapgate-course-") as folder:
            try:
                program = plan.first_program(root, Path(folder))
            except judged_boot.LinkError as error:
                raise Problem(str(error)) from error
            terminal.run_in_front([sys.executable, "-m", "machine.debug", str(program), "--", *breakpoint_], cwd=root,
                                  env={**os.environ, "PYTHONPATH": str(root / "iso")})


def run(reader: Reader, number: str) -> int:
    loop = Loop(reader)
    if not sys.stdin.isatty() and not sys.stdout.isatty():
        loop.start(number)
        if loop.exercise is not None and not loop.offered:
            loop.judge()  # once: there are no keys
        return 0
    with terminal.keys_at_once():
        loop.start(number)
        while True:
            text = terminal.typed(PERIOD)
            try:
                if text is None or not loop.type(text):
                    return 0
                loop.look()
            except Problem as problem:
                loop.tell([str(problem)])
                loop.ready()
