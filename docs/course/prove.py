"""Tests the graders: each exercise's start state fails, the reference and other right solutions pass, wrong ones and
cheats fail and lead to the hint that was meant for them. `make test-course` runs it, ends with "N passed, N failed".
"""

from __future__ import annotations

import os
import queue
import threading
import time
from dataclasses import dataclass
from typing import Callable, Dict, List, Optional, Tuple

from . import paper
from .exercise import Exercise, Texts
from .grade import Grader
from .source import with_body
from .tree import Reference, Slot
from .verdict import NOT_YET, PASS, Verdict

LEAST_RIGHT, LEAST_WRONG = 2, 8


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
    """Made from the start state: the expected words printed, an exit code forged, an edited test."""
    found = []
    for name, what in exercise.holes[:1]:
        bodies = asm_cheats() if name.endswith((".asm", ".inc")) else cpp_cheats()
        for title, body in bodies.items():
            found.append(Trial(exercise, f"cheat: {title}", NOT_YET,
                               {**start, name: with_body(name, start[name], what, body)}, wrong=True))
    edited = {**start, "docs/course/checks.py": "STATE = ()\nNAMED = {}\n", "tests/unit/gdt_test.cpp": "",
              "programs/hello.asm": ""}
    found.append(Trial(exercise, "cheat: edited tests", NOT_YET, edited, wrong=True))
    return found


PORT_OUT = 'asm volatile("outb %b0, %w1" : : "a"({value}), "Nd"({port}));'
SAY = ('for (const char* c = "PASS\\n[info ] process 1 (witness): exited with status 0\\n"'
       '" [info ] process 2 (counter): started, flat, 3 bytes\\n"; *c; ++c) '
       "{ " + PORT_OUT.format(value="*c", port="0x3F8") + " }")


def cpp_cheats() -> Dict[str, str]:
    end = 'for (;;) { asm volatile("hlt"); }'
    return {
        "the expected words printed": f"{SAY}\n{end}",
        "empty body": "",
        "jmp $": 'asm volatile("jmp .");\n__builtin_unreachable();',
        "a forged exit code": 'asm volatile("outl %0, %w1" : : "a"(0), "Nd"(0xF4));\n' + end,
    }


def asm_cheats() -> Dict[str, str]:
    words = "\n".join(f"    mov dx, 0x3F8\n    mov al, {ord(one)}\n    out dx, al" for one in "PASS\n")
    return {
        "the expected words printed": f"{words}\n    ret",
        "empty body": "    ret",
        "jmp $": "    jmp $",
        "a forged exit code": "    mov dx, 0xF4\n    xor eax, eax\n    out dx, eax\n    jmp $",
    }


# --- Running them ---

@dataclass
class Tally:
    passed: int
    failed: int
    skipped: int  # the time was over before
    wrong: int  # wrong solutions that were judged
    caught: int  # those of them that failed, as they must


def prove(exercises: List[Exercise], reference: Reference, until: float, say: Callable[[str], None]) -> Tally:
    """Runs all trials, side by side. until: none is begun after that time (time.monotonic)."""
    work: "queue.Queue[Tuple[int, Trial]]" = queue.Queue()
    all_trials: List[Trial] = []
    problems: List[str] = []
    known: Dict[str, Verdict] = {}  # an edited test changes nothing that is judged
    for exercise in exercises:
        try:
            all_trials += trials(exercise, reference.read)
        except Exception as error:
            problems.append(f"{exercise.number}: {error}")
    results: Dict[int, Tuple[Optional[Verdict], str, float]] = {}
    for item in enumerate(all_trials):
        work.put(item)
    folder = reference.folder.parent
    Grader(reference, Slot(folder / "slot-0", reference)).reference_seconds()

    def worker(number: int) -> None:
        grader = Grader(reference, Slot(folder / f"slot-{number}", reference), side_by_side=False)
        while time.monotonic() < until:
            try:
                index, trial = work.get_nowait()
            except queue.Empty:
                return
            begin = time.monotonic()
            allowed = {name: text for name, text in trial.texts.items() if name in trial.exercise.files()}
            try:
                key = repr((trial.exercise.number, sorted(allowed.items()), trial.answer))
                if key not in known:
                    known[key] = grader.grade(trial.exercise, allowed, trial.answer)
                verdict = known[key]
                problem = complaint(trial, verdict)
            except Exception as error:  # a bug of the grader's: a failed trial, and the others go on
                verdict, problem = None, f"the grader broke: {type(error).__name__}: {error}"
            results[index] = verdict, problem, time.monotonic() - begin
            mark = "FAILED" if problem else "ok"
            say(f"{mark:<6} {trial.exercise.number} {trial.name} ({results[index][2]:.1f} s)" + (f"\n       {problem}"
                                                                                                 if problem else ""))
            if problem and verdict is not None:
                say("\n".join("       " + line for line in verdict.lines()))

    threads = [threading.Thread(target=worker, args=(number,)) for number in range(os.cpu_count() or 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for problem in problems:
        say(f"FAILED {problem}")
    failed = sum(1 for _, problem, _ in results.values() if problem) + len(problems)
    wrong = [index for index, trial in enumerate(all_trials) if trial.wrong and index in results]
    caught = sum(1 for index in wrong if results[index][0] is not None and results[index][0].verdict == NOT_YET)
    return Tally(len(results) - failed + len(problems), failed, len(all_trials) - len(results), len(wrong), caught)


def complaint(trial: Trial, verdict: Verdict) -> str:
    """What is wrong with the verdict; "" if nothing is."""
    if verdict.verdict != trial.wanted:
        return f"the verdict is {verdict.verdict!r}, not {trial.wanted!r}"
    if trial.symptom and trial.symptom not in verdict.symptom:
        return f"the symptom is {verdict.symptom!r}, not {trial.symptom!r}"
    if trial.hint is not None and verdict.hint != trial.hint:
        chosen, meant = (name or "the general one" for name in (verdict.hint, trial.hint))
        return f"the hint chosen is {chosen!r}, not {meant!r}; symptom {verdict.symptom!r}"
    return ""
