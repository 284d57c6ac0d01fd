"""For teachers: a tree with every hole open and no solution in it, ready for a hosted classroom.

It is judged as any tree is, but its reference (docs/course/handout.tar.gz) has no solution in source either: the
sources with their holes, and object files of the course's own kernel without debugging information, so that an
exercise can be solved and booted while others are still open.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Dict, List, Set

from . import authors
from . import checks
from . import exercise_file
from .exercise import Exercise
from .exercise_file import FENCE
from .own_files import Problem
from .source import SourceError
from .tree import Reference, digest

ALSO = ("README.md", "LICENSE", ".bochsrc", ".clang-format", ".editorconfig")
SECRET = r"^## (?:Right:|Wrong:|Answer|Hint 5{}).*\n(?:(?!## ).*\n)*"
# What of build/ goes along: the machine's side, nothing of the host's.
BUILT = re.compile(r"build/(kernel|boot|programs)/.*\.(o|d|a|bin|elf|flat)$"
                   r"|build/(?!libhost)[\w.-]+\.(ld|inc|a|elf|o|table|iso|map)$")
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
    """Whether the tree is handed out with the exercise's start state in it. What is to be repaired is broken only if the
    teacher named it: all mistakes at once would leave nothing that runs."""
    return exercise.kind in ("write", "extend") or (named and exercise.kind == "repair")


def opened(exercises: List[Exercise], reference: Reference, named: bool) -> Dict[str, str]:
    """The files with every hole open."""
    texts: Dict[str, str] = {}
    for exercise in exercises:
        if is_open(exercise, named):
            texts.update(exercise.start(lambda name: texts.get(name) or reference.read(name)))
    return texts


def squeezed(text: str) -> Set[str]:
    """Its lines, with one blank where there are several."""
    return {" ".join(line.split()) for line in text.splitlines()}


def secret_lines(exercises: List[Exercise], reference: Reference) -> Set[str]:
    """The lines that a reader is to write: the reference has them, the start states have not."""
    found: Set[str] = set()
    for exercise in exercises:
        for name, text in exercise.start(reference.read).items():
            lines = squeezed(reference.read(name)) - squeezed(text)
            if exercise.kind == "write":  # what is short, or a comment, gives nothing away
                lines = {line for line in lines if len(line) > 24 and not line.startswith(("//", ";"))}
            found |= lines
    return found


def without_secrets(text: str, secret: Set[str]) -> str:
    """A chapter's text without the pieces of code that an exercise asks for."""
    def shown(found) -> str:
        return found[0] if not squeezed(found[3]) & secret else "*(An exercise of this chapter asks for this code.)*\n"

    return FENCE.sub(shown, text)


def data_of(exercise: Exercise, text: str) -> str:
    """The exercise's data without solutions; what is changed by it stands in starts/ instead."""
    if exercise.on_paper:
        return re.sub(SECRET.format(""), "", text, flags=re.MULTILINE)
    text = re.sub(SECRET.format("|Change|Hole"), "", text, flags=re.MULTILINE)
    head, _, rest = re.sub(r"^(mutation|edit): .*\n", "", text, flags=re.MULTILINE).partition("\n\n")
    return head + "".join(f"\nedit: {name}" for name in exercise.files()) + "\n\n" + rest


