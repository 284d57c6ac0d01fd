"""Exercises that are answered on paper: predictions, which a real boot checks, and explanations, which nobody grades.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Dict, List, Tuple

from . import death
from . import judged_boot
from .exercise import Exercise
from machine import Ending
from .verdict import NOT_YET, PASS, CannotJudge, Stage, Verdict
from .judged_boot import TITLES, Boot, Draw, plan_of

LEAST_WORDS = 12  # of an explanation, each counted once
LONGEST_LINE, LONGEST_NUMBER = 1000, 40  # characters of a prediction that are read
NAMES = "DE DB NMI BP OF BR UD NM DF CSO TS NP SS GP PF 15 MF AC MC XM VE CP".split()
ENDINGS = ("nothing", "killed", "panic", "triple-fault", "hang")
# What readers write in words: an exception's name without "fault" or "error", and the rest.
SPELLED = {**{name: vector for vector, name in enumerate((
    "divide", "debug", "nmi", "breakpoint", "overflow", "bound range exceeded", "invalid opcode", "device not available",
    "double", "", "invalid tss", "segment not present", "stack segment", "general protection", "page", "", "x87 floating point",
    "alignment check", "machine check", "simd floating point")) if name},
    "divide by zero": 0, "division": 0, "division by zero": 0, "single step": 1, "undefined opcode": 6, "illegal opcode": 6,
    "illegal instruction": 6, "stack": 12, "gpf": 13, "protection": 13, "zero": 0, "three": 3,
    "kernel": 0, "supervisor": 0, "user": 3, "userspace": 3, "program": 3,
    **dict.fromkeys(("none", "no", "nothing", "there is none"), "none")}
ENDING_WORDS = {"nothing": r"nothing|none", "killed": r"kill\w*|sig[a-z]+", "panic": r"panic\w*",
                "triple-fault": r"triple|reset\w*|reboot\w*|restart\w*", "hang": r"hangs?|freez\w+|frozen|endless|stuck"}
BEFORE = re.compile(r"^((the|an?|at|in|ring|level|privilege|pl|cpl|dpl|vector|exception|interrupt|int|address) +"
                    r"|(ring|level|pl|cpl|dpl) *(?=\d))+")
AFTER = re.compile(r"( (exception|fault|error|code|mode|level|space))+$")
KEY = re.compile(r"[;,\s]*\b([a-z]\w*)\s*[=:]", re.IGNORECASE)
QUESTIONS = {
    "vector": "the vector of the first exception (13, 0xd, #GP or its name; none if there is none)",
    "error": "its error code (0x18, 24; none if the processor pushes none)",
    "cr2": "the address in CR2 (0xc0000000, c0000000; none if there is none)",
    "level": "the privilege level at which it happens (0 or 3)",
    "ending": "what becomes of it: " + ", ".join(ENDINGS),
}
WITH_ERROR_CODE = (8, 10, 11, 12, 13, 14, 17, 21)
EXCEPTION = re.compile(  # in QEMU's log, with the registers that follow it
    r"^ *\d+: v=([0-9a-f]{2}) e=([0-9a-f]{4}) i=0 cpl=(\d) (?:.*\n)*?CR0=([0-9a-f]{8}) CR2=([0-9a-f]{8})", re.MULTILINE)


def questions(exercise: Exercise) -> List[str]:
    return exercise.keys.get("ask", "vector error").split()


def template(exercise: Exercise) -> str:
    """The answer's file before the reader has written anything."""
    if exercise.kind == "explain":
        return f"# {exercise.number} {exercise.title}: write your answer below this line and save.\n"
    lines = [f"# {exercise.number} {exercise.title}: write your predictions after the = and save."]
    for name in questions(exercise):
        lines += [f"# {QUESTIONS[name]}", f"{name} = "]
    return "\n".join(lines) + "\n"


class Address(int):
    """Without 0x, as addresses are often written; decimal is what the same digits are if the reader meant that."""

    decimal: int


def readings(value: object) -> List[object]:
    """What an answer may mean."""
    return [value, value.decimal] if isinstance(value, Address) else [value]


