"""Tests the graders: each exercise's start state fails, the reference and other right solutions pass, wrong ones and
cheats fail and lead to the hint that was meant for them, and so does every mutant of the reference (mutants.py) that is
not right as well. `make test-course` runs it, ends with "N passed, N failed".
"""

from __future__ import annotations

import os
import queue
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, List, Optional, Set, Tuple

from machine.symbols import CROSS

from . import interrupt, mutants, paper, units
from .exercise import Exercise, Texts
from .grade import Grader
from .source import declaration, piece_of, with_body
from .tree import Reference, Slot
from .verdict import NOT_YET, PASS, Verdict

LEAST_RIGHT, LEAST_WRONG = 2, 8
WORK_OF_A_MUTANT = 3  # seconds of the processor's time, for unit tests that take one at most


@dataclass
class Trial:
    """One thing to judge, and what the verdict must be."""

    exercise: Exercise
    name: str
    wanted: str
    texts: Texts
    answer: str = ""
    hint: Optional[str] = None  # the branch that must be chosen
    wrong: bool = False  # counts for the share of wrong ones caught
    symptom: str = ""  # what the symptom must contain
    mutant: bool = False
    equal: bool = False  # a mutant that is listed as right
    runs: bool = False  # a cheat that is there for what it does

    @property
    def must_compile(self) -> bool:
        """A start state that is to be repaired, a wrong solution and most cheats are there for what they do: but for one with the
        hint for what does not build, or has another name than the task gives it."""
        is_start = self.name == "start state" and self.exercise.kind == "repair"
        return is_start or self.runs or (self.name.startswith("wrong: ") and self.hint not in ("build", "missing"))


def trials(exercise: Exercise, read: Callable[[str], str]) -> List[Trial]:
    start = exercise.start(read)
    if exercise.on_paper:
        found = _paper_trials(exercise)
    else:
        found = [Trial(exercise, "start state", NOT_YET, start, hint=exercise.keys.get("start-hint", ""),
                       symptom=f"unsolved {exercise.number}" if exercise.kind == "write" else "")]
        found.append(Trial(exercise, "reference", PASS, exercise.reference(read)))
        skip = 1 if exercise.kind == "extend" and not exercise.changes else 0
        for solution in exercise.rights[skip:]:
            found.append(Trial(exercise, f"right: {solution.name}", PASS, exercise.solution(solution, read)))
        for solution in exercise.wrongs:
            found.append(Trial(exercise, f"wrong: {solution.name}", NOT_YET, exercise.solution(solution, read),
                               hint=solution.hint, wrong=True))
        found += cheats(exercise, start)
    for solution in exercise.wrongs:
        if solution.hint not in ["", *(hint.name for hint in exercise.hints)]:
            raise ValueError(f"exercise {exercise.number} has no hints called {solution.hint!r}")
    wrongs = [trial for trial in found if trial.wrong]
    if len(wrongs) < LEAST_WRONG:
        raise ValueError(f"exercise {exercise.number} has {len(wrongs)} wrong solutions, not {LEAST_WRONG}")
    rights = [trial for trial in found if trial.wanted == PASS]
    if exercise.kind != "explain" and len(rights) < LEAST_RIGHT + (not exercise.on_paper):
        raise ValueError(f"exercise {exercise.number} has {len(rights)} right solutions, the reference included")
    return found


def mutant_trials(exercise: Exercise, reference: Reference) -> List[Trial]:
    """The mutants of what readers write. `## Equal` lists those that are right, with the reason."""
    if exercise.kind not in ("write", "extend"):
        return []
    found = mutants.mutants_of(exercise, reference.folder, reference.read)
    unknown = sorted(set(exercise.equals) - {mutant.name for mutant in found})
    if unknown:
        raise ValueError(f"exercise {exercise.number} has no mutant called {unknown[0]}")
    for name, reason in exercise.equals.items():
        if not reason:
            raise ValueError(f"exercise {exercise.number} does not say why the mutant {name} is right")
    return [Trial(exercise, f"mutant: {mutant.name}", PASS if mutant.name in exercise.equals else NOT_YET,
                  mutant.texts, mutant=True, equal=mutant.name in exercise.equals) for mutant in found]


