"""The commands behind `make exercise`, `make check` and the others."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Callable, Dict, List

from . import interrupt, locks, overview, own_files, page_progress, terminal
from .command_line import take_flag, take_option
from .exercise import ExerciseError
from .problem import Problem
from .reader import Reader
from .source import SourceError
from .tree import Slot, TreeError
from .verdict import CANNOT_JUDGE, PASS, reflow

MODULES_OF_MINE = ("build/programs/init.bin", "build/initrd.tar")  # as GRUB's menu has them: to the shell
STATUS = {PASS: 0, CANNOT_JUDGE: 2}  # of `check`; anything else is 1


# --- What readers call ---

def exercises(root: Path, words: List[str]) -> int:
    print("\n".join(overview.listing(Reader(root))))
    print("`make exercise N=...` starts one, `make learn` goes on where you are.")
    return 0


def prose(lines: List[str]) -> None:
    terminal.page(reflow(lines, terminal.width()))


def exercise(root: Path, words: List[str]) -> int:
    reset = take_flag(words, "--reset")
    if not words:
        raise Problem("which one? make exercise N=4.1")
    prose(Reader(root).start(words[0], reset))
    return 0


def check(root: Path, words: List[str]) -> int:
    as_json = take_flag(words, "--json")
    answer = take_option(words, "--answer")
    reader = Reader(root)
    if not words and not reader.progress.current and not reader.has_solution:  # in a handout all holes are open
        following = reader.following()
        reader.progress.go_to(following.number if following else "")
    verdict = reader.check(words[0] if words else "", answer, (lambda text: None) if as_json else terminal.tell)
    if as_json:
        print(json.dumps(verdict.as_json(), indent=1))
    else:
        terminal.tell("")
        print("\n".join(verdict.lines(terminal.width(), terminal.colored())))
        if verdict.passed:
            prose(overview.after_pass(reader, verdict.exercise) + overview.next_step(reader, verdict.exercise))
    return STATUS.get(verdict.verdict, 1)


def hint(root: Path, words: List[str]) -> int:
    prose(Reader(root).hint(words[0] if words else ""))
    return 0


def solution(root: Path, words: List[str]) -> int:
    prose(Reader(root).solution(words[0] if words else ""))
    return 0


def reference(root: Path, words: List[str]) -> int:
    """reference [COMMIT]"""
    print(own_files.renew(root, Reader(root).reference, words[0] if words else ""))
    return 0


def learn(root: Path, words: List[str]) -> int:
    """learn [NUMBER] [--progress FILE]: the file is what the pages in a browser have saved."""
    from . import learn as loop

    saved = take_option(words, "--progress")
    reader = Reader(root)
    if saved:
        print(page_progress.take_over(reader, Path(saved)), flush=True)
    return loop.run(reader, words[0] if words else "")


def mine(root: Path, words: List[str]) -> int:
    """mine [--only-list]: which functions are the reader's, and their kernel booted."""
    only_list = take_flag(words, "--only-list")
    reader = Reader(root)
    if not reader.has_solution:
        raise Problem("in a tree that was handed out all that you write stays: `make run` boots it")
    prose(overview.functions(reader))
    if only_list or not reader.mine.kept():
        return 0
    with locks.building(root):
        tree = reader.base(terminal.tell)
        problem = tree.build(["build/kernel.elf", *MODULES_OF_MINE], terminal.tell)
    terminal.tell("")
    if problem:
        raise Problem(f"the kernel with your functions does not build:\n{problem}")
    handed = [word for module in MODULES_OF_MINE for word in ("--module", shlex.quote(str(tree.folder / module)))]
    return in_emulator(root, tree.folder, ["machine.run", "qemu", "--kernel", str(tree.folder / "build/kernel.elf"),
                                     "--append", "poweroff", *handed])


def theirs(root: Path, words: List[str]) -> int:
    reader = Reader(root)
    if not reader.has_solution:
        raise Problem("this tree was handed out without solutions")
    one = reader.find(words[0] if words else "")
    terminal.page(reader.both(one, terminal.width()) or
                  [f"No function of {one.number} is yours yet: `make mine` lists those that are."])
    return 0


