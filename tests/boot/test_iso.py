"""The ISO that readers get, and its menu."""

import re

import pytest

from boots import LIMIT, ROOT, processes_in
from machine import Bochs, Ending, Qemu
from machine.picture import differences

ISO = ROOT / "build/trapgate.iso"
MENU = (ROOT / "iso/boot/grub/grub.cfg").read_text()


@pytest.mark.parametrize("emulator", (Qemu, Bochs), ids=lambda emulator: emulator.name)
def test_it_starts_the_full_system_by_itself(emulator):
    """GRUB, the kernel, the greetings from privilege level 3, and then the machine waits."""
    with emulator(iso=ISO) as machine:
        machine.wait_for("all programs have ended", LIMIT[emulator])
        end = machine.wait_for_end(3)
        screen = machine.screen_text()
    assert end.ending is Ending.TIME_OUT, f"{end}\n{machine.report()}"
    if emulator is Bochs:  # `make pictures` makes it anew
        assert differences(ROOT / "docs/pictures/ring3.png", screen) == []
    processes = processes_in(machine.serial)
    assert [one.name for one in processes] == ["hello", "hello-c", "hello-cpp", "hello-c"]
    assert all(one.end == "exited with status 0" for one in processes)
    assert processes[0].output == "Hello from privilege level 3!\n"
    assert processes[1].output == processes[3].output == "Hello from C at privilege level 3!\n"
    assert (processes[1].kind, processes[3].kind) == ("flat", "ELF")


def test_every_file_of_the_menu_is_built():
    files = re.findall(r"^\s*(?:multiboot|module) /boot/(\S+)", MENU, re.MULTILINE)
    assert files
    assert [file for file in files if not (ROOT / "build" / file).is_file()] == []


def test_every_program_that_shows_one_thing_has_an_entry():
    entries = re.findall(r"menuentry '([\w-]+)", MENU)
    sources = [file for pattern in ("*.asm", "*.c", "*.cpp", "misbehave/*") for file in (ROOT / "programs").glob(pattern)]
    assert {file.stem for file in sources} - set(entries) == set()
