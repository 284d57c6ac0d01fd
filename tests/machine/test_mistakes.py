"""Which likely mistakes are named, and that none is where the evidence does not decide: on tables made by hand."""

import struct
from pathlib import Path
from types import SimpleNamespace

import pytest
from test_processor import GDT, IDT, TSS, Machine, gate

from machine import Ending
from machine.diagnosis import explain, faults, mistakes
from machine.diagnosis.causes import CAUSES
from machine.diagnosis.controllers import Controllers
from machine.diagnosis.events import Event
from machine.diagnosis.explain import explain_scene
from machine.diagnosis.mistakes import BY_CAUSE, MISTAKES, Evidence
from machine.diagnosis.report import Explanation
from machine.diagnosis.scene import Scene

KERNEL = Path("kernel.elf")
BASE = 0xC0000000
KERNEL_CODE = (BASE + 0x6000, 0x1000)
GDT_TABLE = (BASE + GDT, 0x30)
BOOT_STACK = (BASE + 0x8000, BASE + 0xC000)


@pytest.fixture(autouse=True)
def linked_high(monkeypatch):
    """A kernel of which code, GDT, IDT and TSS are linked at KERNEL_BASE."""
    def is_linked(kernel, address):
        return any(0 <= address - begin < 0x1000 for begin in (KERNEL_CODE[0], BASE + GDT, BASE + IDT, BASE + TSS, BOOT_STACK[0], BOOT_STACK[1] - 0x1000))

    def stack_of(kernel, esp):
        return BOOT_STACK if BOOT_STACK[0] - 0x1000 < esp <= BOOT_STACK[1] else (
            (0xFF802000, 0xFF804000) if 0xFF800000 < esp <= 0xFF804000 else None
        )

    for module in (mistakes, faults):
        monkeypatch.setattr(module, "is_linked", is_linked)
        monkeypatch.setattr(module, "stack_of", stack_of)
    monkeypatch.setattr(mistakes, "objects", lambda kernel: dict([GDT_TABLE]))


def named(cause, cr2=None, vector=0x80, before=(), change=lambda machine: None, **registers):
    machine = Machine(**registers)
    change(machine)
    return Evidence(machine.processor, KERNEL, vector, before).named(cause, cr2)


def test_the_record_of_lgdt():
    padded, swapped = (BASE + GDT) << 16 & 0xFFFFFFFF, 0x2F << 16 | BASE >> 16
    assert named("gdt-not-mapped", gdt_base=padded) == ("table-pointer-padded",)
    assert named("gdt-limit", gdt_base=swapped, gdt_limit=GDT) == ("table-pointer-swapped",)
    assert named("gdt-limit", gdt_base=BASE + GDT, gdt_limit=0x27) == ("gdt-limit-short",)
    assert named("gdt-not-mapped") == ("gdt-base-physical",)
    assert named("gdt-not-mapped", gdt_base=BASE + GDT) == ("gdt-not-in-directory",)
    assert named("gdt-not-mapped", gdt_base=0x12345678) == ("gdt-record-junk",)
    assert named("gdt-limit", gdt_base=0x12345678) == ("gdt-limit-short", "gdt-record-junk")
    assert [Evidence(Machine(gdt_base=base).processor, KERNEL, 0, ()).gdt_is_elsewhere() for base in (padded, BASE + GDT)] == [True, False]


def test_a_table_on_a_stack():
    assert named("gdt-overwritten", gdt_base=BOOT_STACK[0] + 0x100) == ("gdt-on-the-stack",)
    assert named("gdt-overwritten", gdt_base=BASE + GDT) == ("gdt-overwritten",)
    assert named("gate-empty", idt_base=BOOT_STACK[0] + 0x100) == ("idt-on-the-stack",)


def clear(machine):
    machine.put(IDT, bytes(2048))


def test_an_empty_gate_was_not_set_or_was_overwritten():
    good = lambda machine: [machine.set_gate(vector, gate(BASE + 0x6000)) for vector in range(256)]  # noqa: E731
    one = lambda machine: [good(machine), machine.set_gate(0x80, 0)]  # noqa: E731
    worked = Event(0x20, "interrupt", None, SimpleNamespace(idt_base=IDT))
    assert named("gate-empty", change=one) == ("gate-not-set",)
    assert named("gate-empty", change=clear) == ("idt-not-filled", "idt-overwritten")
    assert named("gate-empty", change=clear, before=[worked]) == ("idt-overwritten",)