def boot(root: Path, words: List[str]) -> int:
    """boot EMULATOR|debug N [OPTIONS]: a chapter, while functions are open: with the course's own version of those."""
    emulator, chapter, *options = words
    reader = Reader(root)
    if reader.has_solution:
        with locks.building(root):
            folder = closed_tree(reader, chapter)
    else:
        folder = reader.reference.folder
        print(f"-- chapter {chapter} with the course's own version of every function that is open here", flush=True)
    command = ["machine.debug"] if emulator == "debug" else ["machine.run", emulator]
    return in_emulator(root, folder, [*command, "--chapter", chapter, *options])


def closed_tree(reader: Reader, chapter: str) -> Path:
    """A copy of the reader's tree in which no function is open, with that chapter's kernel built."""
    names = ", ".join(reader.open_files())
    print(f"-- chapter {chapter} with the course's own version of {names}, where an exercise is open", flush=True)
    slot = Slot(reader.root / "build/exercises/closed", reader.base(terminal.tell))
    slot.set(reader.own_changes())
    done = slot.build(["chapter", f"CHAPTER={chapter}"])
    if done.returncode != 0:
        raise Problem(done.stdout)
    return slot.folder


def in_emulator(root: Path, folder: Path, command: List[str]) -> int:
    """Runs a machine's program of the tree in `folder`. A death is kept in the reader's own, for `make autopsy`."""
    signal.signal(signal.SIGINT, lambda *_: None)  # it is for the machine's program
    return subprocess.run([sys.executable, "-m", *command], env={
        "TRAPGATE_LAST_DEATH": str(root / "build/last-death"), **os.environ, "PYTHONPATH": str(folder / "iso")}).returncode


FOR_READERS: Dict[str, Callable[[Path, List[str]], int]] = {one.__name__: one for one in (
    exercises, exercise, check, hint, solution, reference, learn, mine, theirs, boot)}
# In which module, there called NAME_command: what readers call does not load all that.
FOR_AUTHORS = {"prove": "authors", "bench": "authors", "handout": "handout", "grade": "teachers", "report": "teachers",
               "summary": "teachers"}
NEED_COMPILED = ("check", "learn", "boot", "report")  # the course's own kernel
AT_WORK = ("exercise", "check", "hint", "solution", "reference", "learn", "report")  # one of them at a time


def function_of(command: str) -> Callable[[Path, List[str]], int]:
    if command in FOR_READERS:
        return FOR_READERS[command]
    return getattr(importlib.import_module(f".{FOR_AUTHORS[command]}", __package__), f"{command}_command")


def main(root: Path, words: List[str]) -> int:
    if not words or words[0] not in (*FOR_READERS, *FOR_AUTHORS):
        print(f"usage: main.py {' | '.join([*FOR_READERS, *FOR_AUTHORS])}")
        return 2
    sys.stdout.reconfigure(errors="backslashreplace")  # a file's name may be of any bytes
    try:
        with contextlib.ExitStack() as stack:
            if words[0] in AT_WORK or own_files.handed_out(root) and words[0] in NEED_COMPILED:
                stack.enter_context(locks.held(root, words[0]))
            if words[0] in NEED_COMPILED:
                stack.enter_context(own_files.compiled(root))
            status = function_of(words[0])(root, words[1:])
            sys.stdout.flush()
            return status
    except (Problem, ExerciseError, SourceError, TreeError) as problem:
        print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        interrupt.stop()
        return 130
    except BrokenPipeError:  # `make exercises | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except shutil.Error as error:  # of a whole folder: the first of many
        print(error.args[0][0][2], file=sys.stderr)
        return 2
    except OSError as error:  # a tool is missing, a folder can't be written to, the disk is full
        print(f"{error.filename}: {error.strerror}" if error.filename else error.strerror or error, file=sys.stderr)
        return 2
