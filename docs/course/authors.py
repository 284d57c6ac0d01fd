"""For authors of exercises: the graders' tests, and what a judgement costs."""

from __future__ import annotations

import os
import resource
import statistics
import time
from pathlib import Path
from typing import Dict, List

from . import exercise_file, locks, prove, selection, tree
from .command_line import take_flag, take_option
from .exercise import Exercise
from .grade import Grader, needed_by
from .problem import Problem
from .verdict import Stage
from .judged_boot import TITLES

FOLDER = "build/exercises/authors"  # the tree as it is now, uncommitted edits included


def reference_of(root: Path, exercises: List[Exercise]) -> tree.Reference:
    """The tree as it is now, built for these exercises. It is this process' own until its end: another waits."""
    locks.folder_until_end(root / FOLDER)
    reference = tree.Reference(root / FOLDER / "reference")
    names = tree.source_names(root)
    for name in names:
        if tree.has_hole(name, (root / name).read_text(encoding="utf-8", errors="replace")):
            raise Problem(f"{name} has the hole of an exercise in it: `make solution` first")
    reference.take(root, {}, names)
    problem = reference.build(needed_by(exercises))
    if problem:
        raise Problem(f"the tree does not build:\n{problem}")
    return reference


def chosen(root: Path, words: List[str]) -> List[Exercise]:
    """Those named by number or by chapter; all without a name."""
    return among(exercise_file.load_all(root), words)


def among(everything: List[Exercise], words: List[str]) -> List[Exercise]:
    """The same, of exercises that have been read."""
    names = {one.number: (one.number, one.number.split(".")[0]) for one in everything}
    for word in words:
        if not any(word in of_it for of_it in names.values()):
            raise Problem(f"there is no exercise or chapter {word}")
    return [one for one in everything if not words or set(names[one.number]) & set(words)]


def prove_command(root: Path, words: List[str]) -> int:
    """prove [--seconds N] [--part] [NUMBERS]. With --seconds no trial is begun after that time; --part makes those
    alone that a change calls for (selection.py)."""
    begin = time.monotonic()
    seconds = take_option(words, "--seconds")
    part = take_flag(words, "--part")
    exercises = chosen(root, words)
    reference = reference_of(root, exercises)
    trials, problems, no_parser = prove.all_trials(exercises, reference)
    all_of_them = len(trials)
    if part:
        trials = selection.of_this_commit(root, trials)
    print(f"{len(trials)} of {all_of_them} trials of {len(exercises)} exercises; everything is built after "
          f"{time.monotonic() - begin:.0f} s", flush=True)
    found = prove.prove(trials, problems, reference, begin + float(seconds or "inf"),
                        lambda text: print(text, flush=True))
    print(f"wrong solutions caught: {found.caught} of {found.wrong}{share(found.caught, found.wrong)}")
    ends = found.mutants
    right = ends[prove.EQUAL_CODE] + ends[prove.LISTED]
    judged = ends[prove.CAUGHT] + right + ends[prove.SURVIVED]
    if judged:
        print(f"mutants caught or equal: {ends[prove.CAUGHT] + right} of {judged}{share(judged - ends[prove.SURVIVED], judged)}: "
              f"{ends[prove.CAUGHT]} caught, {ends[prove.EQUAL_CODE]} with the same machine code, "
              f"{ends[prove.LISTED]} listed as equal; {ends[prove.NOT_BUILT]} more do not build")
    if no_parser:
        print(f"C++ was not mutated: {no_parser}")
    if found.skipped:
        print(f"{found.skipped} trials were skipped: the {seconds} seconds were over")
    print(f"all this took {time.monotonic() - begin:.0f} s")
    print(f"{found.passed} passed, {found.failed} failed" + (f", {found.skipped} skipped" if found.skipped else ""))
    return 1 if found.failed or found.caught < found.wrong or not (found.passed or found.skipped) else 0


def share(part: int, whole: int) -> str:
    return f" ({100 * part / whole:.1f} %)" if whole else ""


def bench_command(root: Path, words: List[str]) -> int:
    """bench [--times N] [NUMBERS]. From save to verdict, as a reader has it: the start state was judged, then a right
    solution is saved. Not the reference: that is built already. Of N times, the least of each stage counts: what other
    work on the machine takes comes and goes, what the judgement takes stays."""
    rounds = int(take_option(words, "--times") or 1)
    exercises = [one for one in chosen(root, words) if not one.on_paper]
    reference = reference_of(root, exercises)
    grader = Grader(reference, tree.Slot(root / FOLDER / "slot-bench", reference))
    grader.reference_seconds()
    times, works = [], []
    for one in exercises:
        least: Dict[str, float] = {}
        work = float("inf")
        for _ in range(rounds):
            grader.grade(one, one.start(reference.read))
            before = work_of_children()
            verdict = grader.grade(one, one.solution(one.rights[-1], reference.read))
            work = min(work, work_of_children() - before)
            in_stages = seconds_of(verdict.stages)
            in_stages["else"] = verdict.seconds - from_save(in_stages)
            least = {name: min(seconds, least.get(name, seconds)) for name, seconds in in_stages.items()}
        times.append(from_save(least))
        stages = ", ".join(f"{name} {seconds:.1f}" for name, seconds in least.items())
        works.append(work)
        print(f"{one.number:<6}{verdict.verdict:<10}{times[-1]:6.1f} s   {stages}; processor {work:.1f}", flush=True)
    print(f"from save to verdict: {middle_and_most(times)}, {len(times)} exercises"
          + (f", least of {rounds} times" if rounds > 1 else ""))
    print(f"of the processors' time: {middle_and_most(works)}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    return 0


def work_of_children() -> float:
    """Seconds of the processors' time that compilers and emulators have used: what else the machine does is not in them."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def middle_and_most(seconds: List[float]) -> str:
    return f"median {statistics.median(seconds):.1f} s, slowest {max(seconds):.1f} s"


def seconds_of(stages: List[Stage]) -> Dict[str, float]:
    found: Dict[str, float] = {}
    for stage in stages:
        found[stage.name] = found.get(stage.name, 0) + stage.seconds
    return found


def from_save(stages: Dict[str, float]) -> float:
    """The two boots from the ISO are made side by side."""
    together = [stages.get(TITLES[tier], 0) for tier in ("grub", "bochs")]
    return sum(stages.values()) - min(together)
