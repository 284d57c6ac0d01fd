#!/usr/bin/python3
"""Says how a machine died: `make autopsy`.

    autopsy.py                       the last death that `make run` or `make qemu` saw (build/last-death)
    autopsy.py --log FILE            QEMU's log (-d int,cpu_reset -D FILE) or Bochs': what can be told without its memory
    autopsy.py --qmp SOCKET          a QEMU that stands or hangs, started by hand with
                                     -qmp unix:SOCKET,server,nowait -no-reboot -no-shutdown; give its log too
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Optional

from ..base import SCREEN_ADDRESS, SCREEN_BYTES, screen_lines
from ..endings import Ending, MachineError
from ..qmp import Client, connect
from .controllers import Controllers, controllers_in
from .explain import Explanation, explain_scene
from .scene import PAGE, Scene
from ..symbols import ROOT, name_of_kernel, place

LAST_DEATH = Path(os.environ.get("TRAPGATE_LAST_DEATH", ROOT / "build" / "last-death"))  # tests have one of their own
NOTHING, NO_CASE = 1, 2


def forget() -> None:
    """At the start of a run: what is told from now on is this one's story, or none."""
    shutil.rmtree(LAST_DEATH, ignore_errors=True)


def fingerprint(kernel: Path) -> Optional[str]:
    """Which file it is, by its contents; None if there is none."""
    try:
        return hashlib.sha256(kernel.read_bytes()).hexdigest()
    except OSError:
        return None


def keep(scene: Scene, found: Explanation, command: str = "") -> None:
    """Keeps a death's explanation, what it was made from, and by which command the machine was started."""
    forget()
    folder = LAST_DEATH
    folder.mkdir(parents=True)
    (folder / "log").write_text(scene.log_text)
    death = {
        "command": command, "date": datetime.now().astimezone().isoformat(" ", "seconds"),
        "emulator": scene.emulator, "ending": scene.ending.name if scene.ending else None, "detail": scene.detail,
        "serial": scene.serial, "screen": scene.screen, "memory_size": scene.memory_size, "kernel": str(scene.kernel),
        "fingerprint": fingerprint(scene.kernel), "explanation": found.as_dict(),
        "registers": vars(scene.registers) if scene.registers else None,
        "interrupts_off_for_good": scene.interrupts_off_for_good, "keyboard_full": scene.keyboard_full,
        "controllers": asdict(scene.controllers) if scene.controllers else None,
        "pages": {f"{number * PAGE:#010x}": page.hex() for number, page in sorted(scene.pages.items())},
    }  # fmt: skip
    (folder / "explanation.txt").write_text(found.text + "\n")
    (folder / "death.json.part").write_text(json.dumps(death, indent=1))
    os.replace(folder / "death.json.part", folder / "death.json")  # last: a death that is known is whole


