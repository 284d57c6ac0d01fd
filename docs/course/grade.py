"""Judges one exercise: build and unit tests, then the kernel in QEMU, then the ISO under GRUB in QEMU and in Bochs.

The tree that is judged is the course's own, but for the files that the exercise lets the reader edit.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable, Dict, List, Optional

from . import foreign_calls
from . import paper
from . import sandbox
from . import units
from . import judged_boot
from .document import ROOT
from .exercise import Exercise
from .boot_verdict import judge
from machine import Ending, MachineError
from .progress import save_text
from .tree import Reference, Slot
from .verdict import CANNOT_JUDGE, NOT_YET, PASS, CannotJudge, Stage, Verdict
from .judged_boot import TITLES, Boot, Draw, Plan, plan_of

LEAST_LIMIT = 6.0  # seconds that any boot may take, and how many times as long as the reference took
LIMIT_FACTOR = 10
TRUTHS = "build/truths.json"
KERNEL, NAMELESS = "build/kernel.elf", "build/kernel-without-symbols.elf"


def needed_by(exercises: List[Exercise]) -> List[str]:
    """What of the reference must be built: the kernel, and the programs and unit tests that these exercises use."""
    found = {"build/kernel.elf"}
    for exercise in exercises:
        readers = {f"build/{name.partition('.')[0]}" for name in exercise.files()}  # the tree may have no such program
        found |= set(targets_of(exercise)) | {one for one in programs_of(exercise) if one.partition(".")[0] not in readers}
    return sorted(found)


def targets_of(exercise: Exercise) -> List[str]:
    units = exercise.keys.get("unit", "").split()
    return ["build/kernel.elf"] + [f"build/unit/{unit}" for unit in units]


def programs_of(exercise: Exercise) -> List[str]:
    """The tree's own programs of its boots: what the reader edits may be a part of them."""
    plan = plan_of(exercise)
    names = {words.split()[0] for words, _ in plan.programs} - set(plan.sources)
    parts = {f"build/{source.about.removeprefix('with ')}.o" for source in plan.sources.values() if source.about}
    parts |= {f"build/{name}" for source in plan.sources.values() for name in re.findall(r'^%include "(.*)"', source.text, re.MULTILINE)}
    return [f"build/programs/{name}" for name in sorted(names)] + sorted(parts)


