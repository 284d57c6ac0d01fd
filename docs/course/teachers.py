"""For teachers: judging many submissions in sandboxes, and the results in the form that Gradescope takes.

    {"score": 3, "tests": [{"name": "4.1 ...", "score": 1, "max_score": 1, "output": "...", "status": "passed"}], ...}

docs/for-teachers.md says what the results mean. Each is written as soon as it is there.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import os
import queue
import re
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Callable, Dict, List, Optional, Sequence, Tuple

from . import authors, exercise_file, hidden, interrupt, own_files, paper, points, sandbox, submitted_bodies
from .command_line import take_option
from .exercise import Exercise, Texts
from .grade import Grader, needed_by
from .problem import Problem
from .progress import Progress, save_text
from .reader import Reader
from .submission import Refused, Submission, find
from .tree import Reference, Slot
from .verdict import CANNOT_JUDGE, NOT_YET, PASS, Verdict, printable

TIERS = ("direct", "bochs")  # both emulators, with and without GRUB
FOR_A_PERSON = "for a person"  # the verdict on an explanation
NOT_THE_STUDENTS = "The grader could not judge this. That is not your fault, and no score."
COLUMNS = ["submission", "exercise", "points"]  # of explanations.csv
EXERCISE, POINTS = re.compile(r"\d+\.\d+"), re.compile(r"(?:[-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+))?")
INSIDE = "TRAPGATE_WITHOUT_NETWORK"  # in the environment: this process is in the outer sandbox

Judgement = Callable[[Grader, Exercise], Verdict]  # of one submission


class Judge:
    """Judges exercises; the same text is judged once."""

    def __init__(self, reference: Reference):
        self.reference = reference
        self.known: Dict[str, Verdict] = {}
        self.truths: Dict[str, tuple] = {}  # of predictions
        self.lock = threading.Lock()

    def submission(self, submission: Submission) -> Judgement:
        """Of a submission by a stranger."""
        def verdict(grader: Grader, exercise: Exercise) -> Verdict:
            if submission.tree is None:
                return Verdict(exercise.number, NOT_YET, submission.problem, symptom="no tree")
            try:
                answer = submission.read(f".course/answers/{exercise.number}.txt") or "" if exercise.on_paper else ""
                if exercise.kind == "explain":
                    return explanation(exercise, answer)
                if exercise.on_paper:
                    return self.once(grader, exercise, {}, answer)
                texts = submitted_bodies.taken(exercise, submission, self.reference.read)
            except Refused as refused:
                return Verdict(exercise.number, NOT_YET, str(refused), symptom="refused")
            if texts is None:
                return not_begun(exercise)
            return hidden.scrubbed(self.once(grader, exercise, {**texts, **hidden.texts(exercise)}, ""))
        return verdict

    def own(self, tree: Path) -> Judgement:
        """Of one's own tree, by its own reference: nothing is hostile there."""
        def verdict(grader: Grader, exercise: Exercise) -> Verdict:
            if exercise.on_paper:
                return grader.grade(exercise, {}, Progress(tree).answer(exercise.number))
            names = exercise.files()
            texts = {name: (tree / name).read_text(encoding="utf-8", errors="replace") for name in names
                     if (tree / name).is_file()}
            if texts == self.reference.start_of(exercise) or exercise.kind == "repair" and not begun(exercise, tree):
                return not_begun(exercise)
            return grader.grade(exercise, texts)
        return verdict

    def once(self, grader: Grader, exercise: Exercise, texts: Texts, answer: str) -> Verdict:
        key = hashlib.sha256(repr((exercise.number, sorted(texts.items()), answer)).encode()).hexdigest()
        if key not in self.known:
            grader.truths = self.truths
            verdict = grader.grade(exercise, texts, answer, TIERS)
            with self.lock:
                self.known[key] = verdict
        return self.known[key]


def not_begun(exercise: Exercise) -> Verdict:
    return Verdict(exercise.number, NOT_YET, "not begun", symptom=f"unsolved {exercise.number}")