@pytest.mark.parametrize("cause", ["gate-type", "gate-not-present", "gate-selector", "gate-dpl", "task-gate"])
def test_what_is_no_gate_at_all_was_overwritten(cause):
    assert named(cause, change=lambda m: m.set_gate(0x80, gate(BASE + 0x6000))) == (cause,)
    assert named(cause, change=lambda m: m.set_gate(0x80, 0x2E6C6172656E6567)) == ("idt-overwritten",)


def overflow(ebp, esp, words=()):
    """A machine whose table maps the boot stack where it is linked, with words on it."""
    machine = Machine(ebp=ebp, esp=esp, eip=BASE + 0x6000)
    machine.put(0x4000 + 4 * 768, struct.pack("<I", 0x5007))
    for address, word in words:
        machine.put(address - BASE, struct.pack("<I", word))
    return Evidence(machine.processor, KERNEL).named("kernel-stack-overflow")


def test_a_stack_that_is_used_up():
    begin, end = BOOT_STACK
    frames = [(begin + 0x100 * i + at, begin + 0x100 * (i + 1) if at == 0 else BASE + 0x6100) for i in range(1, 40) for at in (0, 4)]
    used = [(end - 16, 1), (begin + 0x2010, 1)]
    assert overflow(begin + 0x100, begin - 0x20, frames + used) == ("endless-recursion",)
    assert overflow(end - 0x80, begin - 0x20, used) == ("large-local",)
    assert overflow(0, begin - 4) == ("stack-lower-end",)
    assert overflow(begin + 0x100, begin - 0x20, used) == ("large-local", "endless-recursion")


def row_on_stack(frames, monkeypatch):
    machine = Machine(esp=BOOT_STACK[0] - 8)
    machine.put(0x4000 + 4 * 768, struct.pack("<I", 0x5007))
    for at, frame in enumerate(frames):
        machine.put(BOOT_STACK[0] - BASE + 0x80 * (at + 1), struct.pack("<5I", *frame))
    monkeypatch.setattr(explain, "stack_of", lambda kernel, esp: BOOT_STACK)
    monkeypatch.setattr(explain, "place", lambda kernel, address: "there")
    scene = SimpleNamespace(kernel=KERNEL, at_event=lambda event: machine.processor)
    return explain._row_on_stack(scene, Event(14, "exception", 2, machine.registers))


def test_a_stack_full_of_exceptions(monkeypatch):
    """Bochs' log does not have those that were delivered."""
    frame = (14, 0, 0xB0517000, 8, 0x10046)
    assert "full of interrupt frames, 4 of them" in (told := row_on_stack([frame] * 3 + [(6, 0, 0xC0106000, 8, 0x46)], monkeypatch))
    assert "The first was #UD at c0106000, there." in told
    assert row_on_stack([frame] * 3, monkeypatch) == ""
    assert row_on_stack([(14, 0, 0xB0517000, 0x1B, 0x10046)] * 4, monkeypatch) == ""  # a program's: its handler does not nest
    assert row_on_stack([(14, 0, 0xB0517000, 8, 0)] * 4, monkeypatch) == ""  # bit 1 of EFLAGS is always set


def test_a_pointer_into_a_guard_is_no_overflow():
    """A wild pointer in chapter 12: esp is far above."""
    machine = Machine(esp=0xFF803F00, cr2=0xFF801000)
    fault = faults.fault_of(machine.processor, Event(14, "exception", 0, machine.registers), None)
    assert fault.cause == "page-not-mapped" and "the guard below kernel stack 0" in fault.words
    machine = Machine(esp=0xFF803FF0, cr2=0xFF804000)  # above the stack is the next one's guard
    assert faults.fault_of(machine.processor, Event(14, "exception", 0, machine.registers), None).cause == "page-not-mapped"
    machine = Machine(esp=0xFF801F80, cr2=0xFF801F7C)
    assert faults.fault_of(machine.processor, Event(14, "exception", 2, machine.registers), None).cause == "kernel-stack-overflow"


