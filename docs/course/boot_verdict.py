"""Whether a boot is as it should be: it got to its end, programs ended as they must, the machine's state is right."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Callable, Dict, Optional

from . import checks
from . import death
from . import ends
from .exercise import Exercise
from machine import Ending, MachineError
from .verdict import NOT_YET, Verdict
from .judged_boot import TITLES, Boot, own_code

# Names and reasons are short: one that has no end would be read again from each place where it could begin.
STARTED = r"process (\d+) \(([^)\n]{0,100})\): started"
ENDS = r"process {number} \((?P<name>[^)\n]{{0,100}})\): (?P<end>exited with status \d{{1,9}}|killed by \w{{1,20}} \(.{{0,100}}?\))$"


def own_checks(exercise: Exercise) -> Dict[str, Callable]:
    file = exercise.file.with_name(exercise.file.stem + ".check.py")
    if not file.is_file():
        return {}
    names: Dict[str, object] = {}
    exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), names)
    return {name: function for name, function in names.items() if name.startswith("check_")}


def judge(boot: Boot, exercise: Exercise) -> Optional[Verdict]:
    """None if all is as it should be."""
    log = death.last_lines(boot.serial)
    if not boot.reached:
        symptom, sentence, where = death.from_console(boot.serial)
        if not symptom:
            symptom, sentence, where, words = death.from_machine(boot)
            log = words[:16] + ["---"] + log[-6:] if words else log
        goal = "the grader's main function to get to its end" if boot.plan.main else "all programs of this boot to run"
        return Verdict(exercise.number, NOT_YET, f"{sentence} ({TITLES[boot.tier]})", symptom=symptom,
                       expected=goal, happened=sentence, where=where, log=log)
    try:
        if boot.registers is None:
            raise MachineError(f"it has ended, though all was said: {boot.machine.end}")
        if boot.plan.main:
            main_returned(boot)
        else:
            programs(boot)
            for check in checks.STATE:
                check(boot)
        for name in exercise.lists["check"]:
            checks.NAMED[name](boot)
        for check in [*own_checks(exercise).values(), *exercise.hidden]:
            check(boot)
        if boot.plan.main:
            main_said_it(boot)
    except checks.Failed as failed:
        where = "; ".join(f"{file}: {what}" for file, what in exercise.holes)
        return Verdict(exercise.number, NOT_YET,
                       f"{failed.happened} ({TITLES[boot.tier]})",
                       symptom=failed.symptom, expected=failed.expected, happened=failed.happened, where=where,
                       read=failed.read, log=log[-8:])
    except MachineError as error:
        if boot.machine.end is not None and boot.machine.end.ending is Ending.EMULATOR_DIED:
            raise
        return Verdict(exercise.number, NOT_YET,
                       f"the machine's state can't be read: {str(error).splitlines()[0]} ({TITLES[boot.tier]})",
                       symptom="state: unreadable", expected="the kernel's tables to be mapped",
                       happened=str(error).splitlines()[0], log=log[-8:])
    return None


def programs(boot: Boot) -> None:
    """The witness ended with the status it computed, and each program as stated and by itself."""
    wanted = [("witness", f"exited with status {boot.draw.status}")] + list(boot.plan.programs)
    started = iter(re.findall(STARTED, boot.serial))  # not 1, 2, 3 and so on where a program has had children
    told = []
    for name, end in wanted:
        short = Path(name.split()[0]).stem
        number = next((number for number, its_name in started if its_name == short), 0)
        found_ends = list(re.finditer(ENDS.format(number=number), boot.serial, re.MULTILINE))
        found = found_ends[0] if found_ends else None
        checks.need(bool(found), f"program: {short}: no end", f"the program {short} to end ({end})",
                    "the console says nothing of its end")
        checks.need(len(found_ends) == 1, f"program: {short}: two ends", f"one report of the end of {short}, the kernel's",
                    f"the console has {len(found_ends)}: one of them was printed by something else")
        said = found["end"]
        checks.need(said == end or bool(re.fullmatch(end, said)), f"program: {short}: {said}",
                    f"that {short} {end}", f"it {'was ' if said.startswith('killed') else ''}{said}")
        told.append((short, said, own_code(Path(boot.folder.name) / name.split()[0])))
    if boot.causes is not None:
        name, said, _ = ends.uncaused(boot.causes.found, told) or ("", "", None)
        checks.need(not name, f"program: {name}: not by itself", f"the program {name} to come to its end by itself: by its own call of "
                    "exit, or by an exception in it", f"the kernel says \"{said}\", and nothing that the program did can be the cause")
    checks.need(boot.registers.esi == boot.draw.mark, "program: counter: not it",
                f"the last program to run, with the number that it was given for this boot ({boot.draw.mark:#x}) in esi",
                f"esi is {boot.registers.esi:#x}: another program is running, or its registers were not preserved")


def main_returned(boot: Boot) -> None:
    """The grader's main got to its end, and printed the words that say so itself."""
    checks.need(boot.main_has_returned, "main: does not return", "the grader's main function to return",
                "the words that it prints at its end are there, but it has not returned")
    said = re.findall(r"done \d+", boot.serial)
    checks.need(len(said) == 1, "main: two ends", "one line of the grader's that says \"done\"",
                f"there are {len(said)}: one of them was printed by something else")


def main_said_it(boot: Boot) -> None:
    """Of lines that begin as those of the grader's main, there are no others on the console."""
    def begin(line: str) -> str:
        return re.sub(r"\d+", "#", line.split()[0])

    told, console = ([line for line in re.sub(r"^\[\w+ *\] ", "", text.replace("\r", ""), flags=re.MULTILINE).splitlines()
                      if line.strip()] for text in (boot.told, boot.serial))
    begins = {begin(line) for line in told}
    more = Counter(line for line in console if begin(line) in begins) - Counter(told)
    checks.need(not more, "main: words of another", "the grader's lines to be printed by the grader's main alone",
                f"something else has printed \"{next(iter(more), '')[:60]}\"")