def number(text: str, question: str) -> object:
    """Of LONGEST_LINE characters at most. A number as readers write it, or the words in lower case, with one blank between them."""
    text = re.sub(r"(?<=[0-9a-f])['_](?=[0-9a-f])", "", text.lower())  # between digits, as in C++
    words = " ".join(re.sub(r"\(.*?\)|[\"'`]", " ", text).replace("-", " ").split()).strip(",.; ")
    plain = AFTER.sub("", BEFORE.sub("", words))
    if question == "ending":
        return ending_of(words)
    if question == "cr2":
        address = re.fullmatch(rf"(0x)?([0-9a-f]{{1,{LONGEST_NUMBER}}})h?", plain)
        if address and address[0].isdigit():
            value = Address(plain, 16)
            value.decimal = int(plain)
            return value
        return int(address[2], 16) if address else SPELLED.get(plain, words)
    found = said_once(plain, question)
    return words if found is None else found


def said_once(words: str, question: str) -> object:
    """Of one number or one name, or of several that agree ("14: #PF page fault", "0x18 = 24"); else None."""
    plain = AFTER.sub("", BEFORE.sub("", words))
    name = plain.lstrip("#").upper()
    if question == "vector" and name in NAMES and not plain.isdigit():
        return NAMES.index(name)
    binary = re.fullmatch(r"[01]+b", plain)
    for word, base in ((plain.removesuffix("h"), 16 if plain.endswith("h") else 0), (plain.removesuffix("b"), 2 if binary else 10)):
        try:
            return int(word, base)
        except ValueError:
            pass
    parts = re.sub(r"[,;:/=]", " ", plain).split()
    if plain in SPELLED or not 1 < len(parts) < 8:
        return SPELLED.get(plain)
    pairs = ((" ".join(parts[:place]), " ".join(parts[place:])) for place in range(1, len(parts)))
    return next((one for one, other in (map(lambda part: said_once(part, question), pair) for pair in pairs)
                 if one is not None and one == other), None)


def ending_of(words: str) -> str:
    """One of the endings if the words are about one alone, and do not deny it."""
    found = [name for name, pattern in ENDING_WORDS.items() if re.search(rf"\b({pattern})\b", words)]
    return found[0] if len(found) == 1 and not re.search(r"\b(no|not|never|without)\b", words) else words


def parse(answer: str) -> Dict[str, object]:
    """{"vector": 13, ...}; "#" begins a comment only at a line's start. Several answers may be in one line. Two answers to
    one question are none."""
    given: Dict[str, object] = {}
    for line in answer.splitlines():
        pieces = [] if line.lstrip().startswith("#") else KEY.split(line[:LONGEST_LINE])
        for key, value in zip(pieces[1::2], pieces[2::2]):
            if key.lower() in QUESTIONS and value.strip(" ,;"):
                given[key.lower()] = "two answers" if key.lower() in given else number(value, key.lower())
    return given


def truth_of(boot: Boot) -> Dict[str, object]:
    """What a boot answers to the questions: the first exception of the kernel's own time (paging on)."""
    log = boot.machine.log_text
    first = next((found for found in EXCEPTION.finditer(log) if int(found[1], 16) < 32 and int(found[4], 16) >> 31),
                 None)
    serial = boot.serial
    ending = "nothing"
    if boot.end is not None and boot.end.ending is Ending.TRIPLE_FAULT:
        ending = "triple-fault"
    elif "KERNEL PANIC" in serial:
        ending = "panic"
    elif re.search(r"killed by SIG", serial):
        ending = "killed"
    elif boot.end is not None and not boot.reached:
        ending = "hang"
    if first is None:
        return {"vector": "none", "error": "none", "cr2": "none", "level": "none", "ending": ending}
    vector = int(first[1], 16)
    return {"vector": vector, "error": int(first[2], 16) if vector in WITH_ERROR_CODE else "none",
            "cr2": int(first[5], 16) if vector == 14 else "none", "level": int(first[3]), "ending": ending}


def signature(serial: str) -> List[str]:
    """What the console says of deaths: must be the same in both emulators."""
    return re.findall(r"KERNEL PANIC.*|vector \d+, in \w+ mode|killed by .*|error code [0-9a-fx]+", serial)


