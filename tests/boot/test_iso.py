"""The ISO that readers get, and its menu."""

import re
import subprocess
import sys

import pytest

from boots import LIMIT, ROOT
from course import pictures
from machine import Bochs, Ending, Qemu
from machine.picture import differences

ISO = ROOT / "build/trapgate.iso"
MENU = (ROOT / "iso/boot/grub/grub.cfg").read_text()


@pytest.mark.parametrize("emulator", (Qemu, Bochs), ids=lambda emulator: emulator.name)
def test_it_starts_the_full_system_by_itself(emulator):
    """GRUB, the kernel, init, and a shell that answers what is typed on the keyboard and on the serial line."""
    with emulator(iso=ISO) as machine:
        machine.wait_for(r"Welcome to Trapgate\.\n(.*\n)+\$ ", LIMIT[emulator])
        machine.type_keys("echo one | cat\n")
        machine.wait_for(r"^one\n\$ ", LIMIT[emulator])
        machine.type_serial("missing\n")
        machine.wait_for(r"^sh: missing: not found\n\$ ", LIMIT[emulator])
        machine.type_serial("exit 3\n")
        end = machine.wait_for_end(LIMIT[emulator])
    assert end.ending is Ending.POWER_OFF, f"{end}\n{machine.report()}"
    assert "process 1 (init): exited with status 3\n" in machine.serial
    if emulator is Qemu:  # Bochs has no way to tell it
        assert end.status == 3


@pytest.mark.parametrize("emulator", ("qemu", "bochs"))
@pytest.mark.parametrize("typed, answer, status", [("ls / | wc -l\n", "\n4\n", 0), ("", "", 0), ("sh -c 'exit 4'", "", 4)])
def test_standard_input_is_typed_to_the_shell(emulator, typed, answer, status):
    """What `make run` and `make qemu` do without a terminal: the status of the last command says whether all went well."""
    command = [sys.executable, "-m", "machine.run", emulator, "--display", "none"]
    done = subprocess.run(command, input=typed, capture_output=True, text=True, timeout=LIMIT[Bochs])
    assert done.returncode == status, done.stdout
    assert answer in done.stdout and "-- powered off" in done.stdout, done.stdout


def test_the_picture_shows_what_this_system_shows():
    """`make pictures` makes it anew."""
    with Bochs(iso=ISO) as machine:
        pictures.type_commands(machine)
        assert differences(ROOT / "docs/pictures/shell.png", machine.screen_text()) == []



def test_every_file_of_the_menu_is_built():
    files = re.findall(r"^\s*(?:multiboot|module) /boot/(\S+)", MENU, re.MULTILINE)
    assert files
    assert [file for file in files if not (ROOT / "build" / file).is_file()] == []


def test_every_program_that_shows_one_thing_has_an_entry():
    entries = re.findall(r"menuentry '([\w-]+)", MENU)
    sources = [file for pattern in ("*.asm", "*.c", "*.cpp", "misbehave/*") for file in (ROOT / "programs").glob(pattern)]
    assert {file.stem for file in sources} - set(entries) == {"init"}  # of the full system