def begun(exercise: Exercise, tree: Path) -> bool:
    """Whether one's own tree, in which nothing is broken, may say anything about a repair."""
    handed_out = tree / "docs/course/handout"
    return Progress(tree).passed(exercise.number) or (
        handed_out.is_file() and exercise.number in handed_out.read_text(encoding="utf-8", errors="replace").split())


def explanation(exercise: Exercise, answer: str) -> Verdict:
    """Not judged by a machine: neither length nor words say whether it is right. The text is kept in the log."""
    if not paper.words_of(answer):
        return Verdict(exercise.number, NOT_YET, "no answer yet", symptom="unanswered")
    return Verdict(exercise.number, FOR_A_PERSON, "a person reads this explanation", log=answer.splitlines())


def judge_all(reference: Reference, folder: Path, exercises: List[Exercise], judgements: Dict[str, Judgement],
              tell: Callable[[str, Exercise, Verdict], None], judge: Judge) -> None:
    """All exercises of all submissions, side by side. `folder` holds the slots. tell: called with each verdict at once,
    one call at a time."""
    work: "queue.Queue[Tuple[Exercise, str]]" = queue.Queue()
    for exercise in exercises:
        for key in judgements:
            work.put((exercise, key))
    Grader(reference, Slot(folder / "slot-0", reference)).reference_seconds()
    telling = threading.Lock()

    def worker(number: int) -> None:
        sandbox.be_worker(number)
        grader = Grader(reference, Slot(folder / f"slot-{number}", reference), side_by_side=False)
        while True:
            try:
                exercise, key = work.get_nowait()
            except queue.Empty:
                return
            try:
                verdict = judgements[key](grader, exercise)
            except Exception as error:  # one submission must not end the others' judgement
                verdict = Verdict(exercise.number, CANNOT_JUDGE, f"the grader broke: {type(error).__name__}: {error}")
            interrupt.check()
            with telling:
                tell(key, exercise, verdict)

    interrupt.side_by_side(worker, os.cpu_count() or 1)


# --- Results ---

def result(exercises: List[Exercise], verdicts: Dict[str, Verdict], note: str, version: str, scale: points.Scale,
           by_hand: Dict[str, float], kept: Sequence[dict] = ()) -> dict:
    """The JSON of one submission, as Gradescope takes it: of what has been judged up to now. kept: tests of an earlier result,
    of exercises that have no verdict now."""
    tests = [dict(test) for test in kept]
    for test in tests:
        if test["verdict"] == FOR_A_PERSON:
            test.pop("score", None)
            test.update({"score": by_hand[test["number"]]} if test["number"] in by_hand else {})
    for exercise in exercises:
        verdict = verdicts.get(exercise.number)
        if verdict is not None:
            tests.append(test_of(exercise, verdict, scale, by_hand))
    numbers = {exercise.number for exercise in exercises} | {test["number"] for test in tests}
    tests.sort(key=lambda test: (test["verdict"] != CANNOT_JUDGE, [int(part) for part in test["number"].split(".")]))
    unjudged = [test["number"] for test in tests if test["verdict"] == CANNOT_JUDGE]
    unread = [test["number"] for test in tests if test["verdict"] == FOR_A_PERSON and "score" not in test]
    output = f"{sum(test['verdict'] == PASS for test in tests)} of {len(numbers)} exercises passed"
    output += f"; not judged, which is not the student's fault and no score: {', '.join(unjudged)}" if unjudged else ""
    output += f"; for a person to read: {', '.join(unread)}" if unread else ""
    output += f"; {note}" if note else ""
    return {"score": sum(test.get("score", 0) for test in tests), "output": output, "visibility": "visible",
            "stdout_visibility": "hidden", "grader": version, "tests": tests}


