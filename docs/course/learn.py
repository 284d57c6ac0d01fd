"""`make learn`: shows where the reader is, judges at every save, and takes one-letter commands. Plain lines scroll by,
so it works in any terminal, in tmux, and into a file.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import subprocess
import sys
from pathlib import Path
from typing import Callable, Dict, List, Optional, Tuple

from .exercise import Exercise
from .own_files import Problem
from .reader import Reader
from .verdict import reflow

KEYS = "h hint  r run  l list  x reset  d debugger  s solution  n next  q quit"
PERIOD = 0.2  # seconds between two looks at the files


@contextlib.contextmanager
def keys_at_once():
    """Keys come without Enter, on a terminal; Ctrl-C still works."""
    if not sys.stdin.isatty():
        yield
        return
    import termios
    import tty

    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def pressed(seconds: float) -> Optional[str]:
    """The key pressed within that time; None if there was none; "q" at the end of the input."""
    ready, _, _ = select.select([sys.stdin], [], [], seconds)
    if not ready:
        return None
    data = os.read(sys.stdin.fileno(), 1)
    return data.decode(errors="replace").lower() if data else "q"


class Loop:
    def __init__(self, reader: Reader, width: Callable[[], int], color: bool):
        self.reader, self.width, self.color = reader, width, color
        self.files: Dict[str, Tuple[int, int]] = {}

    @property
    def exercise(self) -> Optional[Exercise]:
        return self.reader.find() if self.reader.progress.current else None

    def say(self, lines: List[str]) -> None:
        print("\n".join(lines), flush=True)

    def tell(self, lines: List[str]) -> None:
        """Prose, broken to the terminal's width."""
        self.say(reflow(lines, self.width()))

    def start(self) -> None:
        """Shows the current exercise, or starts the first that is not passed."""
        progress = self.reader.progress
        if not progress.current or progress.passed(progress.current):
            self.next()
        else:
            self.tell(self.reader.show(self.reader.find()))
        self.bar()

    def bar(self) -> None:
        if self.exercise is None:
            return
        passed = sum(1 for one in self.reader.exercises if self.reader.progress.passed(one.number))
        lines = [f"--- {self.exercise.number}, {passed} of {len(self.reader.exercises)} passed ---", KEYS]
        self.say(["", *(f"\033[2m{line}\033[0m" if self.color else line for line in lines)])
        self.files = self.state()

    def next(self) -> None:
        following = self.reader.following()
        if following is None:
            self.say(["All exercises are passed."])
        else:
            self.tell(self.reader.start(following.number))

    def state(self) -> Dict[str, Tuple[int, int]]:
        """Times and sizes of the files that the reader edits."""
        if self.exercise is None:
            return {}
        paths = [self.reader.root / name for name in self.exercise.files()]
        paths += [self.reader.progress.answer_file(self.exercise.number)]
        return {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in paths if path.is_file()}

    def judge(self) -> None:
        from .commands import after_pass

        def tell(text: str) -> None:
            if sys.stdout.isatty():
                print(f"\r{text} ...".ljust(self.width()), end="\r", flush=True)

        verdict = self.reader.check(tell=tell)
        self.say(["", *verdict.lines(self.width(), self.color)])
        if verdict.passed:
            self.tell(after_pass(self.reader, verdict.exercise)[:-1] + ["Press n for the next one."])
        self.bar()

    def key(self, key: str) -> bool:
        """Does what a key asks for; false to quit."""
        from .commands import listing

        if key == "q":
            self.say(["Your place is kept: `make learn` goes on here."])
            return False
        if key == "r":
            self.judge()
            return True
        if key == "h":
            self.tell(["", *self.reader.hint()])
        elif key == "l":
            self.say(listing(self.reader))
        elif key == "x":
            self.tell(self.reader.start(self.exercise.number, reset=True))
        elif key == "s":
            self.tell(["", *self.reader.solution()])
        elif key == "n":
            self.next()
        elif key == "d":
            self.debug()
        else:
            return True
        self.bar()
        return True

    def debug(self) -> None:
        """gdb on this tree's kernel and the exercise's first program, to stop at the place of the last verdict."""
        where = self.reader.progress.last_verdict(self.exercise.number).get("where", "")
        place = re.search(r"([\w-]+\.(?:cpp|hpp|asm)):(\d+)", where) or re.search(
            r"([\w-]+\.(?:cpp|hpp|asm)):(\d+)", self.reader.where(self.exercise))
        breakpoint_ = ["-ex", f"hbreak {place[1]}:{place[2]}"] if place else []
        programs = [line.split()[0] for line in self.exercise.lists["program"] if "/" in line or ".bin" in line]
        names = [Path("build/programs", name) for name in programs[:1] or ["hello.bin"]]
        self.say(["gdb, with the machine stopped at its start: `continue` runs to the place, `quit` comes back here."])
        root = self.reader.root
        if subprocess.run(["make", "--no-print-directory", "all"], cwd=root).returncode == 0:
            subprocess.run([sys.executable, "-m", "machine.debug", *names, "--", *breakpoint_], cwd=root,
                           env={**os.environ, "PYTHONPATH": str(root / "iso")})


def run(reader: Reader, width: Callable[[], int], color: bool) -> int:
    loop = Loop(reader, width, color)
    loop.start()
    if not sys.stdin.isatty() and not sys.stdout.isatty():
        loop.judge()  # once: nobody is there to press keys
        return 0
    with keys_at_once():
        while True:
            key = pressed(PERIOD)
            try:
                if key is not None and not loop.key(key):
                    return 0
                if loop.exercise is not None and loop.state() != loop.files:
                    loop.judge()
            except Problem as problem:
                loop.say([str(problem)])
                loop.bar()