def grade_prediction(grader, exercise: Exercise, answer: str, tiers) -> Verdict:
    given = parse(answer)
    missing = [name for name in questions(exercise) if name not in given]
    strange = [] if missing else [name for name in questions(exercise) if not understood(name, given[name])]
    if missing or strange:
        return Verdict(exercise.number, NOT_YET, f"no answer yet to: {', '.join(missing)}" if missing else
                       f"not understood: {', '.join(f'{name} = {given[name]}'[:60] for name in strange)}",
                       symptom="unanswered " + " ".join(missing or strange),
                       expected="; ".join(f"{name}: {QUESTIONS[name]}" for name in missing or strange))
    known = grader.truths.get(exercise.number) if grader.truths is not None else None
    truth, log = known or observed(grader, exercise, given, tiers)
    wrong = wrong_names(exercise, given, truth)
    if wrong:
        return Verdict(exercise.number, NOT_YET, f"the machine says otherwise about: {', '.join(wrong)}",
                       symptom="wrong " + " ".join(f"{name}={shown(given[name])}" for name in wrong),
                       expected="what the changed kernel really does when it boots",
                       happened="; ".join(f"{name} is not {shown(given[name])}" for name in wrong))
    return Verdict(exercise.number, PASS,
                   "so it is: " + ", ".join(f"{name} {shown(truth[name])}" for name in questions(exercise)), log=log)


def understood(name: str, value: object) -> bool:
    """Whether that can be an answer to the question."""
    if name == "ending":
        return value in (*ENDINGS, "two answers")
    return isinstance(value, int) or value in ("none", "two answers")


def wrong_names(exercise: Exercise, given: Dict[str, object], truth: Dict[str, object]) -> List[str]:
    return [name for name in questions(exercise) if truth[name] not in readings(given[name])]


def observed(grader, exercise: Exercise, given: Dict[str, object], tiers) -> Tuple[Dict[str, object], List[str]]:
    """What the changed kernel does, and the last lines of its console. A reader's wrong answer ends it after the first
    emulator; where there are more answers to judge, what both show is kept."""
    grader.numbers = [Draw().a for _ in range(judged_boot.NUMBERS)]
    if grader.build(exercise, grader.reference.start_of(exercise), ["build/kernel.elf"]):
        raise CannotJudge("the changed tree does not build")
    plan = plan_of(exercise)
    plan.interrupts = plan.to_the_end = True
    truth, said = {}, {}
    with tempfile.TemporaryDirectory(prefix="trapgate-course-") as folder:
        draw = Draw()
        for tier in [tier for tier in tiers if tier != "grub"]:
            grader.tell(TITLES[tier])
            iso = judged_boot.iso_for(grader.slot.folder, plan, draw, Path(folder)) if tier == "bochs" else None
            boot = Boot(tier, grader.slot.folder, plan, draw, grader.numbers, iso)
            try:
                boot.run(grader.limit(tier))
                if death.from_console(boot.serial)[0].startswith("unsolved"):
                    raise CannotJudge(f"{death.from_console(boot.serial)[1]}; in this tree that comes first")
                said[tier] = signature(boot.serial)
                if tier == "direct":
                    truth = truth_of(boot)
                    log = death.last_lines(boot.serial)
                grader.stages.append(Stage(TITLES[tier], boot.seconds, True))
            finally:
                boot.close()
            if grader.truths is None and wrong_names(exercise, given, truth):
                break
    if len({tuple(one) for one in said.values()}) > 1:
        raise CannotJudge(f"the emulators differ: {said}")
    if grader.truths is not None:
        grader.truths[exercise.number] = truth, log
    return truth, log


def shown(value: object) -> str:
    return hex(value) if isinstance(value, int) else str(value)


def words_of(text: str) -> List[str]:
    return re.findall(r"\w{2,}", "\n".join(line for line in text.splitlines() if not line.startswith("#")).lower())


def grade_explanation(exercise: Exercise, answer: str) -> Verdict:
    """An explanation passes when it is there, and is not the question again."""
    own = set(words_of(answer))
    new = own - set(words_of(exercise.text + " " + exercise.title))
    least = int(exercise.keys.get("words", LEAST_WORDS))
    if not own:
        return Verdict(exercise.number, NOT_YET, "no answer yet", symptom="unanswered",
                       expected="your own explanation, a few sentences")
    if len(own) < least or len(new) < least // 3:
        return Verdict(exercise.number, NOT_YET, "that is too little to compare with", symptom="short",
                       expected=f"at least {least} different words, not only the question's",
                       happened=f"{len(own)}, of them {len(new)} your own")
    return Verdict(exercise.number, PASS, "your answer is kept; compare it with the model answer")
