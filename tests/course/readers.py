"""A reader's tree, and a reader at a terminal of 80 columns and 24 lines who looks at it."""

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from types import SimpleNamespace

from boots import default_signals
from course import grade, own_files, tree
from course.document import ROOT
from course.mine import Mine
from course.progress import save_text
from course.reader import Reader
from course.verdict import PASS, Verdict

LIMIT = 120  # seconds: the machine may do other work as well
BUILD_LIMIT = 600
COLUMNS, LINES = 80, 24
MORE, BAR = "--- more: any key; q: to the end ---", r"p previous +q quit"


def reader_tree(folder, build=False):
    """A repository with the course in it, as it is here; `build`: with what is built here."""
    for name in tree.source_names(ROOT):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    shutil.copy2(ROOT / ".gitignore", folder)
    git = ["git", "-C", folder, "-c", "user.name=reader", "-c", "user.email=reader@example.org"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "the course"]):
        subprocess.run([*git, *words], check=True)
    if build:
        tree.copy_built(ROOT / "build", folder / "build", "tmp")
    return folder


def environment():
    """As in a shell of the reader's: nothing of an outer make's."""
    return {name: value for name, value in os.environ.items()
            if not name.startswith(("MAKE", "MFLAGS", "PYTHONPATH", "COLUMNS", "LINES"))}


def command(folder, *words):
    """One of the course's commands, not on a terminal."""
    done = subprocess.run([sys.executable, "-m", "course.main", *words], cwd=folder, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=BUILD_LIMIT,
                          env={**environment(), "PYTHONPATH": os.pathsep.join(str(folder / one) for one in ("iso", "docs", "tests"))})
    return done.stdout


def quick_reader(folder, monkeypatch, exercises, current):
    """A reader in a tree with nothing but the files of an exercise, who is at it. Every check has the verdict `verdict`, and
    nothing is built."""
    reader = Reader(folder)
    reader.reference = tree.Reference(ROOT)
    reader.reference.build = lambda *_: ""
    reader._exercises = exercises
    reader._mine = Mine(folder / ".course/mine", exercises)
    reader.progress.go_to(current.number)
    reader.base = lambda *_: SimpleNamespace(folder=ROOT, build=lambda *_: "")
    reader.verdict = PASS
    monkeypatch.setattr(own_files, "need", lambda *_: None)
    monkeypatch.setattr(own_files, "verify", lambda _: None)
    monkeypatch.setattr(grade, "Grader", lambda *_: SimpleNamespace(
        grade=lambda exercise, *_, **__: Verdict(exercise.number, reader.verdict, "so it is"), compile=lambda *_: None))
    monkeypatch.setattr(reader, "_not_judged", lambda _: [])
    reader.put({name: reader.reference.read(name) for name in current.files()})
    return reader


class Terminal:
    """A command in a terminal. `screen` is what is to be seen there now."""

    def __init__(self, folder, *words):
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            default_signals()  # ctrl-C and a hangup are heeded at a terminal
            os.execvpe(words[0], words, {**environment(), "TERM": "dumb"})
        fcntl.ioctl(self.file, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self.text, self.ended = "", False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self.ended:
            os.killpg(self.pid, signal.SIGHUP)
            self.wait_for_end()  # of all that have the terminal open: what make has started holds the tree's lock
        os.close(self.file)

    def type(self, keys):
        os.write(self.file, keys.encode())

    def _more(self, seconds):
        if select.select([self.file], [], [], seconds)[0]:
            try:
                self.text += os.read(self.file, 1 << 16).decode(errors="replace")
            except OSError:  # nobody has the terminal open any more
                self.ended = True
                os.waitpid(self.pid, 0)

    def wait_for(self, pattern, after=0):
        """Until the text from `after` on has it; returns where it ends."""
        deadline = time.monotonic() + LIMIT
        while True:
            found = re.compile(pattern).search(self.text.replace("\r\n", "\n"), after)
            if found:
                return found.end()
            assert time.monotonic() < deadline and not self.ended, f"no {pattern} in:\n{self.text}"
            self._more(1)

    def bar(self, after=0):
        """Turns pages until the line of keys is there; returns what is printed from `after` on."""
        while True:
            end = self.wait_for(f"{MORE}|{BAR}", after)
            text = self.text.replace("\r\n", "\n")
            if re.search(BAR, text[after:end]):
                return text
            after = end
            self.type(" ")

    def press(self, keys, pattern):
        """Types, and waits for that in what is printed from then on: all that was printed before has been waited for."""
        after = len(self.text.replace("\r\n", "\n"))
        self.type(keys)
        return self.wait_for(pattern, after) if pattern != BAR else self.bar(after)[after:]

    def save(self, file, text):
        """Saves a file as an editor does, at once; returns what is said to it."""
        after = len(self.text.replace("\r\n", "\n"))
        save_text(file, text)
        return self.bar(after)[after:]

    def wait_for_end(self):
        deadline = time.monotonic() + LIMIT
        while not self.ended:
            assert time.monotonic() < deadline, self.text
            self._more(1)

    @property
    def screen(self):
        lines = [""]
        for piece in re.findall(r"\r\n|\r|\n|[^\r\n]+", self.text):
            if piece == "\r":
                lines[-1] = "\r" + lines[-1].lstrip("\r")
            elif "\n" in piece:
                lines.append("")
            else:
                over = lines[-1].lstrip("\r")[len(piece) :] if lines[-1].startswith("\r") else ""
                kept = "" if lines[-1].startswith("\r") else lines[-1]
                whole = kept + piece + over
                lines[-1:] = [whole[i : i + COLUMNS] for i in range(0, len(whole), COLUMNS)]
        return [line.rstrip() for line in lines[-LINES:]]
