"""For authors of exercises: the graders' tests, and what a judgement costs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import List

import exercise_file
import prove
import tree
from exercise import Exercise
from grade import Grader, needed_by
from own_files import UNSOLVED, Problem

FOLDER = "build/exercises/authors"  # the tree as it is now, uncommitted edits included


def reference_of(root: Path, exercises: List[Exercise]) -> tree.Reference:
    """The tree as it stands, built for these exercises."""
    reference = tree.Reference(root / FOLDER / "reference")
    names = tree.source_names(root)
    for name in names:
        if name.startswith(("kernel/", "boot/")) and UNSOLVED.search((root / name).read_text(encoding="utf-8",
                                                                                             errors="replace")):
            raise Problem(f"{name} has the hole of an exercise in it: `make solution` first")
    reference.take(root, {}, names)
    problem = reference.build(needed_by(exercises))
    if problem:
        raise Problem(f"the tree does not build:\n{problem}")
    return reference


def chosen(root: Path, words: List[str]) -> List[Exercise]:
    """Those named by number or by chapter; all without a name."""
    found = [one for one in exercise_file.load_all(root) if not words or one.number in words
             or one.number.split(".")[0] in words]
    if not found:
        raise Problem(f"there is no exercise {' '.join(words)}")
    return found


def prove_command(root: Path, words: List[str]) -> int:
    begin = time.monotonic()
    exercises = chosen(root, words)
    reference = reference_of(root, exercises)
    print(f"{len(exercises)} exercises; everything is built after {time.monotonic() - begin:.0f} s", flush=True)
    passed, failed, wrong, caught = prove.prove(root, exercises, reference, say=lambda text: print(text, flush=True))
    share = 100 * caught / wrong if wrong else 0
    print(f"wrong solutions caught: {caught} of {wrong} ({share:.1f} %), in {time.monotonic() - begin:.0f} s")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or caught < wrong or not passed else 0


def bench_command(root: Path, words: List[str]) -> int:
    """From save to verdict, as a reader has it: the start state was judged, then the reference is saved."""
    exercises = [one for one in chosen(root, words) if not one.on_paper]
    reference = reference_of(root, exercises)
    grader = Grader(reference, tree.Slot(root / FOLDER / "slot-bench", reference))
    grader.reference_seconds()
    times = []
    for one in exercises:
        grader.grade(one, one.start(reference.read))
        verdict = grader.grade(one, one.reference(reference.read))
        times.append(verdict.seconds)
        stages = ", ".join(f"{stage.name} {stage.seconds:.1f}" for stage in verdict.stages)
        print(f"{one.number:<6}{verdict.verdict:<10}{verdict.seconds:6.1f} s   {stages}", flush=True)
    times.sort()
    median = times[len(times) // 2]
    print(f"from save to verdict: median {median:.1f} s, slowest {times[-1]:.1f} s, {len(times)} exercises")
    return 0