def test_where_esp_is():
    assert named("stack-not-mapped", esp=0x8100) == ("stack-physical",)
    assert named("stack-not-mapped", esp=0) == ("stack-not-set",)
    assert named("stack-not-mapped", esp=0xFF803F00) == ("kernel-stacks-not-in-directory",)
    stacks = lambda m: m.put(0x4000 + 4 * 1022, struct.pack("<I", 0x9007))  # noqa: E731 an empty page table
    assert named("stack-not-mapped", esp=0xFF803F00, change=stacks) == ("kernel-stack-freed",)
    assert named("stack-not-mapped", esp=0xFF804000, change=stacks) == ("kernel-stack-not-mapped",)
    assert named("stack-not-mapped", esp=0x00123456) == ()


@pytest.mark.parametrize(
    "esp0, mistake", [(0, "esp0-not-set"), (0xFF802000, "esp0-lower-end"), (0xFF804000, "kernel-stacks-not-in-directory"), (0x1234, "esp0-wrong")]
)
def test_esp0(esp0, mistake):
    assert named("tss-esp0", change=lambda m: m.put(TSS + 4, struct.pack("<I", esp0))) == (mistake,)


def test_a_wrong_ss0_may_be_another_word_of_the_tss(monkeypatch):
    monkeypatch.setattr(mistakes, "objects", lambda kernel: {BASE + TSS: 104})
    assert named("tss-ss0", tr_base=BASE + TSS) == ("tss-ss0",)
    assert named("tss-ss0", tr_base=BASE + TSS + 4) == ("tss-base-junk",)


@pytest.mark.parametrize(
    "access, tr, mistake", [(0x8B, 0, "tss-busy"), (0x8B, 0x28, "tss-loaded-twice"), (0x92, 0, "tss-type"), (0, 0, "tss-not-in-gdt")]
)
def test_what_ltr_refuses(access, tr, mistake):
    descriptor = access << 40 | (0x67 if access else 0)
    assert named("tss-type", change=lambda m: m.put(GDT + 0x28, struct.pack("<Q", descriptor)), tr=tr) == (mistake,)


def test_a_jump_beyond_the_limit_of_its_segment():
    machine = Machine()
    machine.put(0x6000, b"\xea" + struct.pack("<IH", 0xC0106000, 0x08))
    machine.put(GDT + 8, struct.pack("<Q", 0x004F9A000000FFFF))
    fault = faults.fault_of(machine.processor, Event(13, "exception", 0, machine.registers), KERNEL)
    assert (fault.cause, fault.mistakes) == ("segment-load", ("code-segment-limit",))


# The words at esp when iret is executed; the registers that differ; what is named.
RETURNS = [
    ((0, 0x18, 0x202, 0xBFFFFFD0, 0x23), ("iret-cs-rpl",)),
    ((0, 0x0B, 0x202, 0xBFFFFFD0, 0x23), ("iret-cs-kernel",)),
    ((0, 0x43, 0x202, 0xBFFFFFD0, 0x23), ("iret-cs",)),
    ((BASE + 0x6010, 0x10, 0x202, 0, 0), ("cs-not-reloaded",)),
    ((0, 0x1B, 0x202, 0xBFFFFFD0, 0x20), ("iret-ss-rpl",)),
    ((0, 0x1B, 0x202, 0xBFFFFFD0, 0x13), ("iret-ss-kernel",)),
    ((0, 0x1B, 0x202, 0xBFFFFFD0, 0), ("iret-ss-not-set",)),
    ((0, 0x1B, 0x202, 0x23, 0xFFD0), ("iret-esp-ss-swapped",)),
    ((0, 0x1B, 0xBFFFFFD0, 0x23, 0x202), ("iret-frame-order",)),
    ((0, 0, 0x1B, 0x202, 0xBFFFFFD0), ("error-code-not-removed", "error-code-twice")),
    ((0x1B, 0x202, 0xBFFFFFD0, 0x23, 0), ("error-code-not-pushed", "way-out-takes-too-much")),
    ((0, 0xC0106000, 0x202, 0, 0), ()),
]


