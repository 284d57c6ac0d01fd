"""Booting a mutated kernel, and telling what is to be seen: the symptom, and the words that explain it."""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Tuple

from course.catalogue_of_mistakes import Mutation
from machine import Bochs, End, Ending, Machine, MachineError, Qemu
from machine.diagnosis.explain import explain_scene
from machine.minimal_iso import make_iso
from machine.diagnosis.scene import scene_of

from .building import program_of, tree_without

# Seconds. A machine that ends needs a second or two, on a busy computer a minute; one that never does is watched no
# longer than this after its program has started.
LIMIT = 60
LIMIT_OF_HANG = 8
STARTED = r"process 1 \(.*\): started"


@dataclass(frozen=True)
class Seen:
    """What a boot showed."""

    symptom: str
    words: str  # the diagnosis: the kernel's own report, or the explanation from outside
    cause: str = ""  # machine.explain's name
    named: Tuple[str, ...] = ()  # the likely mistakes that were named: names of machine.diagnosis.mistakes
    explanation: str = ""  # what `make autopsy` would tell


def look(mutation: Mutation, emulator: str, tree: Path) -> Seen:
    """Boots the mutated kernel of `tree` and says what is to be seen of the mistake."""
    with machine_of(mutation, emulator, tree) as machine:
        end = _run(machine, mutation)
        if end.ending is Ending.POWER_OFF:
            return Seen(_difference(mutation, emulator, machine.serial), machine.serial)
        if end.ending is Ending.TIME_OUT:
            machine.pause()
        scene = scene_of(machine, tree / "build/kernel.elf", end)
        found = explain_scene(scene)
        if found is None:
            return Seen(_name_of(end.ending), f"{end}\n{machine.report()}")
        words = f"{machine.serial}\n{found.text}" if found.symptom == "panic" else found.text
        return Seen(found.symptom, words, found.cause, found.mistakes, found.text)


def machine_of(mutation: Mutation, emulator: str, tree: Path, **options) -> Machine:
    """The machine that boots the kernel and programs of `tree` as the mutation says; for a `with` statement."""
    kernel = tree / "build/kernel.elf"
    modules = []
    for words in mutation.modules:
        file = tree / "build/programs" / program_of(words)
        modules.append((file, words.rpartition("/")[2]))
    if emulator == "qemu" and mutation.loader == "grub":
        iso = tree / "build/mutation.iso"
        if not iso.exists():
            files = [_AsOnIso(*module) for module in modules]
            make_iso(iso, tree / "build/mutation.iso.files", kernel, files, mutation.append)
        return Qemu(iso=iso, **options)
    return (Qemu if emulator == "qemu" else Bochs)(kernel=kernel, modules=modules, append=mutation.append, **options)


@dataclass(frozen=True)
class _AsOnIso:
    path: Path
    string: str


def _run(machine: Machine, mutation: Mutation):
    if mutation.type or mutation.symptom == "hang":
        try:
            machine.wait_for(STARTED, limit=LIMIT)
            machine.type_keys(mutation.type)
        except MachineError:
            pass  # its end says more
    if mutation.symptom == "never-reached-kernel":
        _wait_for_complaint(machine)
        return machine.end or End(Ending.TIME_OUT)
    return machine.wait_for_end(LIMIT_OF_HANG if mutation.symptom == "hang" else LIMIT)


def _wait_for_complaint(machine) -> None:
    """Until the loader's error stands on the screen, with GRUB's words below it: after a while it shows its menu again."""
    deadline = machine.clock() + LIMIT
    while machine.end is None and not machine.serial and machine.clock() < deadline:
        if any("Press any key" in line for line in machine.screen_text()):
            return
        time.sleep(0.2)  # no event tells of what is on a screen


def _name_of(ending: Ending) -> str:
    names = {Ending.TRIPLE_FAULT: "triple-fault", Ending.RESET: "reset", Ending.HANG: "hang", Ending.TIME_OUT: "hang"}
    return names.get(ending, ending.value)


# --- What a program said: compared with what it says without the mistake ---

_references: Dict[Tuple, str] = {}
_lock = threading.Lock()  # for _references; held while one boots, since all others want the same few


def _difference(mutation: Mutation, emulator: str, serial: str) -> str:
    """The symptom of a machine that came to its end."""
    wanted = _reference(mutation, emulator)
    kills = re.compile(r"^\[info \] process \d+ .*: killed by .*$", re.MULTILINE)
    if len(kills.findall(serial)) > len(kills.findall(wanted)):
        return "process-killed"
    return "silent" if _comparable(serial) == _comparable(wanted) else "wrong-output"


def _reference(mutation: Mutation, emulator: str) -> str:
    key = (mutation.modules, mutation.append, mutation.type, mutation.loader, emulator)
    with _lock:
        if key not in _references:
            with machine_of(mutation, emulator, tree_without(mutation)) as machine:
                end = _run(machine, mutation)
                if end.ending is not Ending.POWER_OFF:
                    raise MachineError(f"without the mistake: {end}\n{machine.report()}")
            _references[key] = machine.serial
        return _references[key]


def shown_without(mutation: Mutation) -> str:
    """What this mutation's boot shows in the kernel as it is."""
    return shown_in(_reference(mutation, "qemu"))


def shown_in(serial: str) -> str:
    """What the programs print, without the kernel's reports, and how they end; on a line."""
    said = [line for line in serial.splitlines() if line and not re.match(r"\[|  |.*, vector \d+, in user mode$", line)]
    ended = re.findall(r"^\[info \] (process \d+ .*: (?:exited|killed) .*)$", serial, re.MULTILINE)
    return "; ".join([f'"{line}"' for line in said[:2]] + ended[-2:])


def _comparable(serial: str) -> str:
    """Without what the size of the kernel or the speed of the machine changes."""
    lines = (line for line in serial.splitlines() if not line.startswith(("[debug]", "[info ] frames:")))
    return re.sub(r"\d+ (bytes|ticks|MiB)", r"N \1", "\n".join(lines))
