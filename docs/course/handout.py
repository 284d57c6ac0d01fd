"""For teachers: a tree with every hole open and no solution in it, ready for a hosted classroom.

It is judged as any tree is, but its reference (docs/course/handout.tar.gz) has the sources with their holes. The course's own
kernel is there as machine code, sealed (sealed.py): so an exercise can be solved and booted while others are still open, and
each chapter's kernel boots.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Dict, List, Set, Tuple

from machine.symbols import CROSS

from . import authors, grade, paper, sealed
from .command_line import take_flag
from .exercise import Exercise
from .exercise_file import FENCE
from .problem import Problem
from .source import SourceError, piece_of
from .tree import Reference, Slot, digest

ALSO = ("LICENSE", ".bochsrc", ".clang-format", ".editorconfig")
# Not for students: mistakes by name, tests of the course itself, and what teachers and authors read.
LEFT_OUT = re.compile(r"build/|tests/(?!unit/|tests\.mk)|docs/(for-teachers|contributing-exercises)\.md")
ASKED = "*(An exercise asks for this code.)*"
INDENTED = re.compile(r"(?:^    .*\n)+", re.MULTILINE)
LISTED = re.compile(r"^\| (\d+\.\d+) \|.*\n", re.MULTILINE)  # in a chapter's list of exercises
LINK = re.compile(r"!?\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s#]*)(#[^)\s]*)?\)")
INSTRUCTION = re.compile(r"(?:^|[:>]\s*|^\s+)([a-z]{2,8})(?:\s+[^;]*)?(?:;.*)?$")
RUN = 4  # instructions in a row that give an answer away
# Of an exercise's data: solutions, and what quotes them. What is changed by it is in starts/ instead.
SECRET = re.compile(r"^## (?!Main\n|Program |Hint [1-4]\b).*\n(?:(?!## ).*\n)*", re.MULTILINE)
# What of build/ goes along: the machine's side, nothing of the host's.
ORDER = {"werror": 0, ".flags": 0, ".list": 0, ".d": 0, ".ld": 0, ".inc": 0, ".o": 1, ".a": 2, "kernel-without-symbols.elf": 2.5, ".table": 3, ".flat": 3,
         "kernel-symbols.o": 3.5, ".bin": 4, ".elf": 4, ".map": 5, ".iso": 6}
BUILT = re.compile(r"build/(kernel|boot|programs)/.*\.(o|d|a|bin|elf|flat)$"
                   r"|build/(?!libhost)[\w.-]+\.(ld|inc|a|elf|o|table|iso|map|flags|list)$|build/werror$")
IGNORED = "/build/\n__pycache__/\n/compile_commands.json\n/.course/reference*\n/.course/saved/\n/.course/last.json\n"
WORKFLOW = """\
# Judges every push: the exercises by real boots, and the result as a table and as JSON (as Gradescope takes it).
name: exercises
on: [push, workflow_dispatch]
permissions:
  contents: read
jobs:
  judge:
    runs-on: ubuntu-24.04
    timeout-minutes: 60
    steps:
      - uses: actions/checkout@v4
      - name: Tools
        run: make setup
      - name: Exercises
        run: make report OUT=results.json
      - name: Results
        if: always()
        run: |
          test -f results.json
          PYTHONPATH=iso:docs:tests /usr/bin/python3 -m course.main summary results.json >> "$GITHUB_STEP_SUMMARY"
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: results
          path: results.json
"""


def is_open(exercise: Exercise, named: bool) -> bool:
    """Whether the tree is handed out with the exercise's start state in it. What is to be repaired is broken, and handed out
    at all, only if the teacher named it: beside the right file, the broken one would tell the answer."""
    return exercise.kind in ("write", "extend") or (named and exercise.kind == "repair")


def opened(exercises: List[Exercise], reference: Reference, named: bool) -> Tuple[Dict[str, str], List[Exercise]]:
    """The files with every hole open, and the exercises that change lines which are in the hole of another."""
    texts: Dict[str, str] = {}
    left_out = []
    for exercise in exercises:
        if is_open(exercise, named):
            try:
                texts.update(exercise.start(lambda name: texts.get(name) or reference.read(name)))
            except SourceError:
                if not exercise.changes:
                    raise
                left_out.append(exercise)
    return texts, left_out


def squeezed(text: str) -> Set[str]:
    """Its lines, with one blank where there are several, and without comments."""
    return {" ".join(re.sub(r"//.*|;(?=[^;]*$) .*", "", line).split()) for line in text.splitlines()}


def mnemonics(text: str) -> List[str]:
    """The instructions of a listing in assembly, a debugger's too: their names alone."""
    return [found[1] for found in map(INSTRUCTION.search, text.splitlines()) if found]


def runs_of(text: str) -> Set[Tuple[str, ...]]:
    """The instructions in a row that a text has."""
    known = mnemonics(text)
    return {tuple(known[i : i + RUN]) for i in range(len(known) - RUN + 1)}


