"""What a run makes that has no time for all: a tenth, in rotation by the commit. Of the graders' tests also all of the
exercises whose data, functions or judge the commit has changed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Callable, List, Set, TypeVar

from .exercise import Exercise
from .prove import Trial
from .source import SourceError, before_and_after, piece_of
from .tree import TreeError, git

Item = TypeVar("Item")

PARTS = 10
# A change of these may change the verdict on any exercise.
EVERYBODYS_JUDGE = {f"docs/course/{name}.py" for name in
                    ("checks", "death", "exercise", "exercise_file", "grade", "boot_verdict", "judged_boot", "mutants", "paper", "prove",
                     "source", "tree", "units")}


def tenth(root: Path, items: List[Item]) -> List[Item]:
    return items[rotation(root) % PARTS :: PARTS]


def of_this_commit(root: Path, trials: List[Trial]) -> List[Trial]:
    part = tenth(root, trials)
    touched = changed_exercises(root, list({trial.exercise.number: trial.exercise for trial in trials}.values()))
    in_part = {id(trial) for trial in part}
    return part + [trial for trial in trials if trial.exercise.number in touched and id(trial) not in in_part]


def rotation(root: Path) -> int:
    """Another number for each commit, and ten in a row for ten commits in a row."""
    try:
        if git(root, "rev-parse", "--is-shallow-repository").strip() == "true":  # they can't be counted
            return int(git(root, "rev-parse", "HEAD").strip(), 16)
        return int(git(root, "rev-list", "--count", "HEAD"))
    except TreeError:
        return 0  # no repository


def changed_exercises(root: Path, exercises: List[Exercise]) -> Set[str]:
    """Their numbers: what the last commit, or what is not committed yet, has changed in them."""
    try:
        changed = set(git(root, "diff", "--name-only", "-z", "HEAD^").split("\0")) - {""}
    except TreeError:
        return set()  # no repository, or no commit before

    def before(name: str) -> str:
        return git(root, "show", f"HEAD^:{name}")

    def now(name: str) -> str:
        return (root / name).read_text(encoding="utf-8")

    return {one.number for one in exercises
            if changed & EVERYBODYS_JUDGE or any(is_touched(one, name, before, now) for name in changed)}


def is_touched(exercise: Exercise, name: str, before: Callable[[str], str], now: Callable[[str], str]) -> bool:
    """Whether the change of this file is one of the exercise's data, function or judge."""
    prose = exercise.file.name.removesuffix(".md")
    if name.startswith(f"docs/{exercise.chapter}/exercises/{prose}."):
        return True
    if name in [f"tests/unit/{unit}_test.cpp" for unit in exercise.keys.get("unit", "").split()]:
        return True
    programs = [line.split()[0].rsplit(".", 1)[0] for line in exercise.lists["program"]]
    if any(name.startswith(f"programs/{program}.") for program in programs):
        return True
    if name.startswith("tests/mutations/"):
        texts = [text for edit in exercise.mutation_edits() for text in (edit.before, edit.after)]
        return any(text in now(name) for text in texts) and not all(text in old(name, before) for text in texts)
    holes = [what for file, what in exercise.holes if file == name]
    if holes:
        return any(function(name, old(name, before), what) != function(name, now(name), what) for what in holes)
    mistakes = [edit.before for edit in exercise.mutation_edits() if edit.file == name]
    mistakes += [before_and_after(block.text)[0] for block in exercise.changes if block.about == name]
    return name in exercise.lists["edit"] or any(text not in old(name, before) for text in mistakes)


def old(name: str, before: Callable[[str], str]) -> str:
    try:
        return before(name)
    except TreeError:
        return ""  # it was not there


def function(name: str, text: str, what: str) -> str:
    try:
        piece = piece_of(name, text, what)
        return text[piece.begin : piece.end]
    except SourceError:
        return ""