class Grader:
    """Judges in one slot, one exercise at a time. `side_by_side`: both boots of the ISO at once. `names`: the kernel's
    reports are to have names in them, which costs a second link."""

    def __init__(self, reference: Reference, slot: Slot, side_by_side: bool = True, names: bool = True):
        self.reference, self.slot, self.side_by_side, self.names = reference, slot, side_by_side, names
        self.pool = ThreadPoolExecutor()
        # Of predictions, where they are kept for the next answer, or came with a handout.
        given = reference.folder / TRUTHS
        self.truths: Optional[Dict[str, tuple]] = json.loads(given.read_text()) if given.is_file() else None

    def grade(self, exercise: Exercise, texts: Dict[str, str], answer: str = "", tiers=judged_boot.TIERS,
              tell: Callable[[str], None] = lambda _: None) -> Verdict:
        """texts: the reader's files. answer: for predict and explain, what the reader wrote."""
        start = time.monotonic()
        self.stages: List[Stage] = []
        self.tell = tell
        try:
            if exercise.kind == "explain":
                verdict = paper.grade_explanation(exercise, answer)
            elif exercise.kind == "predict":
                verdict = paper.grade_prediction(self, exercise, answer, tiers)
            else:
                verdict = self._grade_code(exercise, texts, tiers)
        except judged_boot.LinkError as error:
            verdict = Verdict(exercise.number, NOT_YET, f"it does not build: {error}", symptom=f"build: {error}")
        except CannotJudge as error:
            verdict = Verdict(exercise.number, CANNOT_JUDGE, str(error), symptom="cannot judge")
        except (MachineError, FileNotFoundError, subprocess.SubprocessError) as error:
            verdict = Verdict(exercise.number, CANNOT_JUDGE,
                              f"{str(error).splitlines()[0]}; `make doctor` checks this machine",
                              symptom="cannot judge")
        verdict.seconds = time.monotonic() - start
        return self._completed(exercise, verdict)

    def _completed(self, exercise: Exercise, verdict: Verdict) -> Verdict:
        verdict.stages = self.stages
        if verdict.verdict == NOT_YET:
            verdict.read = verdict.read or exercise.read
            verdict.hint = exercise.hint_branch(f"{verdict.symptom}\n{verdict.happened}\n{verdict.where}")
        return verdict

    def compile(self, exercise: Exercise, texts: Dict[str, str], tell: Callable[[str], None]) -> Optional[Verdict]:
        """Compiles the reader's files alone; a verdict if that fails. So a slip is told before much else is built."""
        self.stages, self.tell, self.numbers = [], tell, [0] * judged_boot.NUMBERS
        sources = {name if name.endswith((".cpp", ".asm")) else name.removesuffix(".hpp") + ".cpp" for name in texts}
        objects = [f"build/{name}.o" for name in sorted(sources) if (self.reference.folder / name).is_file()]
        fail = self.build(exercise, texts, objects) if objects else None
        return self._completed(exercise, fail) if fail else None

    # --- Code ---

    def _grade_code(self, exercise: Exercise, texts: Dict[str, str], tiers) -> Verdict:
        self.numbers = [Draw().a for _ in range(judged_boot.NUMBERS)]
        kernel, *tests = targets_of(exercise)
        self.usual = self._usual_checks(exercise) if sandbox.entered() else {}
        fail = None
        if tests and not self.side_by_side:  # what the unit tests catch needs no kernel
            fail = self.build(exercise, texts, tests) or self._unit_tests(exercise)
        fail = fail or self.build(exercise, texts, [kernel, *tests])
        if self.side_by_side:
            fail = fail or self._unit_tests(exercise)
        if fail:
            return fail
        plan = plan_of(exercise)
        numbers = self.numbers
        with tempfile.TemporaryDirectory(prefix="trapgate-course-") as folder:
            draw = Draw()
            iso = None
            if set(tiers) & {"grub", "bochs"} and self.side_by_side:
                iso = self.pool.submit(self._iso, plan, draw, Path(folder))
            fail = self._boot("direct", exercise, plan, Draw(), numbers, None) if "direct" in tiers else None
            made = iso.result() if iso else None
            if fail:
                return fail
            if made is None and set(tiers) & {"grub", "bochs"}:
                made = self._iso(plan, draw, Path(folder))
            rest = [tier for tier in tiers if tier != "direct"]
            boot = lambda tier: self._boot(tier, exercise, plan, draw, numbers, made)  # noqa: E731
            fails = list(self.pool.map(boot, rest)) if self.side_by_side else map(boot, rest)
            fail = next(filter(None, fails), None)
            if fail:
                return fail
        where = "QEMU and Bochs" if "bochs" in tiers else "QEMU"
        return Verdict(exercise.number, PASS, f"it works in {where}")

    def build(self, exercise: Exercise, texts: Dict[str, str], targets: List[str]) -> Optional[Verdict]:
        """Builds the reference with the reader's files; a verdict if that fails."""
        begin = time.monotonic()
        self.tell("building")
        texts = dict(texts)
        if exercise.main:
            texts["kernel/main.cpp"] = judged_boot.main_of(exercise.main, self.numbers)
        self.slot.set(texts)
        if "build/kernel.elf" in targets:
            targets = [*targets, *programs_of(exercise)]
        if not self.names:
            targets = [NAMELESS if target == KERNEL else target for target in targets]
        done = self.slot.build(targets)
        if done.returncode == 0 and NAMELESS in targets:
            shutil.copy2(self.slot.folder / NAMELESS, self.slot.folder / KERNEL)
        self.stages.append(Stage("build", time.monotonic() - begin, done.returncode == 0))
        if done.returncode == 0:
            return None
        # The reader's file is not the one in the slot; and the linker names places by the folder in which an object was compiled.
        folders = map(re.escape, map(str, (self.slot.folder, self.reference.folder, ROOT, sandbox.INSIDE)))
        output = re.sub(rf"(?<![\w./-])(?:{'|'.join(folders)})/", "", done.stdout)
        lines = [line for line in output.splitlines() if "error" in line.lower() or "undefined reference" in line]
        said = [line for line in output.splitlines()
                if line.strip() and not line.startswith(("make", "collect2", "  "))]
        first = next((line for line in lines if line in said),
                     (said[-1:] or lines or ["make failed"])[0])  # who failed may have said why in other words
        found = re.match(r"(?:\S*ld: )?(?P<place>[\w./-]+:\d+)(?::\d+|:\([^)]*\))?: "
                         r"(?:(?:fatal )?error: |(?=undefined reference))(?P<what>.*)", first)
        return Verdict(exercise.number, NOT_YET, "it does not build: " + (found["what"] if found else first),
                       symptom=f"build: {first}",
                       expected="a kernel", happened=first, where=found["place"] if found else "",
                       log=said[said.index(first) :][:12] if first in said else said[-12:])

    def _unit_tests(self, exercise: Exercise) -> Optional[Verdict]:
        tested = exercise.keys.get("unit", "").split()
        foreign_name = foreign_calls.call(self.slot.folder, self.reference.folder, exercise.files(), tested) if (
            tested and sandbox.entered()) else None
        if foreign_name:
            return Verdict(exercise.number, NOT_YET, f"it uses {foreign_name}, which the kernel does not have: in a unit test that "
                           "could forge the report", symptom="refused")
        for name in tested:
            begin = time.monotonic()
            fail = units.run(exercise, self.slot.folder, name, usual=self.usual.get(name, ()))
            self.stages.append(Stage("unit tests", time.monotonic() - begin, fail is None))
            if fail:
                return fail
        return None

    def _usual_checks(self, exercise: Exercise) -> Dict[str, List[int]]:
        """How many checks each file of unit tests makes of the course's own solution, by case. Fewer were made of a function that
        has found a way to end a test without a word."""
        known = self.reference.checks
        names = exercise.keys.get("unit", "").split()
        for name in names:
            if (exercise.number, name) in known:
                continue
            tree, fail = self.reference.folder, None
            if name == "hidden":  # not among the reference's; a teacher's own may fail there
                tree = self.slot.folder
                texts = {**exercise.reference(self.reference.read), "tests/unit/hidden_test.cpp": exercise.keys["hidden"]}
                fail = self.build(exercise, texts, ["build/unit/hidden"])
                self.stages = []
            checks = [] if fail else units.checks_of(tree, name)
            if not checks and name != "hidden":
                raise CannotJudge(f"the course's own solution does not pass the unit tests \"{name}\"")
            known[exercise.number, name] = checks
        return {name: known[exercise.number, name] for name in names}

    def _iso(self, plan: Plan, draw: Draw, folder: Path) -> Path:
        return judged_boot.iso_for(self.slot.folder, plan, draw, folder)

    # --- Boots ---

    def limit(self, tier: str) -> float:
        return max(LEAST_LIMIT, LIMIT_FACTOR * self.reference_seconds().get(tier, 0))

    def reference_seconds(self) -> Dict[str, float]:
        """How long the reference takes to boot here, measured once."""
        file = self.reference.folder.with_name(self.reference.folder.name + ".seconds")
        with contextlib.suppress(FileNotFoundError, ValueError):  # it may have been cut off
            return json.loads(file.read_text())
        seconds = {tier: self._reference_boot(tier, 300) for tier in judged_boot.TIERS}
        save_text(file, json.dumps(seconds))
        return seconds

    def _reference_boot(self, tier: str, limit: float) -> float:
        """Seconds that the reference takes; CannotJudge if it does not come through."""
        with tempfile.TemporaryDirectory(prefix="trapgate-course-") as folder:
            draw, plan = Draw(), Plan()
            iso = None if tier == "direct" else judged_boot.iso_for(self.reference.folder, plan, draw, Path(folder))
            boot = Boot(tier, self.reference.folder, plan, draw, [], iso)
            try:
                boot.run(limit)
                if not boot.reached:
                    raise CannotJudge(f"the course's own kernel does not get to its end in {TITLES[tier]} here "
                                      f"({boot.end}); `make doctor` checks this machine")
                return boot.seconds
            finally:
                boot.close()

    def _boot(self, tier: str, exercise: Exercise, plan: Plan, draw: Draw, numbers: List[int],
              iso: Optional[Path]) -> Optional[Verdict]:
        self.tell(TITLES[tier])
        limit = self.limit(tier)
        for attempt in range(2):
            boot = Boot(tier, self.slot.folder, plan, draw, numbers, iso, explain=bool(attempt))
            try:
                boot.run(limit)
                fail = judge(boot, exercise)
                died = fail and boot.end and (boot.end.killed or boot.end.ending is Ending.EMULATOR_DIED)
                if died and not attempt:
                    continue  # once more: it may have been killed for what others do on this computer
                if died and boot.end.killed:
                    raise CannotJudge(f"{TITLES[tier]}: the emulator was killed from outside, twice ({boot.end})")
                self.stages.append(Stage(TITLES[tier], boot.seconds, fail is None))
                ending = boot.end.ending if fail and boot.end else None
                if not boot.reached and not boot.logged and ending in (Ending.TRIPLE_FAULT, Ending.RESET, Ending.HANG):
                    continue  # once more, with a log of the exceptions that led there
                if ending not in (Ending.TIME_OUT, Ending.EMULATOR_DIED):
                    return fail
            finally:
                boot.close()
            seconds = self._reference_boot(tier, limit)  # whose fault is it?
            if attempt or LIMIT_FACTOR / 2 * seconds < limit:
                return fail
            limit = LIMIT_FACTOR * seconds  # the machine is busier than it was: once more
        return fail
