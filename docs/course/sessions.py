#!/usr/bin/python3
"""The course's console sessions: runs each again and puts what is printed now into the text: `make sessions`.

    sessions.py [DOCUMENT ...]      all documents of docs/ without any

An author types the commands only: what a command prints replaces what stood there. The elisions (`...`) are kept.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import List, Optional, Tuple

from .session_agreement import Mapping, agreement, masked
from .document import ELISION, ROOT, Fence, dialogue, fences, pieces
from machine import Bochs, MachineError, chapters, debug, inner_make
from machine.bochs import write_symbols

LIMIT = 600  # seconds for a command
INTERRUPTION = "^C"  # the first line behind a command that runs for ever: then the machine is stopped
KINDS = ("run", "bochs", "gdb", "rewind", "shell")


def kind_of(fence: Fence) -> Optional[str]:
    """What kind of session a fence is, or None."""
    return next((kind for kind in KINDS if kind in fence.words), None) if fence.language == "console" else None


def printed_by(command: str) -> List[str]:
    """What a shell command prints, without the lines that run.py says itself."""
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, env=inner_make.environment(), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=LIMIT)
    lines = done.stdout.replace("\r", "").rstrip("\n").split("\n") if done.stdout.strip() else []
    return [line.rstrip() for line in lines if not re.match(r"-- |make(\[\d\])?: (Entering|Leaving|\*\*\*) ?", line)]


class BochsAtPrompt(Bochs):
    """Bochs as `make bochs-debug` starts it, but driven by us: it stands at its prompt until it is told to go on."""

    def __init__(self, **options):
        super().__init__(held=True, **options)

    def answer(self, command: str, interrupt: bool) -> List[str]:
        self._await("its prompt", lambda: self._started and self._standing, LIMIT)
        self._command(command)
        if command in ("q", "quit", "exit"):
            return []
        if interrupt:
            self._await("a halt", lambda: self.end is not None, LIMIT)
            self.pause()
        self._await(f"the end of {command!r}; does it run forever?", lambda: self._standing, LIMIT)
        return [INTERRUPTION] * interrupt + lines_of(self._answers)


def chapter_in(words: str) -> chapters.Chapter:
    return chapters.chapter(int(re.fullmatch(r"CHAPTER=(\d+)", words)[1]))


def bochs_session(words: str, commands: List[Tuple[str, bool]]) -> List[List[str]]:
    """`words`: CHAPTER=N, and for what is typed at its shell's first prompt TYPED='a line'."""
    words, _, typed = words.partition(" TYPED=")
    chapter = chapter_in(words)
    with tempfile.TemporaryDirectory(prefix="trapgate-") as folder:
        symbols = Path(folder, "kernel.sym")
        write_symbols(chapter.kernel, symbols)
        with BochsAtPrompt(iso=chapter.iso(), typed=typed.strip("'")) as machine:
            machine.answer(f'ldsym global "{symbols}"', interrupt=False)
            return [machine.answer(command, interrupt) for command, interrupt in commands]


