"""For teachers: judging many submissions at once, and the results in the form that Gradescope takes.

    {"score": 3, "tests": [{"name": "4.1 ...", "score": 1, "max_score": 1, "output": "...", "status": "passed"}], ...}
"""

from __future__ import annotations

import hashlib
import json
import os
import queue
import threading
import time
from pathlib import Path
from typing import Dict, List, Tuple

from . import authors
from . import own_files
from .exercise import Exercise, Texts
from .grade import Grader, needed_by
from .progress import Progress
from .own_files import Problem
from .reader import Reader
from .source import SourceError, piece_of, replaced
from .tree import Reference, Slot
from .verdict import CANNOT_JUDGE, NOT_YET, Verdict

POINTS = 1.0  # for each exercise


def submissions_in(folder: Path) -> List[Path]:
    """The trees in a folder; the folder itself, if it is one."""
    if (folder / "kernel").is_dir():
        return [folder]
    found = sorted(path for path in folder.iterdir() if (path / "kernel").is_dir()) if folder.is_dir() else []
    if not found:
        raise Problem(f"there is no submission in {folder}: a tree has a folder kernel")
    return found


def texts_of(exercise: Exercise, tree: Path) -> Tuple[Texts, List[str]]:
    """The files of a submission that count for the exercise, and those that are missing."""
    texts, missing = {}, []
    for name in exercise.files():
        if (tree / name).is_file():
            texts[name] = (tree / name).read_text(encoding="utf-8", errors="replace")
        else:
            missing.append(name)
    return texts, missing


def grafted(exercise: Exercise, texts: Texts, reference: Reference) -> Texts:
    """The reference, with only the functions that the exercise asks for taken from the submission: the same file may
    still have another exercise's hole."""
    found = {}
    for name, what in exercise.holes:
        mine = found.get(name) or reference.read(name)
        body = piece_of(name, texts[name], what)
        found[name] = replaced(mine, piece_of(name, mine, what), texts[name][body.begin : body.end])
    return found


def untouched(exercise: Exercise, texts: Texts, start: Texts) -> bool:
    """Whether the submission has the exercise as it was handed out."""
    if texts == start:
        return True
    try:
        pieces = [(texts[name], start[name], what, name) for name, what in exercise.holes]
        same = [mine[piece_of(name, mine, what).begin : piece_of(name, mine, what).end].split() ==
                given[piece_of(name, given, what).begin : piece_of(name, given, what).end].split() for mine, given,
                what, name in pieces]
    except (SourceError, KeyError):
        return False
    return bool(same) and all(same)


def begun(exercise: Exercise, tree: Path) -> bool:
    """Whether a tree in which nothing is broken may say anything about a repair: it was handed out with the mistake in it,
    or `make check` has seen the mistake mended there."""
    if exercise.kind != "repair" or Progress(tree).passed(exercise.number):
        return True
    handed_out = tree / "docs/course/handout"
    return handed_out.is_file() and exercise.number in handed_out.read_text(encoding="utf-8", errors="replace").split()


class Judge:
    """Judges exercises of submissions; the same text is judged once."""

    def __init__(self, reference: Reference):
        self.reference = reference
        self.known: Dict[str, Verdict] = {}
        self.lock = threading.Lock()

    def verdict(self, grader: Grader, exercise: Exercise, tree: Path) -> Verdict:
        answer = Progress(tree).answer(exercise.number)
        if exercise.on_paper:
            return self._once(grader, exercise, {}, answer)
        texts, missing = texts_of(exercise, tree)
        if missing:
            return Verdict(exercise.number, NOT_YET, f"{', '.join(missing)} is missing", symptom="missing")
        if not begun(exercise, tree) or untouched(exercise, texts, self.reference.start_of(exercise)):
            return Verdict(exercise.number, NOT_YET, "not begun", symptom=f"unsolved {exercise.number}")
        verdict = self._once(grader, exercise, texts, "")
        other = verdict.symptom.startswith("unsolved ") and verdict.symptom != f"unsolved {exercise.number}"
        if other and exercise.kind == "write" and not self.reference.opened:
            try:
                verdict = self._once(grader, exercise, grafted(exercise, texts, self.reference), "")
            except SourceError:
                pass  # the function is not to be found: the first verdict stands
        return verdict

    def _once(self, grader: Grader, exercise: Exercise, texts: Texts, answer: str) -> Verdict:
        key = hashlib.sha256(repr((exercise.number, sorted(texts.items()), answer)).encode()).hexdigest()
        if key not in self.known:
            verdict = grader.grade(exercise, texts, answer)
            with self.lock:
                self.known[key] = verdict
        return self.known[key]