def test_of(exercise: Exercise, verdict: Verdict, scale: points.Scale, by_hand: Dict[str, float]) -> dict:
    most = scale.most(exercise)
    test = {"number": exercise.number, "name": f"{exercise.number} {exercise.title}", "verdict": verdict.verdict,
            "max_score": most, "visibility": "visible"}
    if verdict.verdict == CANNOT_JUDGE:
        test["output"] = NOT_THE_STUDENTS
    elif verdict.verdict == FOR_A_PERSON:
        test["output"] = "A person reads this explanation."
        if exercise.number in by_hand:
            test["score"] = by_hand[exercise.number]
    else:
        test["output"] = "\n".join(printable(line) for line in replace(verdict, stages=[]).lines())
        test["score"] = scale.score(exercise, verdict)
        test["status"] = "passed" if verdict.passed else "failed"
    return test


class Results:
    """Of all submissions: OUT.json, and in the folder OUT a file for each submission, written with each verdict."""

    def __init__(self, out: Path, exercises: List[Exercise], submissions: List[Submission], version: str,
                 scale: points.Scale, handed_in: Path):
        """handed_in: the folder that the submissions lie in."""
        self.out, self.exercises, self.version, self.scale = out, exercises, version, scale
        self.submissions = {submission.key: submission for submission in submissions}
        self.verdicts: Dict[str, Dict[str, Verdict]] = {key: {} for key in self.submissions}
        self.folder = out.with_suffix("") if out.suffix else out.with_name(out.name + ".d")
        results, place = self.folder.resolve(), handed_in.resolve()
        if place in results.parents or results in (place, *place.parents):  # the next run would take them for submissions
            raise Problem(f"the results would lie among the submissions, in {self.folder}: give another OUT")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.before = read_json(out)
        self.kept = {key: read_json(self.folder / f"{key}.json").get("tests", []) for key in self.submissions}
        self.by_hand: Dict[str, Dict[str, float]] = {}
        for (key, number), given in self._read_table().items():
            if given is not None:
                self.by_hand.setdefault(key, {})[number] = given

    def take(self, key: str, exercise: Exercise, verdict: Verdict) -> None:
        self.verdicts[key][exercise.number] = verdict
        write_json(self.folder / f"{key}.json", self.of(key))
        sentence = printable(verdict.sentence)[:60]
        print(f"{self.submissions[key].name:<24} {exercise.number:<6} {verdict.verdict:<13} {sentence}", flush=True)

    def of(self, key: str) -> dict:
        submission = self.submissions[key]
        note = submission.problem if submission.tree is not None else ""
        # An earlier verdict stays until there is another: who stops this run has lost none.
        kept = [test for test in self.kept[key] if test["number"] not in self.verdicts[key]]
        return result(self.exercises, self.verdicts[key], note, self.version, self.scale, self.by_hand.get(key, {}),
                      kept)

    def finish(self) -> int:
        """Writes what is for all; prints what the teacher must see first. Returns the exit status."""
        found = {key: self.of(key) for key in self.submissions}
        write_json(self.out, found)
        unjudged = [(key, number, verdict) for key, verdicts in self.verdicts.items()
                    for number, verdict in verdicts.items() if verdict.verdict == CANNOT_JUDGE]
        print()
        for key, number, verdict in unjudged:
            print(f"not judged, no score: {self.submissions[key].name} {number}: {printable(verdict.sentence)}")
        for key, number, old, new in changed(self.before, found):
            print(f"changed: {printable(key)} {number}: {old} -> {new}")
        for key, one in found.items():
            problem = "" if self.submissions[key].tree else f" ({self.submissions[key].problem})"
            print(f"{self.submissions[key].name}: {one['score']:g} points, {one['output']}{problem}")
        self._write_explanations()
        given = {one for one, given in self._read_table().items() if given is not None}
        for key, number in sorted(given - set(self._explained())):
            alike = next((one for one in self.submissions if one.lstrip("0").lower() == key.lstrip("0").lower() != ""), key)
            print(f"not used in this run: {self._points_file}: {printable(key)}, {number}"
                  + (f" (did a spreadsheet change {alike} to {printable(key)}?)" if alike != key else ""))
        return 2 if unjudged else 0

    # --- Explanations ---

    def _explained(self) -> Dict[Tuple[str, str], float]:
        """(submission, exercise): the most points, of the explanations in the results."""
        most = {(key, one.number): self.scale.most(one) for key in self.submissions for one in self.exercises if one.kind == "explain"}
        kept = {(key, test["number"]): test["max_score"] for key, tests in self.kept.items() for test in tests
                if test["verdict"] == FOR_A_PERSON}
        return {**kept, **most}

    @property
    def _points_file(self) -> Path:
        return self.folder / "explanations.csv"

    def _read_table(self) -> Dict[Tuple[str, str], Optional[float]]:
        """explanations.csv after an earlier run, with the points that a person has put in, by submission and exercise. A
        spreadsheet may have written it: with other separators, a decimal comma, a byte-order mark."""
        if not self._points_file.is_file():
            return {}
        try:
            text = self._points_file.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise Problem(f"{self._points_file}: it is not UTF-8. Save it as CSV in UTF-8") from None
        separator = next((one for one in ";\t," if one in text.partition("\n")[0]), ",")
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        found: Dict[Tuple[str, str], Optional[float]] = {}
        explained = self._explained()
        for number, row in enumerate(rows):
            cells = [cell.strip() for cell in row]
            cells = cells[:3] if not any(cells[3:]) else cells
            if number == 0 and cells == COLUMNS or not any(cells):
                continue
            if number == 0 or len(cells) != 3 or not EXERCISE.fullmatch(cells[1]) or not POINTS.fullmatch(cells[2]):
                raise Problem(f"{self._points_file}:{rows.line_num}: the first line is {','.join(COLUMNS)}, and each of the "
                              "others has a submission's name, an exercise's number, and a number or nothing")
            if (cells[0], cells[1]) in found:
                raise Problem(f"{self._points_file}:{rows.line_num}: {cells[0]}, {cells[1]} is there twice")
            given = float(cells[2].replace(",", ".")) if cells[2] else None
            most = explained.get((cells[0], cells[1]), math.inf)
            if given is not None and not 0 <= given <= most:
                raise Problem(f"{self._points_file}:{rows.line_num}: {cells[2]} points, and this exercise gives "
                              + (f"0 to {most:g}" if most < math.inf else "none below 0"))
            found[cells[0], cells[1]] = given
        return found

    def _write_explanations(self) -> None:
        explained = [one for one in self.exercises if one.kind == "explain"]
        if not explained:
            return
        table = self._read_table()  # as it is now: a teacher may have gone on with it while this run was judging
        rows: Dict[Tuple[str, str], Optional[float]] = {}
        for exercise in explained:
            lines = [f"# {exercise.number} {exercise.title}", "", exercise.text, "", "## A model answer", "", exercise.answer]
            for key, verdicts in self.verdicts.items():
                verdict = verdicts.get(exercise.number)
                if verdict is not None and verdict.verdict == FOR_A_PERSON:
                    lines += ["", f"## {self.submissions[key].name}", ""]
                    lines += ["> " + printable(line) for line in verdict.log]
                    rows[key, exercise.number] = table.get((key, exercise.number))
            (self.folder / f"explanations-{exercise.number}.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
        judged = {(key, exercise.number) for key, verdicts in self.verdicts.items() for exercise in explained}
        rows.update({one: given for one, given in table.items() if one not in judged or given is not None})
        text = io.StringIO()
        csv.writer(text).writerows([COLUMNS, *([*one, "" if given is None else f"{given:g}"] for one, given in rows.items())])
        save_text(self._points_file, text.getvalue())


def changed(before: dict, now: dict) -> List[Tuple[str, str, str, str]]:
    """(submission, exercise, old verdict, new verdict) where they differ, or where there is none any more."""
    found = []
    for key, one in now.items():
        new = {test["number"]: test["verdict"] for test in one["tests"]}
        found += [(key, test["number"], test.get("verdict", ""), new.get(test["number"], "no longer there"))
                  for test in before.get(key, {}).get("tests", []) if new.get(test["number"]) != test.get("verdict", "")]
    return found


def read_json(file: Path) -> dict:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def write_json(file: Path, data: dict) -> None:
    save_text(file, json.dumps(data, indent=1) + "\n")


def version_of(root: Path) -> str:
    """The grader's: its commit, and whether the tree was changed since."""
    done = subprocess.run(["git", "-C", root, "describe", "--always", "--dirty"], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True)
    return done.stdout.strip() or "unknown"


# --- Commands ---

def without_network(words: List[str]) -> None:
    """Goes on in an outer sandbox that has nothing but a loop-back device of its own, over which Bochs talks to us."""
    if INSIDE in os.environ:
        return
    command = ["bwrap", "--dev-bind", "/", "/", "--unshare-net", "--unshare-pid", "--proc", "/proc", "--die-with-parent",
               "--setenv", INSIDE, "1", sys.executable, "-m", "course.main", "grade", *words]
    os.execvp(command[0], command)


def grade_command(root: Path, words: List[str]) -> int:
    """grade [--points FILE] [--hidden DIR] SUBMISSIONS FILE.json [NUMBERS]: an object of results by the submissions' names,
    and beside FILE.json a folder FILE with one file each, and with the explanations."""
    try:
        sandbox.enter(Path(word) for word in words if Path(word).exists())
    except sandbox.NoSandbox as problem:
        raise Problem(str(problem)) from None
    without_network(words)
    begin = time.monotonic()
    everything = exercise_file.load_all(root)
    scale = points.read(Path(take_option(words, "--points") or Path(__file__).with_name("points.txt")), {one.number for one in everything})
    hidden_folder = take_option(words, "--hidden")
    if len(words) < 2:
        raise Problem("make grade SUBMISSIONS=dir OUT=file.json")
    submissions = find(Path(words[0]))
    if not submissions:
        raise Problem(f"there is no submission in {words[0]}")
    exercises = [one for one in authors.among(everything, words[2:]) if words[2:] or scale.most(one)]
    reference = authors.reference_of(root, exercises)
    sandbox.show(reference.folder)
    hidden.put(Path(hidden_folder) if hidden_folder else None, exercises)
    results = Results(Path(words[1]), exercises, submissions, version_of(root), scale, Path(words[0]))
    judge = Judge(reference)
    before = os.umask(0o022)  # sandboxes read what is made for them; the results, in a folder that is there by now, keep to root's own
    try:
        judge_all(reference, root / authors.FOLDER, exercises, {one.key: judge.submission(one) for one in submissions},
                  results.take, judge)
    finally:
        os.umask(before)
    status = results.finish()
    print(f"{len(submissions)} submissions, {len(exercises)} exercises, {time.monotonic() - begin:.0f} s: {words[1]}")
    return status


def report_command(root: Path, words: List[str]) -> int:
    """report FILE.json: this tree alone, by its own reference; for a classroom's workflow."""
    reader = Reader(root)
    out = Path(words[0] if words else "results.json")
    exercises = reader.exercises
    own_files.verify(reader.reference)
    problem = reader.reference.build(needed_by(exercises))
    if problem:
        raise Problem(f"the course's own kernel does not build here: {problem[-500:]}")
    judge = Judge(reader.reference)
    verdicts: Dict[str, Verdict] = {}
    scale = points.read(Path(__file__).with_name("points.txt"), {one.number for one in exercises})

    def take(_: str, exercise: Exercise, verdict: Verdict) -> None:
        verdicts[exercise.number] = verdict
        write_json(out, result(exercises, verdicts, "", "this tree's own", scale, {}))
        print(f"{exercise.number:<6} {verdict.verdict:<13} {printable(verdict.sentence)[:60]}", flush=True)

    judge_all(reader.reference, root / "build/exercises", exercises, {"": judge.own(root)}, take, judge)
    print(read_json(out)["output"])
    return 0


def summary_command(root: Path, words: List[str]) -> int:
    """summary FILE.json: the results as a table in Markdown."""
    found = read_json(Path(words[0]))
    print(f"{found['output']}\n\n| exercise | | |\n|---|---|---|")
    for test in found["tests"]:
        print(f"| {test['name']} | {test['verdict']} | {test['output'].splitlines()[0]} |")
    return 0
