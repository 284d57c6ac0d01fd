"""The reader's terminal: its size, keys without Enter, text page by page, and a program that has it for a while.

All of it works on a pipe too: there are no keys then, and everything is printed at once.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import shutil
import signal
import subprocess
import sys
from itertools import accumulate
from typing import Iterator, List, Optional

PAUSE = 0.15  # seconds: who types a word makes no longer ones
KEPT = 4  # lines of a page that are left for what is printed below it
COLOR = re.compile(r"\033\[\d*m")
MORE = "--- more: any key; q: to the end ---"


def width() -> int:
    return min(shutil.get_terminal_size((80, 24)).columns, 100) - 1


def height() -> int:
    return shutil.get_terminal_size((80, 24)).lines


def colored() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def both_ways() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


@contextlib.contextmanager
def keys_at_once() -> Iterator[None]:
    """Keys come without Enter, on a terminal; Ctrl-C still works, and so does Ctrl-Z."""
    if not sys.stdin.isatty():
        yield
        return
    import termios
    import tty

    def begin(*_) -> None:
        if os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp():
            tty.setcbreak(sys.stdin, termios.TCSADRAIN)  # what was typed already is not lost

    before = termios.tcgetattr(sys.stdin)
    handler = signal.signal(signal.SIGCONT, begin)  # after Ctrl-Z and `fg` the terminal is as the shell has it
    try:
        begin()
        yield
    finally:
        signal.signal(signal.SIGCONT, handler)
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def typed(seconds: Optional[float]) -> Optional[str]:
    """What is typed within that time (None: however long it takes), with all that follows without a pause; "" if nothing is, None at the input's end."""
    data = b""
    while select.select([sys.stdin], [], [], PAUSE if data else seconds)[0]:
        more = os.read(sys.stdin.fileno(), 100)
        if not more:
            return data.decode(errors="replace") or None
        data += more
    return data.decode(errors="replace")


def page(lines: List[str]) -> None:
    """Prints them; on a terminal stops before the first of them would leave the screen."""
    room = height() - KEPT
    if not both_ways() or room < 5:
        print("\n".join(lines), flush=True)
        return
    while sum(map(rows, lines)) > room:
        count = max(1, sum(all_rows < room for all_rows in accumulate(map(rows, lines))))
        print("\n".join(lines[:count]))
        lines = lines[count:]
        with keys_at_once():
            print(MORE, end="", flush=True)
            key = typed(None)
            tell("")
        if key is None or key.strip().lower().startswith("q"):
            break
    print("\n".join(lines), flush=True)


def rows(line: str) -> int:
    """How many rows of the screen it takes."""
    return max(1, -(-len(COLOR.sub("", line)) // shutil.get_terminal_size((80, 24)).columns))


def tell(text: str) -> None:
    """On a terminal, shows what goes on now in one line, which the next call overwrites; "" removes it."""
    if sys.stdout.isatty():
        print("\r" + (f"{text} ..."[: width()].ljust(width()) if text else " " * width() + "\r"), end="", flush=True)


def run_in_front(command: List[str], **options) -> int:
    """Runs a program that has the terminal to itself until it ends: Ctrl-C there is for it alone. Ctrl-Z stops it and us, and `fg`
    continues both."""
    if not sys.stdin.isatty():
        return subprocess.run(command, **options).returncode
    import termios

    def take() -> None:
        os.setpgid(0, 0)
        give_to(os.getpid())

    def give_to(group: int) -> None:
        before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # who is not in front may not say who is
        os.tcsetpgrp(sys.stdin.fileno(), group)
        signal.signal(signal.SIGTTOU, before)

    ours = termios.tcgetattr(sys.stdin)
    lines = termios.tcgetattr(sys.stdin)
    lines[3] |= termios.ICANON | termios.ECHO
    termios.tcsetattr(sys.stdin, termios.TCSADRAIN, lines)
    try:
        process = subprocess.Popen(command, preexec_fn=take, **options)
        while os.WIFSTOPPED(status := os.waitpid(process.pid, os.WUNTRACED)[1]):
            give_to(os.getpgrp())
            os.killpg(os.getpgrp(), signal.SIGTSTP)  # the shell goes on; or no shell is there, and nothing happens
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, lines)
            give_to(process.pid)
            os.killpg(process.pid, signal.SIGCONT)
        process.returncode = os.waitstatus_to_exitcode(status)
        return process.returncode
    finally:
        give_to(os.getpgrp())
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, ours)