def _paper_trials(exercise: Exercise) -> List[Trial]:
    """Predictions bring their own answers; explanations are checked with what people write instead of one."""
    found = [Trial(exercise, "start state", NOT_YET, {}, paper.template(exercise), hint="", symptom="unanswered")]
    if exercise.kind == "explain":
        question = " ".join(exercise.text.split())
        answers = {"nothing": "", "blanks": " \n\n\t", "one word": "because", "PASS": "PASS",
                   "a shrug": "I do not know.", "the question": question,
                   "the title": exercise.title, "the same word": "stack " * 60, "only dots": ". " * 200}
        found.append(Trial(exercise, "the model answer", PASS, {}, exercise.answer))
        found.append(Trial(exercise, "the template with an answer", PASS, {},
                           paper.template(exercise) + exercise.answer))
    else:
        names = paper.questions(exercise)
        answers = {"PASS": "PASS",
                   "all at once": "\n".join(f"{name} = {value}" for name in names for value in range(32))}
        for solution in exercise.rights:
            found.append(Trial(exercise, f"right: {solution.name}", PASS, {}, solution.blocks[0].text))
        for solution in exercise.wrongs:
            found.append(Trial(exercise, f"wrong: {solution.name}", NOT_YET, {}, solution.blocks[0].text,
                               solution.hint, wrong=True))
    return found + [Trial(exercise, f"cheat: {name}", NOT_YET, {}, text, wrong=True) for name, text in answers.items()]


# --- Cheats that any exercise must stand ---

def cheats(exercise: Exercise, start: Texts) -> List[Trial]:
    """Made from the start state: the expected words printed, an exit code forged, the caller ended, an edited test."""
    found = []
    for name, what in exercise.holes[:1]:
        piece = piece_of(name, start[name], what)
        bodies = cpp_cheats()
        if name.endswith((".asm", ".inc")):  # whose places in the hole may be used from outside of it
            places = "".join(re.findall(r"^\w+:\n", start[name][piece.begin : piece.end], re.MULTILINE))
            bodies = {title: places + body for title, body in asm_cheats().items()}
        # An empty body returns nothing. What is computed while compiling has no assembly; GCC refuses it in any constexpr constructor.
        declared = declaration(start[name], piece)
        computed = "constexpr" in declared and (name.endswith(".hpp") or re.match(r"\s*constexpr \w+\(", declared))
        for title, body in bodies.items():
            found.append(Trial(exercise, f"cheat: {title}", NOT_YET, {**start, name: with_body(name, start[name], what, body)},
                               wrong=True, runs=title != "empty body" and not computed))
    edited = {**start, "docs/course/checks.py": "STATE = ()\nNAMED = {}\n", "tests/unit/gdt_test.cpp": "",
              "programs/hello.asm": ""}
    found.append(Trial(exercise, "cheat: edited tests", NOT_YET, edited, wrong=True))
    return found


PORT_OUT = 'asm volatile("outb %b0, %w1" : : "a"({value}), "Nd"({port}));'
SAY = ('for (const char* c = "PASS\\n[info ] process 1 (witness): exited with status 0\\n"'
       '" [info ] process 2 (counter): started, flat, 3 bytes\\n"; *c; ++c) '
       "{ " + PORT_OUT.format(value="*c", port="0x3F8") + " }")
# In unit tests, which leave out files with the kernel's own assembly (tests.mk), the caller is the test program: Linux's call.
LEAVE = ('#ifdef __x86_64__\n__asm__ volatile("int $0x80" : : "a"(1), "b"(0));\n'
         '#else\n__asm__ volatile("push $0; call _ZN6kernel11system_call5calls4exitEi");\n#endif\n__builtin_unreachable();')


