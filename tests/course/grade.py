"""Judges one exercise: build and unit tests, then the kernel in QEMU, then the ISO under GRUB in QEMU and in Bochs.

The tree that is judged is the course's own, but for the files that the exercise lets the reader edit.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Callable, Dict, List, Optional

import checks
import death
import paper
import watch
from exercise import Exercise
from machine import Ending, MachineError
from tree import Reference, Slot
from verdict import CANNOT_JUDGE, NOT_YET, PASS, Stage, Verdict
from watch import TITLES, Boot, Draw, Plan

LEAST_LIMIT = 6.0  # seconds that any boot may take, and how many times as long as the reference took
LIMIT_FACTOR = 10
ENDS = r"process {number} \((?P<name>[^)]*)\): (?P<end>exited with status \d+|killed by \w+ \(.*?\))$"


class CannotJudge(Exception):
    pass


def plan_of(exercise: Exercise) -> Plan:
    """From `program: misbehave/cli.bin = killed by SIGSEGV (general protection fault)` lines and `append:`."""
    programs = [tuple(part.strip() for part in line.split(" = ", 1)) for line in exercise.lists["program"]]
    sources = {section.title[8:]: section.blocks[0].text for section in exercise.sections if section.title.startswith("Program ")}
    return Plan(programs, sources, exercise.keys.get("append", ""), main=bool(exercise.main))


def targets_of(exercise: Exercise) -> List[str]:
    units = exercise.keys.get("unit", "").split()
    return ["build/kernel.elf"] + [f"build/unit/{unit}" for unit in units]


def own_checks(exercise: Exercise) -> Dict[str, Callable]:
    file = exercise.file.with_name(exercise.file.stem + ".check.py")
    if not file.is_file():
        return {}
    names: Dict[str, object] = {}
    exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), names)
    return {name: function for name, function in names.items() if name.startswith("check_")}


class Grader:
    """Judges in one slot, one exercise at a time. `side_by_side`: both boots of the ISO at once."""

    def __init__(self, reference: Reference, slot: Slot, side_by_side: bool = True):
        self.reference, self.slot, self.side_by_side = reference, slot, side_by_side

    def grade(self, exercise: Exercise, texts: Dict[str, str], answer: str = "", tiers=watch.TIERS,
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
        except CannotJudge as error:
            verdict = Verdict(exercise.number, CANNOT_JUDGE, str(error), symptom="cannot judge")
        except (MachineError, FileNotFoundError, subprocess.SubprocessError) as error:
            verdict = Verdict(exercise.number, CANNOT_JUDGE, f"{str(error).splitlines()[0]}; `make doctor` checks this machine", symptom="cannot judge")
        verdict.seconds = time.monotonic() - start
        verdict.stages = self.stages
        if verdict.verdict == NOT_YET:
            verdict.read = verdict.read or exercise.read
            verdict.hint = exercise.hint_branch(f"{verdict.symptom}\n{verdict.happened}")
        return verdict

    # --- Code ---

    def _grade_code(self, exercise: Exercise, texts: Dict[str, str], tiers) -> Verdict:
        self.numbers = [Draw().a for _ in range(8)]
        kernel, *units = targets_of(exercise)
        if self.side_by_side:
            fail = self.build(exercise, texts, [kernel, *units]) or self._unit_tests(exercise)
        else:  # what the unit tests catch needs no kernel
            fail = units and (self.build(exercise, texts, units) or self._unit_tests(exercise)) or self.build(exercise, texts, [kernel])
        if fail:
            return fail
        plan = plan_of(exercise)
        numbers = self.numbers
        with tempfile.TemporaryDirectory(prefix="trapgate-course-") as folder:
            draw = Draw()
            iso = None
            if set(tiers) & {"grub", "bochs"} and self.side_by_side:
                iso = watch.in_background(lambda: self._iso(plan, draw, Path(folder)))
            fail = self._boot("direct", exercise, plan, Draw(), numbers, None) if "direct" in tiers else None
            made = iso() if iso else None
            if fail:
                return fail
            if made is None and set(tiers) & {"grub", "bochs"}:
                made = self._iso(plan, draw, Path(folder))
            rest = [tier for tier in tiers if tier != "direct"]
            boot = lambda tier: self._boot(tier, exercise, plan, draw, numbers, made)  # noqa: E731
            if self.side_by_side:
                waiting = [watch.in_background(lambda tier=tier: boot(tier)) for tier in rest]
                fails = [one() for one in waiting]
            else:
                fails = []
                for tier in rest:
                    fails.append(boot(tier))
                    if fails[-1]:
                        break
            for fail in fails:
                if fail:
                    return fail
        where = " and ".join(name for name in ("QEMU", "Bochs") if (name == "Bochs") == ("bochs" in tiers) or name == "QEMU")
        return Verdict(exercise.number, PASS, f"it works in {where}")

    def build(self, exercise: Exercise, texts: Dict[str, str], targets: List[str]) -> Optional[Verdict]:
        """Builds the reference with the reader's files; a verdict if that fails."""
        begin = time.monotonic()
        self.tell("building")
        texts = dict(texts)
        if exercise.main:
            texts["kernel/main.cpp"] = re.sub(r"@(\d)@", lambda found: str(self.numbers[int(found[1])]), exercise.main)
        self.slot.set(texts)
        done = self.slot.build(targets)
        self.stages.append(Stage("build", time.monotonic() - begin, done.returncode == 0))
        if done.returncode == 0:
            return None
        lines = [line for line in done.stdout.splitlines() if "error" in line.lower() or "undefined reference" in line]
        first = next((line for line in lines if not line.startswith("make")), (lines or done.stdout.splitlines() or ["make failed"])[0])
        found = re.match(r"(?P<place>[\w./-]+:\d+)(?::\d+)?: (?:fatal )?error: (?P<what>.*)", first)
        return Verdict(exercise.number, NOT_YET, "it does not build: " + (found["what"] if found else first), symptom=f"build: {first}",
                       expected="a kernel", happened=first, where=found["place"] if found else "",
                       log=[line for line in done.stdout.splitlines() if not line.startswith("  ")][:12])

    def _unit_tests(self, exercise: Exercise) -> Optional[Verdict]:
        for unit in exercise.keys.get("unit", "").split():
            begin = time.monotonic()
            try:
                done = subprocess.run([self.slot.folder / f"build/unit/{unit}"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, timeout=60, cwd=self.slot.folder)
                text = done.stdout.decode(errors="replace")
                passed = done.returncode == 0 and bool(re.search(r"^All tests passed \(\d+ assertion", text, re.MULTILINE))
            except subprocess.TimeoutExpired:
                passed, text = False, "the unit tests did not end within 60 seconds"
            self.stages.append(Stage("unit tests", time.monotonic() - begin, passed))
            if not passed:
                return unit_failure(exercise, text)
        return None

    def _iso(self, plan: Plan, draw: Draw, folder: Path) -> Path:
        return watch.iso_for(self.slot.folder, plan, draw, folder)

    # --- Boots ---

    def limit(self, tier: str) -> float:
        return max(LEAST_LIMIT, LIMIT_FACTOR * self.reference_seconds().get(tier, 0))

    def reference_seconds(self) -> Dict[str, float]:
        """How long the reference takes to boot here, measured once."""
        file = self.reference.folder.with_name(self.reference.folder.name + ".seconds")
        if not file.is_file():
            seconds = {tier: self._reference_boot(tier, 300) for tier in watch.TIERS}
            file.write_text(json.dumps(seconds))
        return json.loads(file.read_text())

    def _reference_boot(self, tier: str, limit: float) -> float:
        """Seconds that the reference takes; CannotJudge if it does not come through."""
        with tempfile.TemporaryDirectory(prefix="trapgate-course-") as folder:
            draw, plan = Draw(), Plan()
            iso = None if tier == "direct" else watch.iso_for(self.reference.folder, plan, draw, Path(folder))
            boot = Boot(tier, self.reference.folder, plan, draw, [0] * 8, iso)
            try:
                boot.run(limit)
                if not boot.reached:
                    raise CannotJudge(f"the course's own kernel does not come through in {TITLES[tier]} here ({boot.end}); `make doctor` checks this machine")
                return boot.seconds
            finally:
                boot.close()

    def _boot(self, tier: str, exercise: Exercise, plan: Plan, draw: Draw, numbers: List[int], iso: Optional[Path]) -> Optional[Verdict]:
        self.tell(TITLES[tier])
        limit = self.limit(tier)
        for attempt in range(2):
            boot = Boot(tier, self.slot.folder, plan, draw, numbers, iso, explain=bool(attempt))
            try:
                boot.run(limit)
                fail = self._judge(boot, exercise)
                self.stages.append(Stage(TITLES[tier], boot.seconds, fail is None))
                ending = boot.end.ending if fail and boot.end else None
                if tier == "grub" and not attempt and ending in (Ending.TRIPLE_FAULT, Ending.RESET):
                    continue  # once more, with a log of the exceptions that led there
                if ending not in (Ending.TIME_OUT, Ending.EMULATOR_DIED):
                    return fail
            finally:
                boot.close()
            seconds = self._reference_boot(tier, limit)  # whose fault is it?
            if boot.end.ending is Ending.EMULATOR_DIED or attempt or LIMIT_FACTOR / 2 * seconds < limit:
                return fail
            limit = LIMIT_FACTOR * seconds  # the machine is busier than it was: once more
        return fail

    def _judge(self, boot: Boot, exercise: Exercise) -> Optional[Verdict]:
        """None if all is as it should be."""
        log = death.last_lines(boot.serial)
        if not boot.reached:
            symptom, sentence, where = death.from_console(boot.serial)
            if not symptom:
                symptom, sentence, where, words = death.from_machine(boot)
                log = words[:16] + ["---"] + log[-6:] if words else log
            return Verdict(exercise.number, NOT_YET, f"{sentence} ({TITLES[boot.tier]})", symptom=symptom, happened=sentence, where=where,
                           expected="the kernel to run the programs of this boot, and to say how each ended" if not boot.plan.main
                           else "the chapter's main function to get to its end", log=log)
        try:
            if not boot.plan.main:
                self._programs(boot)
                for check in checks.STATE:
                    check(boot)
            for name in exercise.lists["check"]:
                checks.NAMED[name](boot)
            for check in own_checks(exercise).values():
                check(boot)
        except checks.Failed as failed:
            where = failed.read and "" or "; ".join(f"{file}: {what}" for file, what in exercise.holes)
            return Verdict(exercise.number, NOT_YET, f"{failed.happened}; expected was {failed.expected} ({TITLES[boot.tier]})", symptom=failed.symptom,
                           expected=failed.expected, happened=failed.happened, where=where, read=failed.read, log=log[-8:])
        except MachineError as error:
            if boot.machine.end is not None and boot.machine.end.ending is Ending.EMULATOR_DIED:
                raise
            return Verdict(exercise.number, NOT_YET, f"the machine's state can't be read: {str(error).splitlines()[0]} ({TITLES[boot.tier]})",
                           symptom="state: unreadable", expected="the kernel's tables to be mapped", happened=str(error).splitlines()[0], log=log[-8:])
        return None

    def _programs(self, boot: Boot) -> None:
        """The witness ended with the status it computed, and each program as stated."""
        wanted = [("witness", f"exited with status {boot.draw.status}")] + list(boot.plan.programs)
        for number, (name, end) in enumerate(wanted, 1):
            found = re.search(ENDS.format(number=number), boot.serial, re.MULTILINE)
            short = Path(name.split()[0]).stem
            checks.need(bool(found), f"program: {short}: no end", f"the program {short} to end ({end})", "the console says nothing of its end")
            checks.need(bool(re.fullmatch(end, found["end"])) or end == found["end"], f"program: {short}: {found['end']}", f"{short}: {end}", f"it {found['end']}"
                        if not found["end"].startswith("killed") else f"it was {found['end']}")


def unit_failure(exercise: Exercise, text: str) -> Verdict:
    """Says the first failing check of a Catch2 or sanitizer report."""
    case = re.search(r"^-{20,}\n(.+?)\n-{20,}", text, re.MULTILINE | re.DOTALL)
    place = re.search(r"^(\S+:\d+): FAILED:", text, re.MULTILINE)
    sanitizer = re.search(r"(ERROR: AddressSanitizer: [\w-]+|runtime error: .*)", text)
    check = re.search(r"FAILED:\n\s+(.*?)\n(?:with expansion:\n\s+(.*?)\n)?", text)
    name = case[1].strip() if case else "the unit tests"
    if sanitizer:
        happened = sanitizer[1]
    elif check:
        happened = check[1] + (f"   that is   {check[2]}" if check[2] else "")
    else:
        happened = (text.strip().splitlines() or ["they ended without a word"])[-1]
    unsolved = re.search(r"exercise ([\d.]+) is not solved yet", text)
    if unsolved:
        return Verdict(exercise.number, NOT_YET, f"{unsolved[0]}: the unit tests came to the place where your lines go", symptom=f"unsolved {unsolved[1]}")
    sentence, symptom = f"a unit test fails: {name}", f"unit: {name}: {happened}"
    return Verdict(exercise.number, NOT_YET, sentence, symptom=symptom, expected=name, happened=happened, where=place[1] if place else "",
                   log=death.last_lines(text, 14))
