"""Machines that run on and come to no end: told by the state of the interrupt controllers."""

from types import SimpleNamespace

import pytest

from machine import Ending
from machine.diagnosis import hangs
from machine.diagnosis.controllers import Controllers, controllers_in
from machine.diagnosis.explain import explain_scene
from machine.diagnosis.scene import Scene

QEMU = "pic1: irr=10 imr=ff isr=00 hprio=0 irq_base=28\npic0: irr=01 imr=e8 isr=02 hprio=0 irq_base=20\n"
BOCHS = """
i8259A PIC

master IMR = e8
master ISR = 02
master IRR = 01
master IRQ = 00
slave IMR = ff
slave ISR = 00
slave IRR = 10
slave IRQ = 00
"""


@pytest.mark.parametrize("text", (QEMU, BOCHS), ids=("QEMU", "Bochs"))
def test_both_emulators_words_are_read(text):
    assert controllers_in(text) == Controllers(requested=0x1001, in_service=0x0002, masked=0xFFE8)


def test_other_words_are_no_controllers():
    assert controllers_in("info device: 'pic' not found") is None


def test_lines_have_names():
    assert Controllers(0, 0, 0).lines(0x0003) == "IRQ 0 (the timer), IRQ 1 (the keyboard)"
    assert Controllers(0, 0, 0).lines(0x8000) == "IRQ 15"


def scene_of(eflags, cs, controllers, ending=Ending.TIME_OUT, halted=False, off_for_good=False, keyboard_full=False):
    registers = SimpleNamespace(eip=0x10, esp=0x1000, cs=cs, cs_base=0, cr0=1 << 31 | 1, cr3=0, cr4=0, eflags=eflags, halted=halted)
    return Scene("QEMU", ending, "", "[info ] frames: there", "", registers, [], None, None, controllers=controllers,
                 interrupts_off_for_good=off_for_good, keyboard_full=keyboard_full)  # fmt: skip


def cause_of(*arguments, **options):
    explanation = explain_scene(scene_of(*arguments, **options))
    return explanation and (explanation.symptom, explanation.cause)


def test_what_a_machine_waits_for():
    fine, ON, OFF, USER = Controllers(0, 0, 0xFFE8), 0x202, 0x002, 0x1B
    assert cause_of(OFF, USER, fine) == ("hang", "interrupts-off-in-ring-3")
    assert cause_of(ON, USER, Controllers(1, 1, 0xFFE8)) == ("hang", "no-end-of-interrupt")
    assert cause_of(ON, USER, Controllers(1, 0, 0xFFE9)) == ("hang", "timer-masked")
    assert cause_of(ON, 0x08, Controllers(0, 0, 0xFFE9), keyboard_full=True) == ("hang", "keyboard-not-read")
    assert cause_of(ON, 0x08, fine, halted=True) == ("hang", "waits")
    assert cause_of(ON, USER, None) == ("hang", "waits")
    assert cause_of(OFF, 0x08, Controllers(1, 1, 0xFFE8)) == ("hang", "no-end-of-interrupt")
    assert cause_of(OFF, 0x08, Controllers(0, 1, 0xFFE8)) == ("hang", "waits")  # just now in its handler
    assert cause_of(OFF, 0x08, Controllers(1, 0, 0xFFE9)) == ("hang", "timer-masked")
    assert cause_of(OFF, 0x08, Controllers(1, 0, 0xFFE9), off_for_good=True) == ("hang", "spin-interrupts-off")
    assert cause_of(OFF, 0x08, fine, ending=Ending.HANG) == ("hang", "spin-interrupts-off")
    assert cause_of(ON, USER, fine, ending=None) is None  # it runs


def test_a_system_call_is_no_handler_that_has_not_ended(monkeypatch):
    waiting = Controllers(requested=1, in_service=1, masked=0xFFE8)
    monkeypatch.setattr(hangs, "_called_by", lambda scene: (0x80, 0x202, False))
    assert cause_of(0x002, 0x08, waiting) == ("hang", "no-end-of-interrupt")
    assert explain_scene(scene_of(0x002, 0x08, waiting)).sentence.startswith("Hang: a program has called the kernel at 00000010")
    monkeypatch.setattr(hangs, "_called_by", lambda scene: (0x20, 0x202, False))
    assert cause_of(0x002, 0x08, waiting, off_for_good=True) == ("hang", "spin-interrupts-off")  # it stands in the handler itself


def test_a_program_that_has_just_called_runs_on(monkeypatch):
    """At the first instruction of the kernel's stub interrupts are off, but for this call only."""
    monkeypatch.setattr(hangs, "_called_by", lambda scene: (0x80, 0x202, True))
    assert cause_of(0x002, 0x08, Controllers(1, 0, 0xFFE9)) == ("hang", "timer-masked")
    # One that calls again and again may be found there each time: "runs on the spot".
    assert cause_of(0x002, 0x08, Controllers(0, 0, 0xFFE8), ending=Ending.HANG) == ("hang", "waits")