def judge_all(reference: Reference, folder: Path, exercises: List[Exercise], trees: List[Path],
              say=print) -> Dict[Path, List[Verdict]]:
    """All exercises of all trees, side by side; `folder` holds the slots."""
    work: "queue.Queue[Tuple[Exercise, Path]]" = queue.Queue()
    for exercise in exercises:
        for tree in trees:
            work.put((exercise, tree))
    verdicts: Dict[Tuple[Path, str], Verdict] = {}
    judge = Judge(reference)
    Grader(reference, Slot(folder / "slot-0", reference)).reference_seconds()

    def worker(number: int) -> None:
        grader = Grader(reference, Slot(folder / f"slot-{number}", reference), side_by_side=False)
        while True:
            try:
                exercise, tree = work.get_nowait()
            except queue.Empty:
                return
            try:
                verdict = judge.verdict(grader, exercise, tree)
            except Exception as error:  # one submission must not end the others' judgement
                verdict = Verdict(exercise.number, CANNOT_JUDGE, f"the grader broke: {type(error).__name__}: {error}")
            verdicts[tree, exercise.number] = verdict
            say(f"{tree.name:<24} {exercise.number:<6} {verdict.verdict:<13} {verdict.sentence[:60]}")

    threads = [threading.Thread(target=worker, args=(number,)) for number in range(os.cpu_count() or 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {tree: [verdicts[tree, exercise.number] for exercise in exercises] for tree in trees}


def results(exercises: List[Exercise], verdicts: List[Verdict], seconds: float) -> dict:
    """The JSON of one submission, as Gradescope takes it."""
    tests = []
    for exercise, verdict in zip(exercises, verdicts):
        test = {"number": exercise.number, "name": f"{exercise.number} {exercise.title}", "max_score": POINTS,
                "score": POINTS if verdict.passed else 0.0,
                "output": "\n".join(verdict.lines()), "visibility": "visible"}
        if verdict.verdict != CANNOT_JUDGE:
            test["status"] = "passed" if verdict.passed else "failed"
        tests.append(test)
    unjudged = [verdict.exercise for verdict in verdicts if verdict.verdict == CANNOT_JUDGE]
    output = f"{sum(one.passed for one in verdicts)} of {len(verdicts)} exercises passed"
    if unjudged:
        output += f"; the grader could not judge {', '.join(unjudged)}: that is not the student's fault"
    return {"score": sum(test["score"] for test in tests), "execution_time": round(seconds), "output": output,
            "visibility": "visible", "stdout_visibility": "visible", "tests": tests}


def report_command(root: Path, words: List[str]) -> int:
    """report FILE.json: this tree alone, by its own reference; for a classroom's workflow."""
    reader = Reader(root)
    out = Path(words[0] if words else "results.json")
    begin = time.monotonic()
    exercises = reader.exercises
    own_files.verify(reader.reference)
    problem = reader.reference.build(needed_by(exercises))
    if problem:
        raise Problem(f"the course's own kernel does not build here: {problem[-500:]}")
    verdicts = judge_all(reader.reference, root / "build/exercises", exercises, [root])[root]
    result = results(exercises, verdicts, time.monotonic() - begin)
    out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(result["output"])
    return 0


def summary_command(root: Path, words: List[str]) -> int:
    """summary FILE.json: the results as a table in Markdown."""
    result = json.loads(Path(words[0]).read_text(encoding="utf-8"))
    print(f"{result['output']}\n\n| exercise | | |\n|---|---|---|")
    for test in result["tests"]:
        print(f"| {test['name']} | {test.get('status', 'not judged')} | {test['output'].splitlines()[0]} |")
    return 0


def grade_command(root: Path, words: List[str]) -> int:
    """grade SUBMISSIONS FILE.json [NUMBERS]: a folder of trees gives an object of results by the trees' names, and
    beside FILE.json a folder FILE with one file each; a single tree gives its results alone."""
    if len(words) < 2:
        raise Problem("make grade SUBMISSIONS=dir OUT=file.json")
    folder, out = Path(words[0]), Path(words[1])
    begin = time.monotonic()
    trees = submissions_in(folder)
    exercises = authors.chosen(root, words[2:])
    reference = authors.reference_of(root, exercises)
    verdicts = judge_all(reference, root / authors.FOLDER, exercises, trees)
    found = {tree.name: results(exercises, verdicts[tree], time.monotonic() - begin) for tree in trees}
    if trees == [folder]:
        out.write_text(json.dumps(found[folder.name], indent=1) + "\n", encoding="utf-8")
    else:
        out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        each = out.with_suffix("")
        each = each if each != out else out.with_name(out.name + ".d")
        each.mkdir(exist_ok=True)
        for name, result in found.items():
            (each / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    for name, result in found.items():
        print(f"{name}: {result['output']}")
    print(f"{len(trees)} submissions, {len(exercises)} exercises, {time.monotonic() - begin:.0f} s: {out}")
    return 2 if any(one.verdict == CANNOT_JUDGE for list_ in verdicts.values() for one in list_) else 0
