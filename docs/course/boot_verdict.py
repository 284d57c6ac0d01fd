"""Whether a boot is as it should be: it got to its end, programs ended as they must, the machine's state is right."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Callable, Dict, Optional

from . import checks
from . import death
from .exercise import Exercise
from machine import Ending, MachineError
from .verdict import NOT_YET, Verdict
from .judged_boot import TITLES, Boot

STARTED = r"process (\d+) \(([^)]*)\): started"
ENDS = r"process {number} \((?P<name>[^)]*)\): (?P<end>exited with status \d+|killed by \w+ \(.*?\))$"


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
        if not boot.plan.main:
            programs(boot)
            for check in checks.STATE:
                check(boot)
        for name in exercise.lists["check"]:
            checks.NAMED[name](boot)
        for check in [*own_checks(exercise).values(), *exercise.hidden]:
            check(boot)
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
    """The witness ended with the status it computed, and each program as stated."""
    wanted = [("witness", f"exited with status {boot.draw.status}")] + list(boot.plan.programs)
    started = iter(re.findall(STARTED, boot.serial))  # not 1, 2, 3 and so on where a program has had children
    for name, end in wanted:
        short = Path(name.split()[0]).stem
        number = next((number for number, its_name in started if its_name == short), 0)
        ends = list(re.finditer(ENDS.format(number=number), boot.serial, re.MULTILINE))
        found = ends[0] if ends else None
        checks.need(bool(found), f"program: {short}: no end", f"the program {short} to end ({end})",
                    "the console says nothing of its end")
        checks.need(len(ends) == 1, f"program: {short}: two ends", f"one report of the end of {short}, the kernel's",
                    f"the console has {len(ends)}: one of them was printed by something else")
        said = found["end"]
        checks.need(said == end or bool(re.fullmatch(end, said)), f"program: {short}: {said}",
                    f"that {short} {end}", f"it {'was ' if said.startswith('killed') else ''}{said}")
    checks.need(boot.registers.esi == boot.draw.mark, "program: counter: not it",
                f"the last program to run, with the number that it was given for this boot ({boot.draw.mark:#x}) in esi",
                f"esi is {boot.registers.esi:#x}: another program is running, or its registers were not preserved")