def gdb_session(words: str, commands: List[str]) -> List[List[str]]:
    """QEMU stopped at its start and gdb on it, as `make debug` starts them; the serial line is not shown."""
    chapter = chapter_in(words)
    arguments = SimpleNamespace(programs=[], memory=debug.MEMORY, kernel=str(chapter.kernel), iso=str(chapter.iso()), gdb=["-batch"])
    arguments.modules = [module.path for module in chapter.modules]
    for command in marked(commands):
        arguments.gdb += ["-ex", command]
    with debug.folder_for_sockets() as folder, debug.started(arguments, folder, output=subprocess.DEVNULL):
        done = subprocess.run(debug.gdb_command(arguments, folder), cwd=ROOT, stdin=subprocess.DEVNULL, timeout=LIMIT,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    return answers_in(done.stdout, commands)


def rewind_session(mutation: str, commands: List[str]) -> List[List[str]]:
    """gdb at the end of the recorded run of a mutation, as `make rewind MUTATION=...` starts it."""
    with tempfile.TemporaryDirectory(prefix="trapgate-") as folder:
        file = Path(folder, "commands")
        file.write_text("\n".join(marked(commands)) + "\n")
        words = ["--commands", file, "--folder", folder]
        done = subprocess.run([sys.executable, "-m", "mutations", "run", "rewind", mutation, "--", *words],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT,
                              text=True, errors="replace")
    return answers_in(done.stdout, commands)


MARK = "=== command "


def marked(commands: List[str]) -> List[str]:
    """With commands in between that make gdb say where each one's answer begins, and where the last one's ends."""
    found = []
    for number, command in enumerate(commands):
        found += [f"echo \\n{MARK}{number}\\n", command]
    return [*found, f"echo \\n{MARK}end\\n"]


def answers_in(text: str, commands: List[str]) -> List[List[str]]:
    parts = re.split(rf"^{MARK}(?:\d+|end)\n", text, flags=re.MULTILINE)[1:-1]
    if len(parts) != len(commands):
        raise MachineError(f"gdb: {len(parts)} of {len(commands)} commands came to an end:\n{text}")
    return [lines_of(part) for part in parts]


def lines_of(answer: str) -> List[str]:
    """Its lines, with paths as they are below the tree, wherever that lies."""
    answer = answer.replace(f"{ROOT}/", "").strip("\n")
    return [line.rstrip() for line in answer.split("\n")] if answer.strip() else []


def real(fence: Fence) -> List[List[str]]:
    """What the session prints now: for `run` one list of lines, else one for each command."""
    kind = kind_of(fence)
    if kind == "run":
        return [printed_by(fence.words["run"])]
    commands = dialogue(fence)
    if kind == "shell":
        return [printed_by(command) for _, command, _ in commands]
    if kind in ("gdb", "rewind"):
        session = gdb_session if kind == "gdb" else rewind_session
        return session(fence.words[kind], [command for _, command, _ in commands])
    return bochs_session(fence.words["bochs"], [(command, lines[:1] == [INTERRUPTION]) for _, command, lines in commands])


def _without_blank_lines_around(lines: List[str]) -> List[str]:
    text = "\n".join(lines).strip("\n")
    return text.split("\n") if text else []


def disagreement(fence: Fence, outputs: List[List[str]]) -> str:
    """Where the session's text and what is printed now disagree, for a human; empty if they agree."""
    mapping: Optional[Mapping] = Mapping()
    shown = dialogue(fence) if kind_of(fence) != "run" else [("", "", fence.lines)]
    if kind_of(fence) in ("run", "shell"):  # what is run may be shown with or without blank lines around
        shown = [(line, command, _without_blank_lines_around(expected)) for line, command, expected in shown]
        outputs = [_without_blank_lines_around(output) for output in outputs]
    if not shown:
        return "a session without a command"
    for (line, command, expected), output in zip(shown, outputs):
        before = mapping.with_command(command)
        mapping = agreement(expected, output, before)
        if mapping is None:
            return "\n".join([line, *output, "--- What the lines before have told of things that move:", str(before)])
    return ""


NUMBER = re.compile(r"\b(?:0x)?[0-9a-fA-F]*\d[0-9a-fA-F]*\b|\b[0-9a-fA-F]{2}\b")
NAME = re.compile(r"\(<?[\w.]+>?(?:\+\w+)?\)")


def weakly(line: str, names: bool) -> str:
    """A line without what another build may change: numbers and, unless `names`, the names of what lies at addresses."""
    line = NUMBER.sub("N", line).rstrip()
    return line if names else NAME.sub("()", line)


LIKENESSES = (masked, lambda line: weakly(line, True), lambda line: weakly(line, False))


def find_piece(piece: List[str], actual: List[str], places: range) -> Optional[int]:
    """Where the piece stands in what is printed now: the place that is most like it."""
    for like in LIKENESSES:
        wanted = [like(line) for line in piece]
        for place in places:
            if [like(line) for line in actual[place : place + len(piece)]] == wanted:
                return place
    return None


def renewed(expected: List[str], actual: List[str]) -> List[str]:
    """What is printed now, with the author's elisions where they can be kept: where each piece between them is found again.
    Also where the two agree: addresses that differ do, and a reader compares them from one session to the next."""
    found: List[str] = []
    position, parts = 0, pieces(expected)
    for number, piece in enumerate(parts):
        places = range(position, len(actual) - len(piece) + 1)
        if number == 0:
            places = range(0, 1)
        elif number == len(parts) - 1:
            places = range(max(position, len(actual) - len(piece)), len(actual) - len(piece) + 1)
        place = find_piece(piece, actual, places)
        if place is None or len(parts) == 1 and len(piece) != len(actual):
            return actual
        found += [ELISION] * (number > 0) + actual[place : place + len(piece)]
        position = place + len(piece)
    return found


def brought_up_to_date(fence: Fence, outputs: List[List[str]]) -> List[str]:
    """The session's lines with what is printed now; unchanged where they agree."""
    if kind_of(fence) == "run":
        return renewed(fence.lines, outputs[0])
    lines: List[str] = []
    for (line, _, expected), output in zip(dialogue(fence), outputs):
        lines += [line, *renewed(expected, output)]
    return lines


def sessions_in(document: Path) -> List[Fence]:
    return [fence for fence in fences(document) if kind_of(fence)]


def rewrite(document: Path) -> bool:
    """Brings one document's sessions up to date; false if one could not be run. One may need what the one before has made."""
    sessions, new = sessions_in(document), {}
    for fence in sessions:
        try:
            new[fence.line] = brought_up_to_date(fence, real(fence))
        except (MachineError, ValueError, subprocess.SubprocessError, TypeError) as error:
            print(f"{fence}: could not be run: {error}", flush=True)
            continue
        print(f"{fence}: {'as it was' if new[fence.line] == fence.lines else 'rewritten'}", flush=True)
    text = document.read_text().splitlines()
    for fence in reversed(sessions):  # from the end, so that the line numbers before it stay true
        text[fence.line - 1 : fence.line - 1 + len(fence.lines)] = new.get(fence.line, fence.lines)
    document.write_text("\n".join(text) + "\n")
    return len(new) == len(sessions)


def main() -> int:
    documents = [Path(name).resolve() for name in sys.argv[1:]] or sorted((ROOT / "docs").glob("**/*.md"))
    return 0 if all([rewrite(document) for document in documents]) else 1


if __name__ == "__main__":
    sys.exit(main())