def kept(folder: Path, kernel: Optional[Path]) -> Scene:
    death = death_in(folder)
    registers = SimpleNamespace(**death["registers"]) if death["registers"] else None
    pages = {int(address, 0) // PAGE: bytes.fromhex(page) for address, page in death["pages"].items()}
    controllers = Controllers(**death["controllers"]) if death["controllers"] else None
    ending = Ending[death["ending"]] if death["ending"] else None
    return Scene(death["emulator"], ending, death["detail"], death["serial"], (folder / "log").read_text(), registers,
                 death["screen"], death["memory_size"], kernel or Path(death["kernel"]), pages=pages,
                 controllers=controllers, keyboard_full=death["keyboard_full"], interrupts_off_for_good=death["interrupts_off_for_good"])  # fmt: skip


def death_in(folder: Path) -> dict:
    return json.loads((folder / "death.json").read_text())


def outdated(death: dict) -> bool:
    """Whether the kernel has been built again: its names and lines are others now, the dead one's are in what was told then."""
    return death["fingerprint"] != fingerprint(Path(death["kernel"]))


def headline(death: dict) -> str:
    """Which death it is: the command that started the machine, when it died, and its kernel."""
    return f"{death['command']}\n{death['date']}, in {death['emulator']}, {name_of_kernel(Path(death['kernel']))}\n"


def from_log(file: Path, kernel: Path) -> Scene:
    """A log alone: the machine's last registers are those of its last event."""
    text = file.read_text(errors="replace")
    scene = Scene("QEMU", None, "", "", text, None, [], None, kernel)
    if scene.log.events:
        scene.registers = scene.log.events[-1].registers
    if scene.log.triple_fault:
        scene.ending = Ending.TRIPLE_FAULT
    return scene


def standing(qemu: Client, log: Optional[Path], kernel: Path) -> Scene:
    """Of a QEMU that somebody else started. Its memory is read when it is asked for."""
    text = log.read_text(errors="replace") if log else ""
    ending = Ending.HANG
    if qemu.status() == "shutdown":
        if not log:
            at = qemu.registers().eip
            raise MachineError(f"QEMU has shut down at {at:08x}, {place(kernel, at)}: switched off, or by a triple fault. Only its log "
                               "tells which: LOG=file, of a QEMU that was started with -d int,cpu_reset -D file")
        ending = Ending.TRIPLE_FAULT if "Triple fault" in text else Ending.RESET
    memory = qemu.qmp("query-memory-size-summary")["base-memory"]
    screen = screen_lines(qemu.read_physical(SCREEN_ADDRESS, SCREEN_BYTES))
    return Scene("QEMU", ending, "", "", text, qemu.registers(), screen, memory, kernel, qemu.read_physical,
                 controllers=controllers_in(qemu.monitor("info pic")))  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="autopsy.py", description="Say how a machine died.")
    parser.add_argument("--log", metavar="FILE", type=Path, help="the emulator's log instead of the last death")
    parser.add_argument("--qmp", metavar="SOCKET", help="a QEMU that is stopped or hangs")
    parser.add_argument("--kernel", metavar="FILE", type=Path, help="the ELF file with the symbols")
    parser.add_argument("--json", action="store_true", help="for programs")
    arguments = parser.parse_args()
    if arguments.kernel and not arguments.kernel.is_file():
        parser.error(f"there is no kernel {arguments.kernel}")
    kernel = arguments.kernel or ROOT / "build" / "kernel.elf"
    death, rebuilt = None, False
    with contextlib.ExitStack() as open_until_told:
        try:
            if arguments.qmp:
                scene = standing(open_until_told.enter_context(connect(arguments.qmp)), arguments.log, kernel)
            elif arguments.log:
                scene = from_log(arguments.log, kernel)
            elif (LAST_DEATH / "death.json").is_file():
                try:
                    death = death_in(LAST_DEATH)
                    scene = kept(LAST_DEATH, arguments.kernel)
                    rebuilt = not arguments.kernel and outdated(death)
                except (KeyError, TypeError, ValueError) as error:
                    raise MachineError(f"{os.path.relpath(LAST_DEATH)} is cut off, or of another version: {error!r}") from error
            else:
                print("No death is known: none of the last run, of `make run` or `make qemu`.", file=sys.stderr)
                return NO_CASE
        except (OSError, MachineError) as error:
            print(f"autopsy: {f'{arguments.qmp}: ' if arguments.qmp else ''}{error}", file=sys.stderr)
            return NO_CASE
        if rebuilt:
            if arguments.json:
                print(json.dumps(death["explanation"], indent=1))
            else:
                told = (LAST_DEATH / "explanation.txt").read_text()
                print(f"{headline(death)}The kernel has been built again since; this was told then:\n\n{told}", end="")
            return 0
        found = explain_scene(scene)
    if arguments.json:
        print(json.dumps(found.as_dict() if found else None, indent=1))
    else:
        if death:
            print(headline(death))
        print(found.text if found else "Nothing here shows how, or that, the machine died.")
    return 0 if found else NOTHING


if __name__ == "__main__":
    sys.exit(main())
