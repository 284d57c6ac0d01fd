"""A teacher's own checks that students don't see: `make grade HIDDEN=dir`. In that folder, by the exercise's number:

    14.1.cpp   a file of unit tests; the name of the failing TEST_CASE is what students are told
    11.6.py    functions check_...(boot), as in N-name.check.py; the first line of its documentation is what they are told
"""

from __future__ import annotations

from pathlib import Path
from typing import Callable, List, Optional

from . import units
from .checks import Failed
from .exercise import Exercise, Texts
from .problem import Problem
from .verdict import NOT_YET, Verdict

TEST = "tests/unit/hidden_test.cpp"


def put(folder: Optional[Path], exercises: List[Exercise]) -> None:
    """Gives the exercises the checks that are in the folder."""
    if folder is None:
        return
    if not folder.is_dir():
        raise Problem(f"{folder} is not a folder: hidden checks lie in one")
    files = {file.stem: file for suffix in ("cpp", "py") for file in sorted(folder.glob(f"*.{suffix}"))}
    if not files:
        raise Problem(f"there is no hidden check in {folder}: no file like 14.1.cpp or 11.6.py")
    for number in sorted(set(files) - {one.number for one in exercises}):
        raise Problem(f"{files[number]}: exercise {number} is not judged in this run")
    for exercise in exercises:
        if exercise.on_paper and exercise.number in files:
            raise Problem(f"{files[exercise.number]}: exercise {exercise.number} is answered on paper: nothing is built or booted")
        unit, boot = (folder / f"{exercise.number}.{suffix}" for suffix in ("cpp", "py"))
        if unit.is_file():
            exercise.keys["hidden"] = unit.read_text(encoding="utf-8")
            if "TEST_CASE" not in exercise.keys["hidden"]:
                raise Problem(f"there is no TEST_CASE in {unit}")
            exercise.keys["unit"] = (exercise.keys.get("unit", "") + " hidden").strip()
        if boot.is_file():
            names: dict = {}
            exec(compile(boot.read_text(encoding="utf-8"), str(boot), "exec"), names)
            exercise.hidden = [_stated(function) for name, function in names.items() if name.startswith("check_")]
            if not exercise.hidden:
                raise Problem(f"there is no function check_...(boot) in {boot}")


def _stated(check: Callable) -> Callable:
    message = (check.__doc__ or "a check of your teacher's").strip().splitlines()[0]

    def checked(boot) -> None:
        try:
            check(boot)
        except Failed:
            raise Failed("hidden", message, "a hidden check failed") from None
    return checked


def texts(exercise: Exercise) -> Texts:
    return {TEST: exercise.keys["hidden"]} if "hidden" in exercise.keys else {}


def scrubbed(verdict: Verdict) -> Verdict:
    """Without what a hidden unit test has in it: only the name of its case."""
    if TEST not in "\n".join([verdict.happened, verdict.where, verdict.sentence, *verdict.log]):
        return verdict
    fails = verdict.sentence.removeprefix(units.FAILS)
    name = fails if fails != verdict.sentence else "it must build with a hidden test"
    return Verdict(verdict.exercise, NOT_YET, f"a hidden test failed: {name}", symptom="hidden", stages=verdict.stages)
