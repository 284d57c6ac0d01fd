"""What a reader can do with an exercise: start it, have it judged, get hints, see the solution."""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import itertools
import re
import shutil
import time
from pathlib import Path
from typing import Callable, Dict, List, Optional

from . import exercise_file, hints, locks, own_files, paper, submitted_bodies, tree
from .exercise import HINT_LEVELS, Exercise, Texts
from .mine import Mine, name_of
from .problem import Problem
from .progress import Progress, save_text
from .source import SourceError, piece_of
from .submission import Refused, Submission
from .verdict import CANNOT_JUDGE, NOT_YET, Verdict

COMES_BACK = 2  # so often a skipped exercise is left before its chapter goes on without it
CHECKPOINT = re.compile(r"docs/\d\d-[^/]*/(main\.cpp|modules|loader\.\w+)$")
SOURCES = ("boot/", "kernel/", "linker/", "programs/")  # what a kernel is built from


def _last(said: str) -> str:
    return "\n".join(said.splitlines()[-5:])


class Reader:
    def __init__(self, root: Path):
        self.root = root
        self.progress = Progress(root)
        self.reference = tree.Reference(self.progress.folder / "reference")
        self.grown = tree.Reference(self.progress.folder / "grown")
        self._exercises: List[Exercise] = []
        self._mine: Optional[Mine] = None

    @property
    def exercises(self) -> List[Exercise]:
        if not self._exercises:
            own_files.need(self.root, self.reference)
            self._exercises = exercise_file.load_all(self.reference.folder)
        return self._exercises

    def find(self, number: str = "") -> Exercise:
        number = number or self.progress.current
        if not number:
            raise Problem("no exercise is started: `make exercises` lists them, `make exercise N=4.1` starts one")
        found = exercise_file.find(self.exercises, number)
        if found is None:
            raise Problem(f"there is no exercise {number}: `make exercises` lists them")
        return found

    def following(self, number: str = "") -> Optional[Exercise]:
        """The next one that is not done: after that one, or the current one, in its chapter, then those that were skipped in it, then
        the later chapters', and at last what was left out before."""
        current = exercise_file.find(self.exercises, number or self.progress.current)
        left = [one for one in self.exercises if not self.progress.done(one.number) and one is not current]
        if current is None:
            return next(iter(left), None)
        here = [one for one in left if one.chapter == current.chapter]
        skips = {one.number: self.progress.count(one.number, "skips") for one in here}
        later = [one for one in here if one.order > current.order and not skips[one.number]]
        back = [one for one in here if skips[one.number] < COMES_BACK]
        after = [one for one in left if one.order > current.order and one not in here]
        return next(iter(later or back or after or left), None)

    def skip(self) -> None:
        """The current exercise is left unfinished."""
        if not self.progress.done(self.progress.current):
            self.progress.add(self.progress.current, "skips")

    # --- The reader's kernel: the course's files, with the functions in them that have passed ---

    @property
    def mine(self) -> Mine:
        if self._mine is None:
            exercises = [] if self.reference.opened else self.exercises  # a handout's tree keeps all that is written in it
            self._mine = Mine(self.progress.folder / "mine", exercises)
        return self._mine

    def own_texts(self) -> Texts:
        """The files of the reader's kernel that have functions of the reader's in them."""
        return self.mine.texts(self.reference.read, self.mine.kept())

    def read(self, name: str) -> str:
        """The text of a file of the reader's kernel."""
        return self.own_texts().get(name) or self.reference.read(name)

    def read_without(self, exercise: Exercise) -> Callable[[str], str]:
        """Reads the reader's kernel, but for this exercise's functions, which are the course's."""
        texts = self.mine.texts(self.reference.read, [one for one in self.mine.kept() if one is not exercise])
        return lambda name: texts.get(name) or self.reference.read(name)

    def start_of(self, exercise: Exercise) -> Texts:
        """What the exercise begins with. A mistake that does not fit into the reader's function is put into the course's."""
        if self.mine.kept() and not self.reference.opened:
            try:
                return exercise.start(self.read)
            except SourceError:
                pass
        start = self.reference.start_of(exercise)
        if not self.reference.opened:
            return start
        here = {name: self._in_tree(name) for name in start if (self.root / name).is_file()}
        try:  # a handout's tree keeps the other functions that are written in it
            if exercise.holes:
                return {**start, **self.mine.without(here, start.__getitem__, [exercise])}
            return {**start, **self.mine.without({name: start[name] for name in here}, here.__getitem__, self.exercises)}
        except SourceError:
            return start

    def base(self, tell: Callable[[str], None] = lambda _: None, only: Optional[List[Exercise]] = None) -> tree.Reference:
        """The reader's kernel as a tree: what exercises are judged in. The course's own while nothing has passed. only: with the
        reader's functions of these exercises alone."""
        texts = self.own_texts() if only is None else self.mine.texts(self.reference.read, only)
        if not texts:
            return self.reference
        stamp = self.grown.folder.with_name("grown.stamp")
        state = hashlib.sha256(repr(sorted(texts.items())).encode() + own_files.hashes_of(self.reference).read_bytes()).hexdigest()
        if not stamp.is_file() or stamp.read_text() != state:
            tell("putting your functions into the kernel")
            if not stamp.is_file():
                shutil.rmtree(self.grown.folder, ignore_errors=True)  # it was not made to the end
            stamp.unlink(missing_ok=True)
            own = {name: text.encode() for name, text in texts.items()}
            self.grown.take(self.reference.folder, own, tree.source_names(self.reference.folder))
            stamp.write_text(state)
        return self.grown

    def open_files(self) -> List[str]:
        """Files of the tree in which the function of an exercise is still open."""
        file = self.progress.folder / "open"
        names = file.read_text(encoding="utf-8").split() if file.is_file() else []
        there = [name for name in names if (self.root / name).is_file()]
        return [name for name in there if tree.UNSOLVED.search((self.root / name).read_text(encoding="utf-8", errors="replace"))]

    def own_changes(self) -> Texts:
        """Files of the tree that are not as the reader's kernel has them, but for those with an open function."""
        names = {*tree.source_names(self.reference.folder), *tree.source_names(self.root)}  # what is new in the tree is a change, too
        names = sorted(name for name in names if name.startswith(SOURCES) or CHECKPOINT.match(name))
        open_files = self.open_files()
        changed = [name for name in self.differing(names, {}) if name not in open_files]
        return {name: self._in_tree(name) for name in changed}

    # --- Starting and leaving ---

    def differing(self, names: List[str], texts: Dict[str, str]) -> List[str]:
        """Those of `names` whose text in the tree is not that in `texts` (that of the reader's kernel, for names not there)."""
        found = []
        texts = {**self.own_texts(), **texts}
        for name in names:
            file = self.root / name
            want = texts.get(name)
            if want is None and (self.reference.folder / name).is_file():
                want = self.reference.read(name)
            if file.is_file() and file.read_text(encoding="utf-8", errors="replace") != want:
                found.append(name)
        return found

    def leave(self) -> List[str]:
        """Closes the current exercise where it has left something unfinished: the reader's kernel is whole again."""
        exercise = exercise_file.find(self.exercises, self.progress.current)
        if exercise is None or exercise.on_paper or not self.progress.unfinished(exercise.number):
            return []
        own = self.differing(exercise.files(), {})
        if not own:
            return []
        lines = []
        if self.differing(own, self.start_of(exercise)):
            kept = self._shown(self.progress.save(exercise.number, own))
            lines = [f"Your work on {exercise.number} is kept in {kept}."]
        back = self.start_of(exercise) if self.reference.opened else {
            name: self.read(name) for name in own if (self.reference.folder / name).is_file()}
        self.put(back)
        return lines

    def _shown(self, path: Optional[Path]) -> str:
        return str(path.relative_to(self.root)) if path else ""

    def put(self, texts: Dict[str, str]) -> None:
        for name, text in texts.items():
            file = self.root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if not file.is_file() or file.read_text(encoding="utf-8", errors="replace") != text:
                save_text(file, text)

    def start(self, number: str, reset: bool = False) -> List[str]:
        """Opens the exercise in the reader's tree; returns what to tell. What is done already is only shown."""
        exercise = self.find(number)
        lines = []
        if self.progress.current != exercise.number:
            lines += self.leave()
        if reset:
            self.progress.set(exercise.number, solution="", level="", symptom="", skips="",
                              again="yes" if self.progress.passed(exercise.number) else "")
        if not self.progress.unfinished(exercise.number):
            how = "You have passed this one" if self.progress.passed(exercise.number) else "The solution of this one was put in"
            lines += [f"{how}: `make exercise N={exercise.number} RESET=1` begins it again."]
        elif exercise.on_paper:
            if reset or not self.progress.answer_file(exercise.number).is_file():
                lines += self._write_answer(exercise, paper.template(exercise))
        else:
            lines += self._open(exercise, reset)
        self.progress.go_to(exercise.number)
        self._note_open_files()
        return lines + self.show(exercise)

    def _write_answer(self, exercise: Exercise, text: str) -> List[str]:
        """An answer of the reader's that was there is kept."""
        file = self.progress.answer_file(exercise.number)
        file.parent.mkdir(parents=True, exist_ok=True)
        known, lines = self.progress.answer(exercise.number), []
        if known not in ("", text, paper.template(exercise)):
            kept = self._shown(self.progress.save(exercise.number, [str(file.relative_to(self.root))]))
            lines = [f"Your answer is kept in {kept}."]
        save_text(file, text)
        return lines

    def _save_passed(self, exercise: Exercise, own: List[str]) -> List[str]:
        """Keeps the reader's functions that something else is to take the place of, but for those in the files `own`, which are kept
        as well."""
        files = {}
        for (name, _), body in zip(exercise.holes, self.mine.of(exercise)):
            if name not in own or body not in self._in_tree(name):
                whole = self.read(name)
                files[name] = (whole if body in whole else body).encode()  # which an updated course may not have a place for
        kept = self.progress.save_bytes(f"before-{exercise.number}", files)
        return [f"What has passed is kept in {self._shown(kept)}."] if kept else []

    def _in_tree(self, name: str) -> str:
        file = self.root / name
        return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""

    def _open(self, exercise: Exercise, reset: bool) -> List[str]:
        start = self.start_of(exercise)
        lines = []
        own = [name for name in self.differing(list(start), {}) if name in self.differing(list(start), start)]
        saved = self.progress.last_saved(exercise.number)
        if self.progress.current == exercise.number and not reset and own:
            return ["You have started this one already; `make exercise N=... RESET=1` starts it over."]
        if own:  # it belongs to no work on this exercise, so nobody goes on with it
            kept = self._shown(self.progress.save(f"before-{exercise.number}", own))
            lines += [f"What was in {', '.join(own)} is kept in {kept}."]
        lines += self._save_passed(exercise, own) if reset else []
        self.put(start)
        if saved and not reset:
            older = saved.stat().st_mtime < own_files.taken_at(self.reference)
            for name, text in self._again(exercise, saved, start, older).items():
                save_text(self.root / name, text)
            lines += [f"You go on with your work kept in {self._shown(saved)}."]
            if older and exercise.holes:
                lines += ["The course was updated since: only your functions were taken from there, and not what is outside them."]
        return lines

    def _again(self, exercise: Exercise, saved: Path, start: Texts, older: bool) -> Texts:
        """Work that was left, whatever its bytes are: the other functions in its files are those of the reader's kernel now. If it is
        older than the course's files, all but the exercise's functions is of now."""
        texts = {name: (saved / name).read_bytes().decode("utf-8", "surrogateescape") for name in start if (saved / name).is_file()}
        names = {name for name, _ in exercise.holes if name in texts}
        try:
            if older:
                here = {name: start[name] for name in names}
                return {**texts, **self.mine.without(here, texts.__getitem__, [exercise])}
            others = [one for one in self.exercises if one is not exercise]
            return {**texts, **self.mine.without({name: texts[name] for name in names}, start.__getitem__, others)}
        except SourceError:  # a function is not there, or twice
            return texts

    def _note_open_files(self) -> None:
        """.course/open names the files that may have a hole: make looks into them (see the Makefile)."""
        current = exercise_file.find(self.exercises, self.progress.current)
        names = [name for name, _ in current.holes] if current else []
        file = self.progress.folder / "open"
        if names:
            file.write_text("\n".join(sorted(set(names))) + "\n", encoding="utf-8")
        else:
            file.unlink(missing_ok=True)

    def show(self, exercise: Exercise) -> List[str]:
        minutes = exercise.keys.get("minutes", "?")
        lines = ["", f"{exercise.number} {exercise.title} ({exercise.kind}, about {minutes} minutes)", ""]
        lines += exercise.text.splitlines()
        repairs = [one.number for one in self.exercises if one.kind == "repair"]
        if exercise.kind == "repair" and not any(self.progress.of.get(number) for number in repairs):
            lines += ["", "(`git diff` would show you the mistake in this and every other repair. Look at it afterwards.)"]
        lines += ["", f"    edit:  {self.where(exercise)}", f"    read:  {exercise.read}"]
        if exercise.kind == "predict":
            example = ", ".join(f"{name}=..." for name in paper.questions(exercise))
            return lines + [f'    then:  make check, or make check ANSWER="{example}"']
        return lines + ["    then:  make check"]

    def where(self, exercise: Exercise) -> str:
        """File and line to edit; several where there are several holes."""
        if exercise.on_paper:
            return self._shown(self.progress.answer_file(exercise.number))
        found = []
        for name in exercise.files():
            for number, line in enumerate(self._in_tree(name).splitlines(), 1):
                if "your lines go here instead" in line:
                    found.append(f"{name}:{number}")
        if found:
            return ", ".join(found)
        return ", ".join(exercise.files()) if exercise.kind != "repair" else "the place you have to find"

    # --- Judging ---

    def texts(self, exercise: Exercise, root: Optional[Path] = None) -> Texts:
        """The files that the exercise lets the reader edit, as they are in the tree."""
        root = root or self.root
        found = {}
        for name in exercise.files():
            file = root / name
            if not file.is_file() and not (self.reference.folder / name).is_file():
                continue  # an extension need not bring it
            if not file.is_file():
                raise Problem(f"{name} is missing: `make exercise N={exercise.number} RESET=1` puts it back")
            found[name] = file.read_text(encoding="utf-8", errors="replace")
        return found

    def _slot(self, base: tree.Reference) -> tree.Slot:
        name = "slot" if base is self.reference else "slot-grown"
        return tree.Slot(self.root / "build/exercises" / name, base)

    def check(self, number: str = "", answer: str = "", tell: Callable[[str], None] = lambda _: None) -> Verdict:
        exercise = self.find(number)
        begin = time.monotonic()
        if not (exercise.on_paper or self.reference.opened or exercise.number == self.progress.current
                or self.progress.done(exercise.number)):  # the tree has the course's lines there, not the reader's
            raise Problem(f"{exercise.number} is not open: `make exercise N={exercise.number}` opens it")
        try:
            with locks.building(self.root):
                verdict = self._judge(exercise, answer, tell)
        except Problem as problem:
            verdict = Verdict(exercise.number, CANNOT_JUDGE, str(problem).splitlines()[0], symptom="cannot judge",
                              log=str(problem).splitlines()[1:])
        verdict.seconds = time.monotonic() - begin
        if answer and exercise.on_paper:  # it is handed in from there
            lines = self._write_answer(exercise, answer.rstrip() + "\n")
            verdict.notes += lines if exercise.kind == "explain" else []
        if verdict.verdict != CANNOT_JUDGE:
            self.progress.add(exercise.number, "tries")
        if verdict.passed and not self.progress.seen(exercise.number):
            first = self.progress.get(exercise.number, "passed")
            self.progress.set(exercise.number, passed=first or time.strftime("%Y-%m-%d"), again="")
        if exercise.number == self.progress.current:
            self._note_open_files()
        self.progress.keep_verdict(verdict.as_json())
        return verdict

    def _judge(self, exercise: Exercise, answer: str, tell: Callable[[str], None]) -> Verdict:
        from .grade import Grader, needed_by

        own_files.verify(self.reference)
        texts = {} if exercise.on_paper else self.texts(exercise)
        base = self.reference if exercise.on_paper else self.base(tell)
        grader = Grader(self.reference, self._slot(base))
        needed = needed_by([exercise])
        if texts and not all((base.folder / target).is_file() for target in needed):
            fail = grader.compile(exercise, texts, tell)
            if fail and (not fail.where or fail.where.partition(":")[0] in texts):  # else it may be an earlier function
                return fail
        if exercise.kind != "explain":
            problem = base.build(needed, tell)
            if problem:
                base = self._base_without(exercise, needed, problem, tell)
                grader = Grader(self.reference, self._slot(base))
        verdict = grader.grade(exercise, texts, answer or self.progress.answer(exercise.number), tell=tell)
        if verdict.verdict == NOT_YET and not re.match(f"build:|unsolved {re.escape(exercise.number)}", verdict.symptom):
            verdict = self._blamed(exercise, texts, verdict, tell)
        elif verdict.passed and exercise.holes and not self.progress.seen(exercise.number):
            self._keep(exercise, texts, verdict, tell)
        if not exercise.on_paper:
            verdict.notes += self._not_judged(exercise) + (self._not_utf8(exercise) or self._refused(exercise, texts, verdict, tell))
        return verdict

    def _base_without(self, exercise: Exercise, needed: List[str], problem: str, tell: Callable[[str], None]) -> tree.Reference:
        """Where the reader's kernel does not build: without what is judged now. A Problem names any other function that is why, as it
        may be after an update of the course."""
        of_the_course = self.reference.build(needed, tell)
        if of_the_course:
            raise Problem("the course's own kernel does not build here: `make doctor` checks this machine\n" + _last(of_the_course))
        others = [one for one in self.mine.kept() if one is not exercise]
        base = self.base(tell, others)
        problem = base.build(needed, tell)
        if not problem:
            return base
        for one in [one for one in others if any(name in problem for name, _ in one.holes)] or others:
            if self.base(tell, [one]).build(needed, tell):
                names = " and ".join(name_of(what) for _, what in one.holes)
                raise Problem(f"{names} of {one.number}, which is your own, does not build in the course's kernel as it is now: "
                              f"{self._ways_out(one.number)}\n{_last(problem)}")
        raise Problem(f"the kernel with your functions (`make mine` lists them) does not build\n{_last(problem)}")

    def _ways_out(self, number: str) -> str:
        return (f"`make exercise N={number} RESET=1` begins {number} again, `make solution N={number}` puts the course's version in "
                f"its place, `make theirs N={number}` shows both")

    def _keep(self, exercise: Exercise, texts: Texts, verdict: Verdict, tell: Callable[[str], None]) -> None:
        """From now on these functions are the reader's own."""
        from .grade import needed_by

        if self.reference.opened:
            return
        before, reason = self.mine.of(exercise), "it was interrupted"
        try:
            self.mine.keep(exercise, texts)
            problem = self.base(tell).build(needed_by([exercise]), tell)
            reason = "the function needs lines of yours that are outside it" if problem else ""
        except SourceError as error:
            reason = str(error)
        finally:
            if reason:
                self.mine.put(exercise, before)
        if reason:
            verdict.notes.append(f"it is not kept for `make mine`: {reason}")

    def _blamed(self, exercise: Exercise, texts: Texts, verdict: Verdict, tell: Callable[[str], None]) -> Verdict:
        """Whether it is an earlier function of the reader's that fails: judged once more, with the course's in their place."""
        from .grade import Grader, needed_by

        earlier = [one for one in self.mine.kept() if one is not exercise]
        if not earlier or exercise.on_paper or self.reference.build(needed_by([exercise]), tell):
            return verdict
        grader = Grader(self.reference, self._slot(self.reference))

        def passes(kept: List[Exercise]) -> bool:
            """With these of the earlier functions alone."""
            tell("once more, with the course's version of your earlier functions")
            own = self.mine.without(texts, self.reference.read, [one for one in earlier if one not in kept])
            return grader.grade(exercise, {**self.mine.texts(self.reference.read, kept), **own}).passed

        suspects = earlier
        try:
            if not passes([]):
                return verdict
            while len(suspects) > 1:
                half = len(suspects) // 2
                suspects = suspects[half:] if passes(suspects[:half]) else suspects[:half]
        except SourceError:  # one of them can't be told from other functions of the file
            return verdict
        number, names = suspects[0].number, " and ".join(name_of(what) for _, what in suspects[0].holes)
        verdict.sentence = (f"your lines for {exercise.number} are right: {names} of {number}, which is your own, has a mistake "
                            "that its exercise did not find")
        verdict.symptom, verdict.where = f"blame {number}", "; ".join(f"{file}: {what}" for file, what in suspects[0].holes)
        verdict.notes.append(self._ways_out(number))
        verdict.hint = ""
        return verdict

    def others(self, exercise: Exercise) -> List[str]:
        """Files of the kernel and its programs that do not belong to the exercise."""
        names = [name for name in tree.source_names(self.reference.folder) if name.startswith(SOURCES)]
        return [name for name in names if name not in exercise.files()]

    def _not_judged(self, exercise: Exercise) -> List[str]:
        """Changes in files that do not belong to the exercise: it does not see them."""
        passed = {name for one in self.exercises if self.progress.passed(one.number) for name in one.files()}
        found = self.differing([name for name in self.others(exercise) if name not in passed], {})
        if not found:
            return []
        return [f"you have changed {', '.join(found[:3])}{' and others' if len(found) > 3 else ''}. That does not belong to "
                f"{exercise.number}: it was judged without it"]

    def _not_utf8(self, exercise: Exercise) -> List[str]:
        """It is judged here all the same, but `make grade` refuses it: a stranger's bytes are not guessed at."""
        notes = []
        for name in exercise.files():
            file = self.root / name
            data = file.read_bytes() if file.is_file() else b""
            try:
                data.decode("utf-8")
            except UnicodeDecodeError as error:
                line = data.count(b"\n", 0, error.start) + 1
                notes.append(f"{name} is not UTF-8 (line {line}): save it as UTF-8 before you hand it in, or it is refused")
        return notes

    def _refused(self, exercise: Exercise, texts: Texts, verdict: Verdict, tell: Callable[[str], None]) -> List[str]:
        """What passes here, and gets no points where strangers' work is judged: `make grade` takes functions alone, and nothing
        that no solution needs. A constant or a table beside the function may be another there, so where the reader has changed other
        lines of its file, the function is judged alone."""
        from .grade import Grader, needed_by

        if not verdict.passed:
            return []
        try:
            taken = submitted_bodies.taken(exercise, Submission("", "", self.root), self.reference.read) or {}
        except Refused as refused:
            return [f"if you hand it in, `make grade` will refuse it: {refused}"]
        with contextlib.suppress(SourceError):  # the reader's functions of other exercises are no such lines
            others = [one for one in self.mine.kept() if one is not exercise]
            texts = {**texts, **self.mine.without(texts, self.reference.read, others)}
        if not exercise.holes or all(texts.get(name) == text for name, text in taken.items()) or self.reference.build(
                needed_by([exercise]), tell):
            return []
        tell("once more, without your lines beside the function")
        alone = Grader(self.reference, self._slot(self.reference)).grade(exercise, taken, tell=tell)
        if alone.verdict != NOT_YET or alone.symptom.startswith("unsolved"):  # in a handout another hole of the file may be open
            return []
        return [f"if you hand it in, `make grade` will take the function without your other lines: {alone.sentence}"]

    # --- Hints and solutions ---

    def hint(self, number: str = "") -> List[str]:
        return hints.next_hint(self.find(number), self.progress, self.difference)

    def difference(self, exercise: Exercise) -> List[str]:
        """From the reader's files to what they are with the course's version of the exercise's functions."""
        if exercise.on_paper or not self.has_solution:
            return []
        lines = []
        for name, text in sorted(exercise.reference(self.read_without(exercise)).items()):
            lines += difflib.unified_diff(self._in_tree(name).splitlines(), text.splitlines(), f"{name} (yours)",
                                          f"{name} (the reference)", lineterm="", n=2)
        return lines

    @property
    def has_solution(self) -> bool:
        own_files.need(self.root, self.reference)
        return not self.reference.opened

    def solution(self, number: str = "") -> List[str]:
        exercise = self.find(number)
        if not self.has_solution:
            raise Problem("this tree was handed out without solutions")
        if exercise.kind == "explain":
            if not paper.words_of(self.progress.answer(exercise.number)):
                raise Problem(f"write your own answer first, in {self.where(exercise)}: then compare")
            self._mark_seen(exercise)
            return exercise.answer.splitlines()
        self._mark_seen(exercise)
        if exercise.kind == "predict":
            return exercise.rights[0].blocks[0].text.splitlines() + exercise.hint(HINT_LEVELS, "").splitlines()
        texts = self._solved(exercise)
        own = self.differing(list(texts), texts)
        own = own if self.differing(own, self.start_of(exercise)) else []
        lines = self._save_passed(exercise, own)
        if own:
            lines += [f"Your own files are kept in {self._shown(self.progress.save(exercise.number, own))}."]
        self.mine.forget(exercise)
        self.progress.set(exercise.number, again="")
        self.put(texts)
        self._note_open_files()
        return lines + [f"The reference solution of {exercise.number} is in {', '.join(sorted(texts))}."]

    def _solved(self, exercise: Exercise) -> Texts:
        """The exercise's files with the course's solution. What another one that is open has in the same file stays as it is."""
        texts = exercise.reference(self.read_without(exercise))
        current = exercise_file.find(self.exercises, self.progress.current)
        if current is None or current is exercise:
            return texts
        here = {name: self._in_tree(name) for name in texts}
        try:
            if exercise.holes:
                return {**texts, **self.mine.without(here, texts.__getitem__, [exercise])}
            return self.mine.without(texts, here.__getitem__, [current])
        except SourceError:  # a function is not there, or twice
            return texts

    def _mark_seen(self, exercise: Exercise) -> None:
        if not self.progress.passed(exercise.number):
            self.progress.set(exercise.number, solution=time.strftime("%Y-%m-%d"))

    def both(self, exercise: Exercise, width: int) -> List[str]:
        """The reader's functions and the course's: side by side where the width allows it."""
        lines: List[str] = []
        for (name, what), mine in zip(exercise.holes, self.mine.of(exercise)):
            text = self.reference.read(name)
            piece = piece_of(name, text, what)
            course = text[piece.begin : piece.end].strip("\n").splitlines()
            own = mine.strip("\n").splitlines()
            if [line.split() for line in own] == [line.split() for line in course]:
                lines += ["", f"Your {name_of(what)} is the course's, word for word."]
                continue
            lines += ["", f"Your {name_of(what)} in {name}, and the course's:", ""]
            left = max(map(len, own))
            if 4 + left + 3 + max(map(len, course)) <= width:
                rows = itertools.zip_longest(own, course, fillvalue="")
                lines += [f"    {one:<{left}} | {other}".rstrip() for one, other in rows]
            else:
                lines += ["    " + line for line in [*own, "", *course]]
        return lines