def cpp_cheats() -> Dict[str, str]:
    end = 'for (;;) { asm volatile("hlt"); }'
    return {
        "the expected words printed": f"{SAY}\n{end}",
        "empty body": "",
        "jmp $": 'asm volatile("jmp .");\n__builtin_unreachable();',
        "a forged exit code": 'asm volatile("outl %0, %w1" : : "a"(0), "Nd"(0xF4));\n' + end,
        "ends the caller with 0": LEAVE,
    }


def asm_cheats() -> Dict[str, str]:
    words = "\n".join(f"    mov dx, 0x3F8\n    mov al, {ord(one)}\n    out dx, al" for one in "PASS\n")
    return {
        "the expected words printed": f"{words}\n    ret",
        "empty body": "    ret",
        "jmp $": "    jmp $",
        "a forged exit code": "    mov dx, 0xF4\n    xor eax, eax\n    out dx, eax\n    jmp $",
        "ends the caller with 0": "    mov eax, 1\n    xor ebx, ebx\n    int 0x80\n    jmp $",
    }


# --- Running them ---

CAUGHT, EQUAL_CODE, LISTED, NOT_BUILT, SURVIVED = ("caught", "the same machine code", "listed as equal", "does not build",
                                                   "survived")


@dataclass
class Tally:
    passed: int
    failed: int
    skipped: int  # the time was over before
    wrong: int  # wrong solutions that were judged
    caught: int  # those of them that failed, as they must
    mutants: Dict[str, int]  # how many of them came to which end


@dataclass
class Outcome:
    trial: Trial
    verdict: Optional[Verdict]
    problem: str  # "" if all is as it must be
    seconds: float
    end: str = ""  # of a mutant


def all_trials(exercises: List[Exercise], reference: Reference) -> Tuple[List[Trial], List[str], str]:
    """The trials of these exercises; what is wrong with their data; why there are no mutants of C++."""
    found: List[Trial] = []
    problems: List[str] = []
    no_parser = mutants.missing()
    for exercise in exercises:
        try:
            found += trials(exercise, reference.read)
            in_cpp = any(name.endswith((".cpp", ".hpp")) for name in exercise.files())
            if not (no_parser and in_cpp):
                found += mutant_trials(exercise, reference)
        except Exception as error:
            problems.append(f"{exercise.number}: {error}")
    return found, problems, no_parser


class Judge:
    """Judges trials in one slot. What several judges know of each other is `known`."""

    def __init__(self, reference: Reference, slot: Slot, known: dict):
        self.reference, self.slot, self.known = reference, slot, known
        self.grader = Grader(reference, slot, side_by_side=False)
        self.quick_grader = Grader(reference, slot, side_by_side=False, names=False)

    def judge(self, trial: Trial) -> Outcome:
        begin = time.monotonic()
        allowed = {name: text for name, text in trial.texts.items() if name in trial.exercise.files()}
        verdict, end = None, ""
        try:
            if trial.mutant:
                verdict, end = self._mutant(trial, allowed)
                problem = f"the mutant {end}" if end == SURVIVED else ""
                if trial.equal and end == CAUGHT:
                    problem = "it is listed as equal, but is caught"
            else:
                key = repr((trial.exercise.number, sorted(allowed.items()), trial.answer))
                if key not in self.known:  # an edited test changes nothing that is judged
                    self.known[key] = self.grader.grade(trial.exercise, allowed, trial.answer)
                verdict = self.known[key]
                problem = complaint(trial, verdict)
        except Exception as error:  # a bug of the grader's: a failed trial, and the others go on
            problem = f"the grader broke: {type(error).__name__}: {error}"
        return Outcome(trial, verdict, problem, time.monotonic() - begin, end)

    def _mutant(self, trial: Trial, texts: Texts) -> Tuple[Verdict, str]:
        """Unit tests and QEMU first; GRUB and Bochs only for what has survived those."""
        together = self.known.get(("together", trial.exercise.number))
        if together:
            verdict, end = together.judge(trial)
            if end:
                return verdict, end
        verdict = self.quick_grader.grade(trial.exercise, texts, tiers=("direct",))
        if verdict.verdict == NOT_YET:
            return verdict, NOT_BUILT if verdict.symptom.startswith("build:") else CAUGHT
        if self._same_code(trial.exercise, texts):
            return verdict, EQUAL_CODE
        if trial.equal:
            return verdict, LISTED
        verdict = self.quick_grader.grade(trial.exercise, texts, tiers=("grub", "bochs"))
        return verdict, CAUGHT if verdict.verdict == NOT_YET else SURVIVED

    def _same_code(self, exercise: Exercise, texts: Texts) -> bool:
        """Whether the compiler has made the same of the mutant, built in the slot, as of the reference."""
        changed = [name for name, text in exercise.reference(self.reference.read).items() if texts[name] != text]
        objects = [f"build/{name}.o" for name in changed]
        if not all(name.endswith((".cpp", ".asm")) for name in changed):
            objects = ["build/kernel-without-symbols.elf"]
        mine = machine_code(self.slot.folder, objects)
        key = "code", exercise.number, *objects
        if key not in self.known:
            self.quick_grader.build(exercise, exercise.reference(self.reference.read), ["build/kernel.elf"])
            self.known[key] = machine_code(self.slot.folder, objects)
        return mine == self.known[key]


