"""What a reader can do with an exercise: start it, have it judged, get hints, see the solution."""

from __future__ import annotations

import difflib
import time
from pathlib import Path
from typing import Callable, Dict, List, Optional

from . import exercise_file
from . import own_files
from . import paper
from . import tree
from .exercise import HINT_LEVELS, Exercise
from .own_files import Problem
from .progress import Progress
from .verdict import CANNOT_JUDGE, Verdict


class Reader:
    def __init__(self, root: Path):
        self.root = root
        self.progress = Progress(root)
        self.reference = tree.Reference(self.progress.folder / "reference")
        self._exercises: List[Exercise] = []

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

    def following(self) -> Optional[Exercise]:
        """The next one that is not passed: behind the current one, or else from the beginning."""
        current = exercise_file.find(self.exercises, self.progress.current)
        left = [one for one in self.exercises if not self.progress.passed(one.number)]
        later = [one for one in left if current is None or one.order > current.order]
        return next(iter(later or left), None)

    # --- Starting and leaving ---

    def differing(self, names: List[str], texts: Dict[str, str]) -> List[str]:
        """Those of `names` that stand otherwise in the tree than in `texts` (the reference, for names not there)."""
        found = []
        for name in names:
            file = self.root / name
            want = texts.get(name)
            if want is None and (self.reference.folder / name).is_file():
                want = self.reference.read(name)
            if file.is_file() and file.read_text(encoding="utf-8", errors="replace") != want:
                found.append(name)
        return found

    def leave(self) -> List[str]:
        """Puts the course's files back where the current exercise has left something unfinished."""
        exercise = exercise_file.find(self.exercises, self.progress.current)
        if exercise is None or exercise.on_paper or self.progress.passed(exercise.number):
            return []
        own = self.differing(exercise.files(), {})
        if not own:
            return []
        lines = []
        if self.differing(own, self.reference.start_of(exercise)):
            kept = self._shown(self.progress.save(exercise.number, own))
            lines = [f"Your work on {exercise.number} is kept in {kept}."]
        self.put({name: self.reference.read(name) for name in own if (self.reference.folder / name).is_file()})
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
        """Opens the exercise in the reader's tree; returns what to tell."""
        exercise = self.find(number)
        lines = []
        if self.progress.current != exercise.number:
            lines += self.leave()
        if exercise.on_paper:
            file = self.progress.answer_file(exercise.number)
            if reset or not file.is_file():
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(paper.template(exercise), encoding="utf-8")
        else:
            start = self.reference.start_of(exercise)
            begun = self.progress.current == exercise.number and not reset
            own = [name for name in self.differing(list(start), {}) if name in self.differing(list(start), start)]
            saved = self.progress.last_saved(exercise.number)
            if begun and own:
                lines += ["It is started already; `make exercise N=... RESET=1` starts over."]
            else:
                if own:  # it belongs to no work on this exercise, so nobody goes on with it
                    kept = self._shown(self.progress.save(f"before-{exercise.number}", own))
                    lines += [f"What was in {', '.join(own)} is kept in {kept}."]
                self.put(start)
                if saved and not reset and not self.progress.passed(exercise.number):
                    self.put({name: (saved / name).read_text(encoding="utf-8") for name in start
                              if (saved / name).is_file()})
                    lines += [f"You go on with your work kept in {self._shown(saved)}."]
        self.progress.current = exercise.number
        self.progress.write()
        return lines + self.show(exercise)

    def show(self, exercise: Exercise) -> List[str]:
        minutes = exercise.keys.get("minutes", "?")
        lines = ["", f"{exercise.number} {exercise.title} ({exercise.kind}, about {minutes} minutes)", ""]
        lines += exercise.text.splitlines()
        lines += ["", f"    edit:  {self.where(exercise)}", f"    read:  {exercise.read}", "    then:  make check"]
        return lines

    def where(self, exercise: Exercise) -> str:
        """File and line to edit."""
        if exercise.on_paper:
            return self._shown(self.progress.answer_file(exercise.number))
        for name in exercise.files():
            file = self.root / name
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines() if file.is_file() else [], 1):
                if "your lines go here instead" in line:
                    return f"{name}:{number}"
        return ", ".join(exercise.files()) if exercise.kind != "repair" else "the place you have to find"

    # --- Judging ---

    def texts(self, exercise: Exercise, root: Optional[Path] = None) -> Dict[str, str]:
        """The files that the exercise lets the reader edit, as they stand in the tree."""
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

    def check(self, number: str = "", answer: str = "", tell: Callable[[str], None] = lambda _: None) -> Verdict:
        from .grade import Grader, needed_by

        exercise = self.find(number)
        begin = time.monotonic()
        try:
            own_files.verify(self.reference)
            if exercise.kind != "explain":
                tell("building the course's own kernel")
            problem = self.reference.build(needed_by([exercise])) if exercise.kind != "explain" else ""
            if problem:
                last = "\n".join(problem.splitlines()[-5:])
                raise Problem(f"the course's own kernel does not build here: `make doctor` checks this machine\n{last}")
            grader = Grader(self.reference, tree.Slot(self.root / "build/exercises/slot", self.reference))
            texts = {} if exercise.on_paper else self.texts(exercise)
            verdict = grader.grade(exercise, texts, answer.replace(",", "\n") or self.progress.answer(exercise.number),
                                   tell=tell)
        except Problem as problem:
            verdict = Verdict(exercise.number, CANNOT_JUDGE, str(problem).splitlines()[0], symptom="cannot judge",
                              log=str(problem).splitlines()[1:])
        verdict.seconds = time.monotonic() - begin
        if verdict.verdict != CANNOT_JUDGE:
            self.progress.add(exercise.number, "tries")
        if verdict.passed and not self.progress.passed(exercise.number):
            self.progress.set(exercise.number, passed=time.strftime("%Y-%m-%d"))
        self.progress.keep_verdict(verdict.as_json())
        return verdict

    # --- Hints and solutions ---

    def hint(self, number: str = "") -> List[str]:
        exercise = self.find(number)
        last = self.progress.last_verdict(exercise.number)
        if last.get("symptom", "").startswith("build:") and last["where"] and not last["hint"]:
            return [f"It does not build yet: {last['happened']}", "",
                    "The compiler's first complaint is the one to fix; the hints are about what it does when it runs."]
        level = min(int(self.progress.get(exercise.number, "hints") or 0) + 1, HINT_LEVELS)
        self.progress.set(exercise.number, hints=level)
        branch = last.get("hint", "")
        text = exercise.hint(level, branch)
        while not text and level < HINT_LEVELS:  # nothing to say at this level: the next one
            level += 1
            text = exercise.hint(level, branch)
        text = text or "\n".join("    " + line for line in self.difference(exercise)) or exercise.answer
        lines = [f"Hint {level} of {HINT_LEVELS} for {exercise.number}:", ""] + text.splitlines()
        if not last and level == 1:
            lines += ["", "(`make check` first: hints are chosen by what it sees.)"]
        return lines

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
        self.progress.set(exercise.number, solution="seen")
        if exercise.kind == "explain":
            if not paper.words_of(self.progress.answer(exercise.number)):
                raise Problem(f"write your own answer first, in {self.where(exercise)}: then compare")
            return exercise.answer.splitlines()
        if exercise.kind == "predict":
            return exercise.rights[0].blocks[0].text.splitlines() + exercise.hint(HINT_LEVELS, "").splitlines()
        texts = exercise.reference(self.reference.read)
        own = self.differing(list(texts), texts)
        lines = []
        if own and self.differing(own, self.reference.start_of(exercise)):
            lines = [f"Your own files are kept in {self._shown(self.progress.save(exercise.number, own))}."]
        self.put(texts)
        return lines + [f"The reference solution of {exercise.number} is in {', '.join(sorted(texts))}."]
