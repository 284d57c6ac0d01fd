"""What a reader can do with an exercise: start it, have it judged, get hints, see the solution."""

from __future__ import annotations

import difflib
import hashlib
import itertools
import re
import time
from pathlib import Path
from typing import Callable, Dict, List, Optional

from . import exercise_file, hints, locks, own_files, paper, submitted_bodies, tree
from .exercise import HINT_LEVELS, Exercise, Texts
from .mine import Mine, name_of
from .own_files import Problem
from .progress import Progress
from .source import SourceError, piece_of
from .submission import Refused, Submission
from .verdict import CANNOT_JUDGE, NOT_YET, Verdict

COMES_BACK = 2  # so often a skipped exercise is left before its chapter goes on without it
CHECKPOINT = re.compile(r"docs/\d\d-[^/]*/(main\.cpp|modules|loader\.\w+)$")
SOURCES = ("boot/", "kernel/", "linker/", "programs/")  # what a kernel is built from


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

    def start_of(self, exercise: Exercise) -> Texts:
        """What the exercise begins with. A mistake that does not fit into the reader's function is put into the course's."""
        if self.mine.kept() and not self.reference.opened:
            try:
                return exercise.start(self.read)
            except SourceError:
                pass
        return self.reference.start_of(exercise)

    def base(self, tell: Callable[[str], None] = lambda _: None) -> tree.Reference:
        """The reader's kernel as a tree: what exercises are judged in. The course's own while nothing has passed."""
        texts = self.own_texts()
        if not texts:
            return self.reference
        stamp = self.grown.folder.with_name("grown.stamp")
        state = hashlib.sha256(repr(sorted(texts.items())).encode() + own_files.hashes_of(self.reference).read_bytes()).hexdigest()
        if not stamp.is_file() or stamp.read_text() != state:
            tell("putting your functions into the kernel")
            own = {name: text.encode() for name, text in texts.items()}
            self.grown.take(self.reference.folder, own, tree.source_names(self.reference.folder))
            stamp.write_text(state)
        return self.grown

    def open_files(self) -> List[str]:
        """Files of the tree in which the function of an exercise is still open."""
        file = self.progress.folder / "open"
        names = file.read_text(encoding="utf-8").split() if file.is_file() else []
        return [name for name in names if tree.UNSOLVED.search((self.root / name).read_text(encoding="utf-8", errors="replace"))]

    def own_changes(self) -> Texts:
        """Files of the tree that are not as the reader's kernel has them, but for those with an open function."""
        names = [name for name in tree.source_names(self.reference.folder) if name.startswith(SOURCES) or CHECKPOINT.match(name)]
        open_files = self.open_files()
        changed = [name for name in self.differing(names, {}) if name not in open_files]
        return {name: (self.root / name).read_text(encoding="utf-8", errors="replace") for name in changed}

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
        self.put({name: self.read(name) for name in own if (self.reference.folder / name).is_file()})
        return lines

    def _shown(self, path: Optional[Path]) -> str:
        return str(path.relative_to(self.root)) if path else ""

    def put(self, texts: Dict[str, str]) -> None:
        for name, text in texts.items():
            file = self.root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if not file.is_file() or file.read_text(encoding="utf-8", errors="replace") != text:
                file.write_text(text, encoding="utf-8")

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
            file = self.progress.answer_file(exercise.number)
            if reset or not file.is_file():
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(paper.template(exercise), encoding="utf-8")
        else:
            lines += self._open(exercise, reset)
        self.progress.go_to(exercise.number)
        self._note_open_files()
        return lines + self.show(exercise)

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
        self.put(start)
        if saved and not reset:
            for name in start:
                if (saved / name).is_file():  # as it was, whatever its bytes are
                    (self.root / name).write_bytes((saved / name).read_bytes())
            lines += [f"You go on with your work kept in {self._shown(saved)}."]
        return lines

    def _note_open_files(self) -> None:
        """.course/open names the files that may have a hole: make looks into them (see the Makefile)."""
        current = self.find()
        names = [name for name, _ in current.holes]
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
            file = self.root / name
            lines = file.read_text(encoding="utf-8", errors="replace").splitlines() if file.is_file() else []
            for number, line in enumerate(lines, 1):
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
        try:
            with locks.building(self.root):
                verdict = self._judge(exercise, answer, tell)
        except Problem as problem:
            verdict = Verdict(exercise.number, CANNOT_JUDGE, str(problem).splitlines()[0], symptom="cannot judge",
                              log=str(problem).splitlines()[1:])
        verdict.seconds = time.monotonic() - begin
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
            if fail:
                return fail
        if exercise.kind != "explain":
            problem = base.build(needed, tell)
            if problem:
                last = "\n".join(problem.splitlines()[-5:])
                whose = "the course's own kernel" if base is self.reference else "the kernel with your functions (`make mine` lists them)"
                raise Problem(f"{whose} does not build here: `make doctor` checks this machine\n{last}")
        verdict = grader.grade(exercise, texts, answer or self.progress.answer(exercise.number), tell=tell)
        if verdict.verdict == NOT_YET and not re.match(f"build:|unsolved {re.escape(exercise.number)}", verdict.symptom):
            verdict = self._blamed(exercise, texts, verdict, tell)
        elif verdict.passed and exercise.holes and not self.progress.seen(exercise.number):
            self._keep(exercise, texts, verdict, tell)
        if not exercise.on_paper:
            verdict.notes += self._not_judged(exercise) + (self._not_utf8(exercise) or self._refused(exercise, texts, verdict, tell))
        return verdict

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
        verdict.notes.append(f"`make exercise N={number} RESET=1` begins {number} again, `make solution N={number}` puts the "
                             f"course's version in its place, `make theirs N={number}` shows both")
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
        that no solution needs."""
        from .grade import Grader

        if not verdict.passed:
            return []
        try:
            taken = submitted_bodies.taken(exercise, Submission("", "", self.root), self.reference.read) or {}
        except Refused as refused:
            return [f"if you hand it in, `make grade` will refuse it: {refused}"]
        if not self.reference.opened or all(texts.get(name) == text for name, text in taken.items()):
            return []  # elsewhere what is kept for `make mine` has been built
        fail = Grader(self.reference, self._slot(self.reference)).compile(exercise, taken, tell)
        return [f"if you hand it in, `make grade` will take the function without your other lines: {fail.sentence}"] if fail else []

    # --- Hints and solutions ---

    def hint(self, number: str = "") -> List[str]:
        return hints.next_hint(self.find(number), self.progress, self.difference)

    def difference(self, exercise: Exercise) -> List[str]:
        """From the reader's files to the reference's."""
        if exercise.on_paper or not self.has_solution:
            return []
        lines = []
        for name, text in sorted(exercise.reference(self.reference.read).items()):
            mine = (self.root / name).read_text(encoding="utf-8",
                                                errors="replace") if (self.root / name).is_file() else ""
            lines += difflib.unified_diff(mine.splitlines(), text.splitlines(), f"{name} (yours)",
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
        self.mine.forget(exercise)
        self.progress.set(exercise.number, again="")
        texts = exercise.reference(self.read)
        own = self.differing(list(texts), texts)
        lines = []
        if own and self.differing(own, self.start_of(exercise)):
            lines = [f"Your own files are kept in {self._shown(self.progress.save(exercise.number, own))}."]
        self.put(texts)
        self._note_open_files() if self.progress.current else None
        return lines + [f"The reference solution of {exercise.number} is in {', '.join(sorted(texts))}."]

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