def write_starts(out: Path, exercises: List[Exercise], texts: Dict[str, str], reference: Reference,
                 named: bool) -> List[Exercise]:
    """docs/course/starts/: what each exercise begins with. Returns those that don't fit beside the open holes."""
    left_out = []
    for exercise in exercises:
        if exercise.on_paper:
            continue
        try:
            if is_open(exercise, named):
                start = {name: texts[name] for name in exercise.files()}
            else:
                start = exercise.start(lambda name: texts.get(name) or reference.read(name))
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
    texts = opened(exercises, reference, named)
    # What is to be extended is new, or stands in another file, where the reader is to look it up.
    secret = secret_lines([one for one in exercises if is_open(one, named) and one.kind != "extend"], reference)
    left_out = write_starts(out, exercises, texts, reference, named)
    graders = {str(one.file.with_name(one.file.stem + ".grader.md").relative_to(root)): one for one in exercises}
    outside = [one.file.stem for one in exercise_file.load_all(root)
               if one.number not in [two.number for two in exercises]]
    outside += [one.file.stem for one in left_out]
    for name in [name for name in reference.listing() if not name.startswith(("build/", "tests/mut"))]:
        if "/exercises/" in name and Path(name).name.split(".")[0] in outside:
            continue
        to = out / name
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(reference.folder / name, to)
        if name in texts:
            to.write_text(texts[name], encoding="utf-8")
        elif name in graders:
            to.write_text(data_of(graders[name], to.read_text(encoding="utf-8")), encoding="utf-8")
        elif name.endswith(".md"):
            to.write_text(without_secrets(to.read_text(encoding="utf-8"), secret), encoding="utf-8")
    for name in ALSO:
        if (root / name).is_file():
            shutil.copy2(root / name, out / name)
    given = " ".join(one.number for one in exercises if is_open(one, named) and one not in left_out)
    (out / "docs/course/handout").write_text(f"This tree was handed out without solutions.\nopen: {given}\n",
                                              encoding="utf-8")
    (out / ".gitignore").write_text(IGNORED, encoding="utf-8")
    workflow = out / ".github/workflows/classroom.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(WORKFLOW, encoding="utf-8")
    for file in out.rglob("*"):
        if file.suffix in (".cpp", ".hpp", ".asm", ".md", ".c", ".txt"):
            given = squeezed(file.read_text(encoding="utf-8", errors="replace")) & secret
            if len(given) > 1:
                raise Problem(f"{file.relative_to(out)} would give a solution away: {sorted(given)[0]}")
    return left_out


def pack_reference(out: Path, reference: Reference) -> None:
    """docs/course/handout.tar.gz: this tree's own sources, and the kernel's objects built from the full ones."""
    staging = out / "build/handout"
    for name in sorted(str(file.relative_to(out)) for file in out.rglob("*") if file.is_file()):
        if not name.startswith(("build/", ".git", "README", "LICENSE", ".")):
            (staging / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(out / name, staging / name)
    hashes = digest(staging, [str(file.relative_to(staging)) for file in staging.rglob("*") if file.is_file()])
    (staging / "reference.sha256").write_text("".join(f"{value}  {name}\n" for name, value in sorted(hashes.items())),
                                              encoding="utf-8")
    for name in reference.listing():
        if BUILT.match(name):
            (staging / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(reference.folder / name, staging / name)
            if re.match(r"build/(kernel|boot)/.*\.o$", name):
                subprocess.run([f"{checks.CROSS}objcopy", "--strip-debug", staging / name], check=True, timeout=60)
    built = [file for file in staging.rglob("*") if file.is_file()
             and str(file.relative_to(staging)).startswith("build/")]
    newest = max(file.stat().st_mtime for file in staging.rglob("*") if file.is_file())
    order = {".d": 0, ".ld": 0, ".inc": 0, ".o": 1, ".table": 3, ".a": 2, ".flat": 3, ".bin": 4, ".elf": 4, ".map": 5,
             ".iso": 6}
    for file in built:  # in the order in which make would have made them, and after every source
        later = order.get(file.suffix, 4)
        if file.name == "kernel-without-symbols.elf":
            later = 2.5
        if file.name == "kernel-symbols.o":
            later = 3.5
        os.utime(file, (newest + 1 + later, newest + 1 + later))
    with tarfile.open(out / "docs/course/handout.tar.gz", "w:gz") as archive:
        archive.add(staging, arcname="reference")
    shutil.rmtree(out / "build")


def handout_command(root: Path, words: List[str]) -> int:
    if not words:
        raise Problem("make handout OUT=dir")
    out = Path(words[0]).resolve()
    if out.exists() and any(out.iterdir()):
        raise Problem(f"{out} is not empty")
    exercises = authors.chosen(root, words[1:])
    reference = authors.reference_of(root, exercises)
    out.mkdir(parents=True, exist_ok=True)
    try:
        left_out = write_tree(out, exercises, reference, root, named=len(words) > 1)
    except SourceError as error:
        raise Problem(f"two exercises do not fit into one tree: {error}")
    pack_reference(out, reference)
    for one in left_out:
        print(f"left out: {one.number}, because another exercise has its hole in the same lines")
    exercises = [one for one in exercises if one not in left_out]
    holes = sum(len(one.holes) for one in exercises)
    print(f"{out}: {len(exercises)} exercises, {holes} holes open. Put it into a repository of its own.")
    return 0