def test_a_frame_of_which_the_end_lies_above_the_stack():
    machine = Machine(esp=0x6FF0, eip=0x5000 + 0x1000, cr2=0x7000)
    machine.put(0x6000, b"\xcf")
    machine.put(0x6FF0, struct.pack("<4I", 0x1B, 0x202, 0xBFFFFFD0, 0x23))
    machine.unmap(0x7000)
    fault = faults.fault_of(machine.processor, Event(14, "exception", 0, machine.registers), KERNEL)
    assert (fault.cause, fault.mistakes) == ("iret-frame", ("error-code-not-pushed", "way-out-takes-too-much"))


@pytest.mark.parametrize("words, mistake", RETURNS)
def test_the_frame_that_iret_refuses(words, mistake):
    machine = Machine(esp=0x7000)
    machine.put(0x6000, b"\xcf")
    machine.put(0x7000, struct.pack("<5I", *words))
    fault = faults.fault_of(machine.processor, Event(13, "exception", words[1] & 0xFFFC, machine.registers), KERNEL)
    assert (BY_CAUSE[fault.cause] if fault.mistakes is None else fault.mistakes) == mistake, fault


def test_paging():
    assert named("code-not-mapped", eip=BASE + 0x6000, cr3=0x4BE0) == ("directory-not-aligned",)
    assert named("code-not-mapped", eip=0x6000) == ("identity-map-missing",)
    assert named("code-not-mapped", eip=0xBFFFFE91) == ()  # a wrong address is taken from a stack: nothing was to be there
    assert named("code-not-mapped", eip=BASE + 0x6000) == ("kernel-not-in-directory",)
    assert named("cr3-not-memory", cr3=BASE + GDT) == ("cr3-virtual",)
    assert named("page-not-mapped", cr2=0x4000) == ("physical-pointer",)  # the page directory itself
    assert named("page-not-mapped", cr2=0xE000) == ()  # a program is mapped: it may be its pointer
    assert named("page-not-mapped", cr2=0xE000, change=lambda m: m.put(0x4000, bytes(4))) == ("physical-pointer",)
    assert named("page-not-mapped", cr2=0x12345678) == ()


def test_a_handler_that_runs_with_a_programs_ds():
    assert named("recursive-exception", ds=0) == ("kernel-ds-not-loaded",)
    assert named("recursive-exception", ds=0x10) == ()


def waiting(full, masked=0xFFE8):
    registers = SimpleNamespace(eip=0x10, esp=0x1000, cs=8, cs_base=0, cr0=1 << 31 | 1, cr3=0, cr4=0, eflags=0x202, halted=True)
    scene = Scene("QEMU", Ending.TIME_OUT, "", "[info ] frames: there", "", registers, [], None, None,
                  controllers=Controllers(0, 0, masked), keyboard_full=full)  # fmt: skip
    return explain_scene(scene).mistakes


def test_a_keyboard_that_is_not_read():
    assert waiting(full=True) == ("keyboard-not-read",)
    assert waiting(full=False) == ()  # nobody typed, or a handler is at fault: that can't be known
    assert waiting(full=True, masked=0xFFEA) == ()


def test_each_name_has_a_sentence_and_a_cause():
    assert set(BY_CAUSE) <= set(CAUSES)
    assert {name for names in BY_CAUSE.values() for name in names} <= set(MISTAKES)
    source = Path(mistakes.__file__).read_text() + "".join(file.read_text() for file in Path(mistakes.__file__).parent.glob("*.py"))
    for name in MISTAKES:
        assert source.count(f'"{name}"') >= 3, f"{name} is never named"  # its sentence, twice read, and a place


def test_the_text_says_which_two_it_could_be_or_nothing():
    one = Explanation("hang", "Hang.", "timer-masked").text
    two = Explanation("triple-fault", "Dead.", "gdt-limit", mistakes=("gdt-limit-short", "gdt-record-junk")).text
    none = Explanation("hang", "Hang.", "spin").text
    assert "likely mistake: the timer's bit" in one
    assert "likely mistake, one of these: the limit" in two and "\n    or: the record for lgdt" in two
    assert "likely" not in none and 'to read: chapter 5 (interrupts), "Common traps"   [spin]' in none
