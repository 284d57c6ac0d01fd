"""What a run makes that has no time for all: a tenth, in rotation by the commit. Of the graders' tests also all of the
exercises whose data, functions or judge the commit has changed.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Callable, List, Set, TypeVar

from .exercise import Exercise
from .prove import Trial
from .source import SourceError, before_and_after, piece_of
from .tree import TreeError, git

Item = TypeVar("Item")

PARTS = 10
# A change of these may change the verdict on any exercise: what judges, and the machines it judges with; not the programs that
# use these machines too.
EVERYBODYS_JUDGE = re.compile(
    r"docs/course/(boot_verdict|catalogue_of_mistakes|checks|death|document|ends|exercise|exercise_file|foreign_calls|grade|interrupt"
    r"|judged_boot|mutants|paper|progress|prove|sandbox|source|tree|units|verdict)\.py"
    r"|iso/machine/(?!(chapters|debug|doctor|rewind|run)\.py|gdb/).*\.py|tests/unit/(?!.*_test\.cpp).*"
)


def tenth(root: Path, items: List[Item]) -> List[Item]:
    return items[rotation(root) % PARTS :: PARTS]


def of_this_commit(root: Path, trials: List[Trial]) -> List[Trial]:
    part = tenth(root, trials)
    touched = changed_exercises(root, list({trial.exercise.number: trial.exercise for trial in trials}.values()))
    in_part = {id(trial) for trial in part}
    return part + [trial for trial in trials if trial.exercise.number in touched and id(trial) not in in_part]


def rotation(root: Path) -> int:
    """Another number for each commit, and ten in a row for ten commits in a row: a merge is one, whatever it brings."""
    try:
        if git(root, "rev-parse", "--is-shallow-repository").strip() == "true":  # they can't be counted
            return int(git(root, "rev-parse", "HEAD").strip(), 16)
        return int(git(root, "rev-list", "--count", "--first-parent", "HEAD"))
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
            if any(map(is_everybodys_judge, changed)) or any(is_touched(one, name, before, now) for name in changed)}


def is_everybodys_judge(name: str) -> bool:
    return EVERYBODYS_JUDGE.fullmatch(name) is not None


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
        texts = [text for edit in exercise.mutation_edits() for text in (edit.before, edit.after) if text]
        return any(text in text_of(name, now) for text in texts) and not all(text in text_of(name, before) for text in texts)
    holes = [what for file, what in exercise.holes if file == name]
    if holes:
        return any(function(name, text_of(name, before), what) != function(name, text_of(name, now), what) for what in holes)
    mistakes = [edit.before for edit in exercise.mutation_edits() if edit.file == name]
    mistakes += [before_and_after(block.text)[0] for block in exercise.changes if block.about == name]
    return name in exercise.lists["edit"] or any(text not in text_of(name, before) for text in mistakes)


def text_of(name: str, read: Callable[[str], str]) -> str:
    try:
        return read(name)
    except (TreeError, FileNotFoundError):
        return ""  # it was not there, or is no more


def function(name: str, text: str, what: str) -> str:
    try:
        piece = piece_of(name, text, what)
        return text[piece.begin : piece.end]
    except SourceError:
        return ""
