"""Why a boot did not get where it should: symptom, sentence and place, from the console, the registers and the kernel's symbols."""

from __future__ import annotations

import bisect
import re
import subprocess
from pathlib import Path
from typing import List, Tuple

import checks
from machine import Ending, MachineError

LAST_LINES = 20
REPORT = re.compile(r"^(?P<name>[a-z][\w/ -]+?) #?\w*,? ?vector (?P<vector>\d+), in (?P<mode>user|kernel) mode", re.MULTILINE)


def last_lines(text: str, count: int = LAST_LINES) -> List[str]:
    return [line for line in text.splitlines() if line.strip()][-count:]


def place_of(kernel: Path, address: int) -> str:
    """"function, file:line" of a kernel address, or ""."""
    try:
        done = subprocess.run([f"{checks.CROSS}addr2line", "-C", "-f", "-s", "-e", kernel, hex(address)],
                              stdout=subprocess.PIPE, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    function, _, line = done.stdout.strip().partition("\n")
    if function.startswith("??"):
        table = sorted((value, name) for name, value in checks.symbols(kernel).items())
        index = bisect.bisect_right(table, (address, "\x7f")) - 1
        return table[index][1] if index >= 0 and address - table[index][0] < 0x10000 else ""
    function = function.replace("(anonymous namespace)::", "").replace("kernel::", "").partition("(")[0]
    return function + ("" if line.startswith("??") else f", {line.split(' ')[0]}")


def from_console(serial: str) -> Tuple[str, str, str]:
    """Symptom, sentence, place of what the kernel itself reported; empty strings if it reported nothing."""
    unsolved = re.search(r"exercise ([\d.]+) is not solved yet", serial)
    if unsolved:
        return f"unsolved {unsolved[1]}", f"exercise {unsolved[1]} is not solved yet: the boot came to the place where your lines go", ""
    panic = re.search(r"KERNEL PANIC: (.*)", serial)
    if not panic:
        return "", "", ""
    place = re.search(r"noticed by (.*)", serial)
    report = REPORT.search(serial, panic.end())
    at = re.search(r"^  at (.*)", serial[panic.end() :], re.MULTILINE)
    detail = re.search(r"^  (error code.*|page fault.*|cr2.*)", serial[panic.end() :], re.MULTILINE)
    if report:
        said = f"the kernel stopped with a {report['name'].strip()} (vector {report['vector']}) in {report['mode']} mode"
        words = f"; {detail[1]}" if detail else ""
        return f"panic: {report['name'].strip()}, vector {report['vector']}{words}", said + words, at[1] if at else ""
    return f"panic: {panic[1]}", f"the kernel stopped: {panic[1]}", place[1] if place else ""


def from_machine(boot) -> Tuple[str, str, str]:
    """The same from how the machine ended."""
    kernel = boot.tree / "build/kernel.elf"
    try:
        eip = boot.machine.registers().eip
    except MachineError:
        eip = 0
    place = place_of(kernel, eip) if eip else ""
    ending = boot.end.ending if boot.end else None
    if boot.flooded:
        return "flood", "the kernel floods the console and does not get on", place
    if ending is Ending.TRIPLE_FAULT:
        return f"triple fault {_explained(boot)}".strip(), "a triple fault: an exception could not be delivered, nor the exception about that", place
    if ending is Ending.RESET:
        return "reset", "the machine was reset", place
    if ending is Ending.HANG:
        return f"hang: {boot.end.detail}", f"the machine hangs: {boot.end.detail}", place
    if ending is Ending.POWER_OFF:
        return "power off", "the machine was switched off before the programs had ended", place
    if ending is Ending.EMULATOR_DIED:
        return f"emulator died: {boot.end.detail}", f"{boot.emulator} gave up: {boot.end.detail}", place
    return "time-out", f"nothing more happened: {boot.end}", place


def _explained(boot) -> str:
    """The words of the project's own explanation of deaths, first line."""
    text = explanation(boot)
    return text.splitlines()[0] if text else ""


def explanation(boot) -> str:
    """What machine.explain says about the standing machine; "" where it can't say anything."""
    try:
        from machine import explain
    except ImportError:
        return ""
    try:
        return explain.explain(boot.machine).text
    except Exception as error:  # an explanation that fails must not hide the verdict
        return f"(no explanation: {error})"