class Secrets:
    """What the readers of a handout are to find out by themselves: lines and runs of instructions of the solutions, but for
    those that other functions have, too. texts: the files with every hole open."""

    def __init__(self, exercises: List[Exercise], texts: Dict[str, str], reference: Reference):
        self.lines: Set[str] = set()
        self.runs: Set[Tuple[str, ...]] = set()
        for exercise in exercises:
            start = exercise.start(reference.read)
            for name, what in exercise.holes:
                body, hole = (text[piece.begin : piece.end] for text, piece in
                              ((text, piece_of(name, text, what)) for text in (reference.read(name), start[name])))
                lines = squeezed(body) - squeezed(hole)
                self.lines |= {line for line in lines if len(line) > (12 if name.endswith(".asm") else 24)}
                if name.endswith(".asm"):
                    self.runs |= runs_of(body)
            if not exercise.holes:
                for name, text in start.items():
                    self.lines |= squeezed(reference.read(name)) - squeezed(text) - {""}
        for name in reference.listing():
            if re.match(r"(boot|kernel|programs|linker|tests/unit)/", name):
                self._known(texts.get(name) or reference.read(name))
        for exercise in exercises:
            self._known(exercise.text)

    def _known(self, text: str) -> None:
        self.lines -= squeezed(text)
        self.runs -= runs_of(text)

    def found_in(self, text: str) -> List[str]:
        """What of it a text gives away."""
        return sorted(squeezed(text) & self.lines) + [" ".join(run) for run in sorted(runs_of(text) & self.runs)]


def without_secrets(text: str, secrets: Secrets) -> str:
    """A chapter's text without the pieces of code that an exercise asks for."""
    def shown(found) -> str:
        return found[0] if not secrets.found_in(found[3]) else f"{ASKED}\n"

    text = FENCE.sub(shown, text)
    return INDENTED.sub(lambda found: found[0] if not secrets.found_in(found[0]) else f"{ASKED}\n", text)


def data_of(exercise: Exercise, text: str) -> str:
    """The exercise's data without solutions."""
    text = re.sub(r"^(mutation|edit): .*\n", "", SECRET.sub("", text), flags=re.MULTILINE)
    head, _, rest = text.partition("\n\n")
    return head + "".join(f"\nedit: {name}" for name in exercise.files()) + "\n\n" + rest


def write_starts(out: Path, exercises: List[Exercise], texts: Dict[str, str], reference: Reference) -> List[Exercise]:
    """docs/course/starts/: what each exercise begins with. Returns those that don't fit beside the open holes."""
    left_out = []
    for exercise in exercises:
        if exercise.kind == "explain":
            continue
        try:
            start = exercise.start(lambda name: texts.get(name) or reference.read(name)) if exercise.on_paper else {
                name: texts[name] for name in exercise.files() if name in texts}  # else the reader makes it
        except SourceError:
            left_out.append(exercise)
            continue
        for name, text in start.items():
            to = out / "docs/course/starts" / exercise.number / name
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_text(text, encoding="utf-8")
    return left_out


def write_tree(out: Path, exercises: List[Exercise], reference: Reference, root: Path, named: bool) -> List[Exercise]:
    """Writes the tree; returns the exercises that had to be left out."""
    texts, left_out = opened(exercises, reference, named)
    exercises = [one for one in exercises if one not in left_out]
    # What is to be extended is new, or is in another file, where the reader is to look it up.
    secrets = Secrets([one for one in exercises if is_open(one, named) and one.kind != "extend"], texts, reference)
    unfit = [one for one in exercises if secrets.found_in(one.main or "")]  # its kernel_main would give a solution away
    unfit += write_starts(out, [one for one in exercises if one not in unfit], texts, reference)
    exercises = [one for one in exercises if one not in unfit]
    graders = {str(one.file.with_name(one.file.stem + ".grader.md").relative_to(root)): one for one in exercises}
    numbers = [one.number for one in exercises]
    handed_out = [one.file.stem for one in exercises]
    for name in reference.listing():
        if LEFT_OUT.match(name) or "/exercises/" in name and Path(name).name.split(".")[0] not in handed_out:
            continue
        to = out / name
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(reference.folder / name, to)
        if name in texts:
            to.write_text(texts[name], encoding="utf-8")
        elif name in graders:
            to.write_text(data_of(graders[name], to.read_text(encoding="utf-8")), encoding="utf-8")
    for name in (*ALSO, "README.md"):
        if (root / name).is_file():
            shutil.copy2(root / name, out / name)
    if (root / "docs/pictures").is_dir():
        shutil.copytree(root / "docs/pictures", out / "docs/pictures")
    given = " ".join(one.number for one in exercises if is_open(one, named))
    (out / "docs/course/handout").write_text(f"This tree was handed out without solutions.\nopen: {given}\n", encoding="utf-8")
    (out / ".gitignore").write_text(IGNORED, encoding="utf-8")
    workflow = out / ".github/workflows/classroom.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(WORKFLOW, encoding="utf-8")
    for file in sorted(out.rglob("*.md")):
        text = without_secrets(file.read_text(encoding="utf-8"), secrets)
        if file.parent.parent == out / "docs":
            text = LISTED.sub(lambda found: found[0] if found[1] in numbers else "", text)
        file.write_text(LINK.sub(lambda found: linked(found, file), text), encoding="utf-8")
    for file in sorted(out.rglob("*")):
        if file.is_file() and file.suffix in (".cpp", ".hpp", ".asm", ".md", ".c", ".txt", ".py", ".inc", ".ld", ".mk"):
            given_away = secrets.found_in(file.read_text(encoding="utf-8", errors="replace"))
            if given_away:
                raise Problem(f"{file.relative_to(out)} would give a solution away: {given_away[0]}")
    return left_out + unfit