class Together:
    """A program of unit tests with all mutants of an exercise in it."""

    def __init__(self, exercise: Exercise, reference: Reference, slot: Slot, found: List[Trial]):
        self.exercise, self.slot = exercise, slot
        self.numbers = {trial.name: number for number, trial in enumerate(found, 1)}
        self.failing: Set[int] = set()
        build = {number: mutants.Mutant(trial.name, trial.texts) for number, trial in enumerate(found, 1)}
        self.units = exercise.keys["unit"].split()
        self.ready = False
        while build:
            texts, owners = mutants.together(exercise, reference.read, build)
            slot.set(texts)
            done = slot.build([f"build/unit/{unit}" for unit in self.units])
            if done.returncode == 0:
                self.ready = True
                return
            places = re.findall(r"^([\w./-]+):(\d+):(?:\d+:)? (?:fatal )?error:", done.stdout, re.MULTILINE)
            failing = {owners.get((name, int(line)), 0) for name, line in places} - {0}
            if not failing:
                return  # then one after the other
            self.failing |= failing
            build = {number: mutant for number, mutant in build.items() if number not in failing}

    def judge(self, trial: Trial) -> Tuple[Optional[Verdict], str]:
        """What became of it; "" if the unit tests have nothing to object."""
        number = self.numbers[trial.name]
        if number in self.failing:
            return None, NOT_BUILT
        for unit in self.units:
            fail = units.run(trial.exercise, self.slot.folder, unit, WORK_OF_A_MUTANT, {**os.environ, "MUTANT": str(number)})
            if fail:
                return fail, CAUGHT
        return None, ""


def put_together(chosen: List[Trial], reference: Reference, known: dict, until: float) -> None:
    """Builds the programs that judge many mutants, each in a slot of its own below `known`."""
    for exercise in {trial.exercise.number: trial.exercise for trial in chosen if trial.mutant}.values():
        if time.monotonic() >= until:
            return
        cpp = all(name.endswith(".cpp") for name, _ in exercise.holes)
        if not exercise.holes or not cpp or not exercise.keys.get("unit"):
            continue
        found = [trial for trial in chosen if trial.mutant and trial.exercise is exercise]
        slot = Slot(reference.folder.with_name("slot-together"), reference)
        together = Together(exercise, reference, slot, found)
        if together.ready:
            kept = reference.folder.with_name("together") / exercise.number / "build/unit"
            kept.mkdir(parents=True, exist_ok=True)
            for unit in together.units:
                shutil.copy2(slot.folder / "build/unit" / unit, kept / unit)
            together.slot = Slot(kept.parents[1], reference)
            known["together", exercise.number] = together


