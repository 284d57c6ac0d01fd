"""What differs between versions of the emulators, on recorded words of old and new ones."""

from types import SimpleNamespace

import pytest

from machine import Ending, confine
from machine import version_differences as versions
from machine.qemu import Qemu

BOCHS_USAGE = """\
Usage: bochs [flags] [bochsrc options]

  -n               no configuration file
  -f configfile    specify configuration file
  -q               quick start (skip configuration interface)
  -log filename    specify Bochs log file name
  -unlock          unlock Bochs images leftover from previous session
"""
DEBUGGER_2_7 = "  -rc filename     execute debugger commands stored in file\n"
DEBUGGER_3_0 = "  -debugger        start Bochs internal debugger on startup\n" + DEBUGGER_2_7
DEBUGGER_3_1 = """\
  -debugger        start Bochs internal debugger on startup
  -dbg_gui         start Bochs internal debugger with gui on startup
""" + DEBUGGER_2_7


@pytest.mark.parametrize("usage, flags", [
    (BOCHS_USAGE + DEBUGGER_2_7, []), (BOCHS_USAGE + DEBUGGER_3_0, ["-debugger"]), (BOCHS_USAGE + DEBUGGER_3_1, ["-debugger"]),
], ids=["2.7", "3.0", "3.1"])  # fmt: skip
def test_how_bochs_debugger_is_switched_on(usage, flags):
    assert versions.bochs_has_debugger(usage)
    assert versions.bochs_debugger_flags(usage) == flags


def test_a_bochs_without_a_debugger():
    assert not versions.bochs_has_debugger(BOCHS_USAGE)
    assert versions.bochs_debugger_flags(BOCHS_USAGE) == []


@pytest.mark.parametrize("line", [
    "eflags 0x00000046: id vip vif ac vm rf nt IOPL=0 of df if tf sf ZF af PF cf",
    "eflags: 0x00000046: id vip vif ac vm rf nt IOPL=0 of df if tf sf ZF af PF cf",
], ids=["2.7", "3.0"])  # fmt: skip
def test_eflags_of_bochs(line):
    assert versions.bochs_eflags(f"CPU0:\nrip: 00000000_00100010\n{line}\n") == 0x46


@pytest.mark.parametrize("gcc_12, gcc_16", [
    ("_ZN6kernel3pit12_GLOBAL__N_111handle_tickEv", "_ZN6kernel3pit12_GLOBAL__N_1L11handle_tickEv"),
    ("_ZN6kernel4Heap4freeEPv", "_ZN6kernel4Heap4freeEPv"), ("_ZL5countv", "_ZL5countv"), ("boot_stack", "boot_stack"),
])  # fmt: skip
def test_names_of_functions_are_the_same_with_all_compilers(gcc_12, gcc_16):
    assert versions.mangled(gcc_12) == versions.mangled(gcc_16) == gcc_12


def stamped(event):
    return b'{"timestamp": {"seconds": 1795905293, "microseconds": 305129}, ' + event + b"}\r\n"


SHUTDOWN = stamped(b'"event": "SHUTDOWN", "data": {"guest": true, "reason": "guest-shutdown"}')
QUIT = stamped(b'"event": "SHUTDOWN", "data": {"guest": false, "reason": "host-qmp-quit"}')
STOP = stamped(b'"event": "STOP"')
CLOSED = stamped(b'"event": "SHUTDOWN", "data": {"guest": false, "reason": "host-ui"}')


@pytest.mark.parametrize("events, code, ending, status", [
    ([], 85, Ending.POWER_OFF, 42),  # isa-debug-exit in QEMU 7.2
    ([SHUTDOWN, STOP, QUIT], 85, Ending.POWER_OFF, 42),  # the same since QEMU 10
    ([SHUTDOWN, STOP, QUIT], 0, Ending.POWER_OFF, None),  # ACPI's power off, in any
    ([SHUTDOWN + STOP], 0, Ending.POWER_OFF, None),
    ([CLOSED], 0, Ending.CLOSED, None),
    ([], 0, Ending.CLOSED, None),
], ids=["debug exit, 7.2", "debug exit, 10.0", "power off", "power off at once", "window closed", "killed"])  # fmt: skip
def test_how_qemu_tells_of_its_end(events, code, ending, status):
    machine = Qemu(kernel=__file__)
    machine._running, machine._qmp, machine._com1_output = True, SimpleNamespace(fileno=lambda: -1), -1
    sent = []
    machine._send = lambda fd, data: sent.append(data)
    machine._take = lambda fd, take: None
    for event in events:
        machine._protocol.take(event)
    end = machine.end or machine._classify_exit(code)
    assert (end.ending, end.status) == (ending, status)
    assert len(sent) == (SHUTDOWN in b"".join(events)) and all(b'"quit"' in one for one in sent)


@pytest.mark.parametrize("events, code, confined, said", [
    ([], -9, False, "was ended by SIGKILL"),
    ([], 137, True, "was ended by SIGKILL"),  # below bubblewrap
    ([], 143, True, "was ended by SIGTERM"),
    ([], 137, False, "powered off with status 68"),
    ([SHUTDOWN, STOP, QUIT], 137, True, "powered off with status 68"),
    ([], 85, True, "powered off with status 42"),
])
def test_an_emulator_that_was_killed_has_not_powered_off(monkeypatch, events, code, confined, said):
    monkeypatch.setattr(confine, "sandbox", print if confined else None)
    machine = Qemu(kernel=__file__)
    machine._running, machine._qmp, machine._com1_output = True, SimpleNamespace(fileno=lambda: -1), -1
    machine._send = machine._take = lambda *_: None
    for event in events:
        machine._protocol.take(event)
    end = machine.end or machine._classify_exit(code)
    assert said in str(end) and end.killed == ("SIG" in said)


DISPLAYS_WITH_GUI = "Available display backend types:\nnone\ngtk\nsdl\negl-headless\ncurses\nspice-app\ndbus\n"
DISPLAYS_WITHOUT_GUI = """\
Available display backend types:
none
qemu: module ui-ui-none not found, do you want to install qemu-system-gui package?
qemu: module ui-ui-gtk not found, do you want to install qemu-system-gui package?
curses
dbus
"""


def test_the_displays_of_qemu():
    assert {"gtk", "sdl", "egl-headless"} <= set(versions.qemu_displays(DISPLAYS_WITH_GUI))
    assert versions.qemu_displays(DISPLAYS_WITHOUT_GUI) == ["none", "curses", "dbus"]


def test_one_instruction_at_a_time_is_asked_for_as_this_qemu_has_it():
    old = "-singlestep     always run in singlestep mode"  # 7.2
    new = "                one-insn-per-tb=on|off (one guest instruction per TCG translation block)"  # 8.1 and later
    assert versions.qemu_one_by_one(old) == ["-singlestep"]
    assert versions.qemu_one_by_one(new) == ["-accel", "tcg,one-insn-per-tb=on"]