def linked(found, file: Path) -> str:
    """A link, or only its text if there is nothing in the handout where it leads."""
    text, target = found[1], found[2]
    there = not target or "://" in target or target.startswith("mailto:") or (file.parent / target).exists()
    return found[0] if there else text


def pack_reference(out: Path, exercises: List[Exercise], reference: Reference, objects: bool) -> None:
    """docs/course/handout.tar.gz: this tree's own sources; handout.sealed: what was built from the course's full ones."""
    staging = out / "build/handout"
    for name in sorted(str(file.relative_to(out)) for file in out.rglob("*") if file.is_file()):
        if not name.startswith(("build/", ".git", "README", "LICENSE", ".", "docs/pictures/")):
            (staging / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(out / name, staging / name)
    hashes = digest(staging, [str(file.relative_to(staging)) for file in staging.rglob("*") if file.is_file()])
    (staging / "reference.sha256").write_text("".join(f"{value}  {name}\n" for name, value in sorted(hashes.items())),
                                              encoding="utf-8")
    with tarfile.open(out / "docs/course/handout.tar.gz", "w:gz") as archive:
        archive.add(staging, arcname="reference")
    if objects:
        newest = max(file.stat().st_mtime for file in staging.rglob("*") if file.is_file())
        names = stage_built(staging, exercises, reference, newest)
        sealed.write(out / sealed.NAME, staging, names)
    shutil.rmtree(out / "build")


def stage_built(staging: Path, exercises: List[Exercise], reference: Reference, newest: float) -> List[str]:
    """Copies what is sealed: objects without debugging information, the chapters' kernels, and the predictions' answers."""
    names = [name for name in reference.listing() if BUILT.match(name)]
    names += sorted(str(file.relative_to(reference.folder)) for file in reference.folder.glob("build/chapters/*/kernel.elf"))
    for name in names:
        to = staging / name
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(reference.folder / name, to)
        if re.match(r"build/(kernel|boot)/.*\.o$|build/(chapters/.*/|)kernel.elf$", name):
            subprocess.run([f"{CROSS}objcopy", "--strip-debug", to], check=True, timeout=60)
        later = ORDER.get(to.name, ORDER.get(to.suffix, 4))  # as make would have made them, and after every source
        os.utime(to, (newest + 1 + later, newest + 1 + later))
    truths = staging / grade.TRUTHS
    truths.write_text(json.dumps(truths_of(exercises, reference)), encoding="utf-8")
    return [*names, grade.TRUTHS]


def truths_of(exercises: List[Exercise], reference: Reference) -> Dict[str, tuple]:
    """What the changed kernels of predictions do: in a handout, with its holes, they could not be booted."""
    grader = grade.Grader(reference, Slot(reference.folder.with_name("slot-0"), reference))
    grader.truths = {}
    for exercise in exercises:
        if exercise.kind == "predict":
            grader.stages = []
            grader.tell = lambda _: None
            paper.observed(grader, exercise, {}, ("direct",))
    return grader.truths


def handout_command(root: Path, words: List[str]) -> int:
    objects = not take_flag(words, "--no-objects")
    if not words:
        raise Problem("make handout OUT=dir")
    out = Path(words[0]).resolve()
    if out.exists() and any(out.iterdir()):
        raise Problem(f"{out} is not empty")
    named = len(words) > 1
    exercises = [one for one in authors.chosen(root, words[1:]) if one.on_paper or is_open(one, named)]
    reference = authors.reference_of(root, exercises)
    problem = reference.build(["chapter", "all"])
    if problem:
        raise Problem(f"the chapters' kernels do not build:\n{problem}")
    out.mkdir(parents=True, exist_ok=True)
    try:
        left_out = write_tree(out, exercises, reference, root, named)
    except SourceError as error:
        raise Problem(f"two exercises do not fit into one tree: {error}")
    pack_reference(out, [one for one in exercises if one not in left_out], reference, objects)
    for one in left_out:
        print(f"left out: {one.number}, because another exercise asks for the same lines")
    exercises = [one for one in exercises if one not in left_out]
    holes = sum(len(one.holes) for one in exercises)
    print(f"{out}: {len(exercises)} exercises, {holes} holes open. Put it into a repository of its own.")
    return 0