def machine_code(folder: Path, names: List[str]) -> bytes:
    found = b""
    for name in names:
        stripped = folder / "build/stripped"
        subprocess.run([f"{CROSS}objcopy", "--strip-debug", folder / name, stripped], check=True, timeout=60)
        found += stripped.read_bytes()
    return found


def prove(chosen: List[Trial], problems: List[str], reference: Reference, until: float,
          say: Callable[[str], None]) -> Tally:
    """Runs these trials, side by side. until: none is begun after that time (time.monotonic)."""
    work: "queue.Queue[List[Trial]]" = queue.Queue()
    for together in by_headers(chosen, reference):
        work.put(together)
    outcomes: List[Outcome] = []
    known: dict = {}
    folder = reference.folder.parent
    Grader(reference, Slot(folder / "slot-0", reference)).reference_seconds()
    put_together(chosen, reference, known, until)

    def worker(number: int) -> None:
        judge = Judge(reference, Slot(folder / f"slot-{number}", reference, keeps=True), known)
        mine: List[Trial] = []
        while time.monotonic() < until:
            try:
                mine = mine or work.get_nowait()
            except queue.Empty:
                return
            outcome = judge.judge(mine.pop(0))
            interrupt.check()
            outcomes.append(outcome)
            trial, mark = outcome.trial, "FAILED" if outcome.problem else "ok"
            said = [f"{mark:<6} {trial.exercise.number} {trial.name} ({outcome.end + ', ' if outcome.end else ''}"
                    f"{outcome.seconds:.1f} s)"]
            if outcome.problem:
                said.append(f"       {outcome.problem}")
                said += ["       " + line for line in (outcome.verdict.lines() if outcome.verdict else [])]
            say("\n".join(said))

    interrupt.side_by_side(worker, os.cpu_count() or 1)
    for problem in problems:
        say(f"FAILED {problem}")
    failed = sum(1 for outcome in outcomes if outcome.problem) + len(problems)
    wrong = [outcome for outcome in outcomes if outcome.trial.wrong]
    caught = sum(1 for outcome in wrong if outcome.verdict is not None and outcome.verdict.verdict == NOT_YET)
    ends = [outcome.end for outcome in outcomes if outcome.trial.mutant]
    return Tally(len(outcomes) - failed + len(problems), failed, len(chosen) - len(outcomes), len(wrong), caught,
                 {end: ends.count(end) for end in (CAUGHT, EQUAL_CODE, LISTED, NOT_BUILT, SURVIVED)})


def by_headers(chosen: List[Trial], reference: Reference) -> List[List[Trial]]:
    """Those of an exercise with the same change of its headers together, the others one by one: a header is in dozens of files,
    which are compiled once for trials that a slot has one after the other."""
    found: Dict[str, List[Trial]] = {}
    for trial in chosen:
        changed = sorted((name, text) for name, text in trial.texts.items()
                         if not name.endswith((".cpp", ".asm", ".c")) and text != reference.find(name))
        key = repr((trial.exercise.number, changed)) if changed else trial.exercise.number + trial.name
        found.setdefault(key, []).append(trial)
    return list(found.values())


def complaint(trial: Trial, verdict: Verdict) -> str:
    """What is wrong with the verdict; "" if nothing is."""
    if verdict.verdict != trial.wanted:
        return f"the verdict is {verdict.verdict!r}, not {trial.wanted!r}"
    if trial.must_compile and re.match(r"build: (\S+:\d+(:\d+)?: (fatal )?error:|.*undefined reference)", verdict.symptom):
        return f"it does not compile, so it says nothing: {verdict.symptom}"
    if trial.symptom and trial.symptom not in verdict.symptom:
        return f"the symptom is {verdict.symptom!r}, not {trial.symptom!r}"
    if trial.hint is not None and verdict.hint != trial.hint:
        chosen, meant = (name or "the general one" for name in (verdict.hint, trial.hint))
        return f"the hint chosen is {chosen!r}, not {meant!r}; symptom {verdict.symptom!r}"
    return ""
