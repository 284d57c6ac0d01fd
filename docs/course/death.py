"""Why a boot did not get where it should: symptom, sentence and place, from the console and the standing machine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import List, Tuple

from machine import Ending, MachineError
from machine.diagnosis.explain import explain
from machine.symbols import addresses, function_and_line

LAST_LINES = 20
LONGEST_LINE = 400
REPORT = re.compile(r"^(?P<name>[a-z][\w/ -]+?) #?\w*,? ?vector (?P<vector>\d+), in (?P<mode>user|kernel) mode",
                    re.MULTILINE)


def last_lines(text: str, count: int = LAST_LINES) -> List[str]:
    """The end of a console. A line that has no end is cut off: who floods the console does not flood the report."""
    return [line[:LONGEST_LINE] for line in text.splitlines() if line.strip()][-count:]


def place_of(kernel: Path, address: int) -> str:
    """"function, file:line" of a kernel address, or ""."""
    function, line = function_and_line(kernel, address)
    if function:
        return f"{function}, {Path(line).name}" if line else function
    before = [(place, name) for name, place in addresses(kernel).items() if 0 <= address - place < 0x10000]
    return max(before)[1] if before else ""


def from_console(serial: str) -> Tuple[str, str, str]:
    """Symptom, sentence, place of what the kernel itself reported; empty strings if it reported nothing."""
    unsolved = re.search(r"exercise ([\d.]+) is not solved yet", serial)
    if unsolved:
        return f"unsolved {unsolved[1]}", f"{unsolved[0]}: the boot came to the place where your lines go", ""
    panic = re.search(r"KERNEL PANIC: (.*)", serial)
    if not panic:
        return "", "", ""
    place = re.search(r"noticed by (.*)", serial)
    report = REPORT.search(serial, panic.end())
    at = re.search(r"^  at (.*)", serial[panic.end() :], re.MULTILINE)
    detail = re.search(r"^  (error code.*|page fault.*|cr2.*)", serial[panic.end() :], re.MULTILINE)
    if report:
        name, vector = report["name"].strip(), report["vector"]
        said = f"the kernel stopped with a {name} (vector {vector}) in {report['mode']} mode"
        words = f"; {detail[1]}" if detail else ""
        return f"panic: {name}, vector {vector}{words}", said + words, " ".join(at[1].split()) if at else ""
    return f"panic: {panic[1]}", f"the kernel stopped: {panic[1]}", place[1] if place else ""


def from_machine(boot) -> Tuple[str, str, str, List[str]]:
    """The same from how the machine ended, and what machine.explain can say about it, in lines."""
    kernel = boot.tree / "build/kernel.elf"
    if boot.flooded:
        return "flood", "the kernel floods the console and gets no further", _place_now(boot), []
    if boot.end is not None and boot.end.ending is Ending.POWER_OFF:
        return "power off", "the machine was switched off before the programs had ended", "", []
    ending = boot.end.ending if boot.end else None
    names = {Ending.TRIPLE_FAULT: "triple fault", Ending.RESET: "reset", Ending.HANG: "hang",
             Ending.EMULATOR_DIED: "emulator died"}
    symptom = names.get(ending, "time-out")
    sentence = f"{'nothing more happened' if symptom == 'time-out' else 'the machine ended'}: {boot.end}"
    try:
        explanation = explain(boot.machine, kernel, boot.end)
    except (MachineError, OSError, ValueError, KeyError, IndexError) as error:  # the verdict stands without it, too
        return symptom, sentence, _place_now(boot), [f"(it can't be explained: {type(error).__name__}: {error})"]
    if explanation is None or (explanation.cause == "unknown" and symptom == "time-out"):
        return symptom, sentence, _place_now(boot), []
    return f"{symptom}: {explanation.cause}", explanation.sentence, _place_now(boot), explanation.text.splitlines()


def _place_now(boot) -> str:
    try:
        now = boot.machine.registers()
    except MachineError:
        return ""
    if now.cr0 & 1 and now.cs & 3 == 3:
        return f"in a program, at {now.eip:#x}"
    return place_of(boot.tree / "build/kernel.elf", now.eip) if now.eip else ""
