"""The kernel's command line: each word that is wrong is reported, and ignored."""

import pytest

from boots import EVERYWHERE, LIMIT, QEMU_KERNEL, boot, draw, program, run
from machine import Ending


@pytest.mark.parametrize("place", EVERYWHERE, ids=str)
def test_garbage_is_reported_word_by_word(place):
    garbage = "garbage log=loud log= =debug poweroff poweroffs POWEROFF --help \x7f~"
    outcome = run(place, [program("hello.bin")], garbage)
    warnings = [line for line in outcome.before.splitlines() if "command line:" in line]
    assert warnings == [
        "[warn ] command line: unknown word 'garbage'; ignored",
        "[warn ] command line: 'log=loud' names no level (debug, info, warn, error); ignored",
        "[warn ] command line: 'log=' names no level (debug, info, warn, error); ignored",
        "[warn ] command line: unknown word '=debug'; ignored",
        "[warn ] command line: 'poweroff' is given twice; ignored",
        "[warn ] command line: unknown word 'poweroffs'; ignored",
        "[warn ] command line: unknown word 'POWEROFF'; ignored",
        "[warn ] command line: unknown word '--help'; ignored",
        "[warn ] command line: unknown word '\x7f~'; ignored",
    ]
    assert outcome["hello.bin"].end == "exited with status 0"


def levels_in(serial: str) -> set:
    return {line[1:6].strip() for line in serial.splitlines() if line.startswith("[") and line[6:7] == "]"}


@pytest.mark.parametrize(
    "word, levels",
    [
        ("", {"info", "warn", "error"}),
        ("log=debug", {"debug", "info", "warn", "error"}),
        ("log=info", {"info", "warn", "error"}),
        ("log=warn", {"warn", "error"}),
        ("log=error", {"error"}),
    ],
)
def test_log_level(word, levels, tmp_path):
    """A module that is refused gives lines of all levels. Only what is written before the command line has been read
    may be of another level: there is nothing to be said then."""
    (tmp_path / "broken").write_bytes(b"\x7fELF")
    status = draw()
    modules = [(program("exit-status.bin"), f"exit-status {status}"), tmp_path / "broken", program("hello.bin")]
    with boot(QEMU_KERNEL, modules, f"poweroff {word}") as machine:
        end = machine.wait_for_end(LIMIT[QEMU_KERNEL.emulator])
    assert (end.ending, end.status) == (Ending.POWER_OFF, status), f"{end}\n{machine.report()}"
    assert levels_in(machine.serial) - {"debug"} == levels - {"debug"}, machine.serial
    assert ("[debug]" in machine.serial) == ("debug" in levels)
    assert "Hello from privilege level 3!\n" in machine.serial  # a program's own words are no log


def test_below_info_a_fault_is_not_reported():
    with boot(QEMU_KERNEL, [program("misbehave/ud2.bin")], "poweroff log=warn") as machine:
        end = machine.wait_for_end(LIMIT[QEMU_KERNEL.emulator])
    # As a shell has it: 128 and the signal's number, of which QEMU passes on 7 bits.
    assert (end.ending, end.status) == (Ending.POWER_OFF, (128 + 4) & 0x7F), f"{end}\n{machine.report()}"
    assert machine.serial == ""


@pytest.mark.parametrize("place", EVERYWHERE, ids=str)
def test_a_very_long_line_is_cut(place):
    outcome = run(place, [], "log=debug " + "x" * 700)
    assert "[warn ] boot: the command line is too long; cut after 512 characters\n" in outcome.before
    assert "[warn ] command line: unknown word 'xxx" in outcome.before
    assert "[debug]" in outcome.serial
