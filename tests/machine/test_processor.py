"""The processor's tables, decoded: on tables made by hand, without an emulator."""

import struct
from types import SimpleNamespace

import pytest

from machine.diagnosis.delivery import failure_of
from machine.diagnosis.events import Event, read_log, repeated
from machine.diagnosis.faults import fault_of
from machine.processor import PAGE, Descriptor, Entry, Gate, NoMemory, Processor, page_error, selector_error

CODE, DATA, USER_CODE, USER_DATA = 0x00CF9A000000FFFF, 0x00CF92000000FFFF, 0x00CFFA000000FFFF, 0x00CFF2000000FFFF
GDT, IDT, TSS, DIRECTORY, TABLE, STACK = 0x1000, 0x2000, 0x3000, 0x4000, 0x5000, 0x8000
MEMORY = 0x10000


def gate(offset, selector=0x08, access=0x8E):
    return offset & 0xFFFF | selector << 16 | access << 40 | (offset & 0xFFFF0000) << 32


class Machine:
    """64 KiB with a GDT, an IDT of 256 good gates, a TSS, and page tables that map it all where it is, for ring 3 too."""

    def __init__(self, **registers):
        self.memory = bytearray(MEMORY)
        tss = 0x67 | TSS << 16 | 0x8B << 40
        self.put(GDT, struct.pack("<6Q", 0, CODE, DATA, USER_CODE, USER_DATA, tss))
        for vector in range(256):
            self.set_gate(vector, gate(0x6000, access=0xEE if vector == 0x80 else 0x8E))
        self.put(TSS + 4, struct.pack("<IH", STACK, 0x10))
        self.put(DIRECTORY, struct.pack("<I", TABLE | 7))
        self.put(TABLE, struct.pack("<16I", *(page << 12 | 7 for page in range(16))))
        state = dict(eip=0x6000, cs=8, cs_base=0, ss=0x10, esp=STACK, eflags=2, cr0=0x80010001, cr2=0, cr3=DIRECTORY, cr4=0)
        state.update(gdt_base=GDT, gdt_limit=0x2F, idt_base=IDT, idt_limit=0x7FF, tr=0x28, tr_base=TSS, tr_limit=0x67, eax=0)
        self.registers = SimpleNamespace(**{**state, **registers})

    def put(self, address, data):
        self.memory[address : address + len(data)] = data

    def set_gate(self, vector, raw):
        self.put(IDT + 8 * vector, struct.pack("<Q", raw))

    def unmap(self, address):
        self.put(TABLE + 4 * (address >> 12), struct.pack("<I", 0))

    @property
    def processor(self):
        return Processor(self.registers, lambda address, size: bytes(self.memory[address : address + size]), MEMORY)

    def failure(self, vector=0x80, kind="exception", has_error_code=False):
        return failure_of(self.processor, vector, kind, has_error_code)

    def fault(self, vector, error_code=None):
        return fault_of(self.processor, Event(vector, "exception", error_code, self.registers))


def test_descriptors():
    code = Descriptor(CODE)
    assert (code.kind, code.dpl, code.present, code.base, code.limit) == ("code segment", 0, True, 0, 0xFFFFFFFF)
    assert Descriptor(USER_DATA).dpl == 3 and Descriptor(USER_DATA).writable
    tss = Descriptor(0xC000_8912_3456_0067)
    assert (tss.kind, tss.base, tss.limit) == ("32-bit TSS, available", 0xC0123456, 0x67)


def test_gates():
    good = Gate(gate(0xC0123456, 8, 0xEE))
    assert (good.kind, good.offset, good.selector, good.dpl, good.present) == ("32-bit interrupt gate", 0xC0123456, 8, 3, True)
    assert not good.swapped and Gate(good.raw >> 32 | (good.raw & 0xFFFFFFFF) << 32).swapped


@pytest.mark.parametrize(
    "code, words",
    [
        (0x402, "gate 0x80 of the IDT"), (0x102, "gate 0x20 of the IDT"), (0x42, "gate 0x8 of the IDT"),
        (0x28, "selector 0x28, entry 5 of the GDT"), (0x0C, "selector 0x8, entry 1 of the LDT"), (0, "no selector, or a null one"),
    ],
)  # fmt: skip
def test_selector_error_codes(code, words):
    assert selector_error(code) == words


def test_page_fault_error_codes():
    assert page_error(0) == "a read in supervisor mode; the page is not present"
    assert page_error(7) == "a write in user mode; the page forbids it"
    assert "reserved" in page_error(9) and "fetch" in page_error(16)


def test_the_walk_of_the_page_tables():
    machine = Machine()
    way = machine.processor.walk(0x3004)
    assert way.physical == 0x3004 and way.user and way.writable and len(way.lines) == 2
    machine.put(TABLE + 12, struct.pack("<I", 0x7001))  # the TSS's page: elsewhere, read-only, the supervisor's
    way = machine.processor.walk(0x3004)
    assert way.physical == 0x7004
    assert "U/S" in way.forbids(False, True, True) and "R/W" in way.forbids(True, False, True)
    assert way.forbids(True, False, False) == "" and way.forbids(False, False, True) == ""
    assert machine.processor.walk(0x00400000).reason == "the directory entry is not present"
    assert machine.processor.walk(0x00010000).reason == "the table entry is not present"


def test_all_that_is_mapped():
    machine = Machine(cr4=0x10)
    machine.put(TABLE + 12, struct.pack("<I", 0x7005))  # read-only
    machine.put(TABLE + 16, bytes(48))
    machine.put(DIRECTORY + 4, struct.pack("<I", 0x00C00083))
    assert list(machine.processor.pages()) == [
        (0, PAGE, 0, True, True), (0x1000, PAGE, 0x1000, True, True), (0x2000, PAGE, 0x2000, True, True),
        (0x3000, PAGE, 0x7000, False, True), (0x00400000, 1 << 22, 0x00C00000, True, False),
    ]  # fmt: skip


def test_whole_tables():
    processor = Machine().processor
    assert [one.raw for one in processor.descriptors()[:5]] == [0, CODE, DATA, USER_CODE, USER_DATA]
    assert len(processor.descriptors()) == 6 and processor.descriptors()[5].base == TSS
    assert len(processor.gates()) == 256 and {gate.dpl for gate in processor.gates()} == {0, 3}
    assert processor.tss() == (STACK, 0x10, 0)


def test_an_entry_in_words():
    assert Entry("table", 0x5008, 0x7000).words == "not present"
    assert Entry("table", 0x5008, 0x71E3).words == "present, writable, kernel only, accessed, dirty, global"  # bit 7: PAT
    directory = Entry("directory", 0x4C04, 0xC0000085)
    assert directory.words == "present, read-only, user, large page"
    assert (directory.number, directory.large_frame) == (769, 0xC0000000)


def test_large_pages_need_pse():
    machine = Machine(cr4=0x10)
    machine.put(DIRECTORY + 4, struct.pack("<I", 0x83))
    assert machine.processor.walk(0x00401234).physical == 0x1234
    machine.registers.cr4 = 0
    way = machine.processor.walk(0x00401234)
    assert way.large_without_pse and way.physical is None


def test_cr3_beyond_memory():
    assert Machine(cr3=0xC0104000).processor.walk(0).cr3_not_memory
    assert Machine(cr0=1, cr3=0xC0104000).processor.walk(0x123).physical == 0x123  # paging is off


def test_a_table_that_is_no_memory():
    machine = Machine()
    machine.put(DIRECTORY + 4, struct.pack("<I", 0x00800007))
    assert "is no memory" in machine.processor.walk(0x00400000).reason
    with pytest.raises(NoMemory):
        Processor(machine.registers, machine.processor.read_physical, 0x6000).read(0x8000, 4)


def test_a_good_machine_delivers():
    assert Machine().failure() is None
    assert Machine(cs=0x1B).failure(kind="int") is None


# cause, vector raised, error code: what one change of the good machine brings
FAILURES = {
    "idt-limit": (lambda m: vars(m.registers).update(idt_limit=0x3FF), 13, 0x402),
    "idt-not-loaded": (lambda m: vars(m.registers).update(idt_base=0, idt_limit=0), 13, 0x402),
    "lidt-of-table": (lambda m: vars(m.registers).update(idt_base=0x8E000008, idt_limit=0x6000), 13, 0x402),
    "idt-not-mapped": (lambda m: m.unmap(IDT), 14, 0),
    "gate-empty": (lambda m: m.set_gate(0x80, 0), 13, 0x402),
    "gate-type": (lambda m: m.set_gate(0x80, gate(0x6000, access=0x8C)), 13, 0x402),
    "gate-not-present": (lambda m: m.set_gate(0x80, gate(0x6000, access=0x0E)), 11, 0x402),
    "gate-selector": (lambda m: m.set_gate(0x80, gate(0x6000, selector=0x10)), 13, 0x10),
    "handler-not-mapped": (lambda m: m.set_gate(0x80, gate(0xC0006000)), 14, 0),
    "gdt-not-mapped": (lambda m: m.unmap(GDT), 14, 0),
    "gdt-limit": (lambda m: vars(m.registers).update(gdt_limit=7), 13, 8),
    "stack-not-mapped": (lambda m: vars(m.registers).update(esp=0x00800000), 14, 2),
    "kernel-stack-overflow": (lambda m: vars(m.registers).update(esp=0xFF802000), 14, 2),  # layout.h: KERNEL_STACKS
}


@pytest.mark.parametrize("cause", FAILURES)
def test_what_stops_a_delivery_in_ring_0(cause):
    machine = Machine()
    change, raises, code = FAILURES[cause]
    change(machine)
    failure = machine.failure()
    assert (failure.cause, failure.raises, failure.error_code) == (cause, raises, code)


FROM_RING_3 = {
    "gate-dpl": (lambda m: m.set_gate(0x80, gate(0x6000)), 13, 0x402),
    "tss-missing": (lambda m: vars(m.registers).update(tr=0), 10, None),
    "tss-limit": (lambda m: vars(m.registers).update(tr_limit=7), 10, 0x28),
    "tss-not-mapped": (lambda m: m.unmap(TSS), 14, 0),
    "tss-ss0": (lambda m: m.put(TSS + 8, b"\0\0"), 10, 0),
    "tss-esp0": (lambda m: m.put(TSS + 4, bytes(4)), 14, 2),
}


@pytest.mark.parametrize("cause", FROM_RING_3)
def test_what_stops_an_int_of_ring_3(cause):
    machine = Machine(cs=0x1B, ss=0x23)
    change, raises, code = FROM_RING_3[cause]
    change(machine)
    failure = machine.failure(kind="int")
    assert (failure.cause, failure.raises, failure.error_code) == (cause, raises, code)


def test_what_tr_has_read_stays_when_the_table_changes():
    machine = Machine(cs=0x1B, ss=0x23)
    machine.put(GDT + 0x28, bytes(8))
    assert machine.failure(kind="int") is None
    machine.put(TSS + 4, bytes(4))
    assert machine.failure(kind="int").cause == "tss-esp0"


@pytest.mark.parametrize("ss0, code", [(0x08, 0x08), (0x13, 0x10), (0x23, 0x20), (0x20, 0x20), (0x100, 0x100)])
def test_each_wrong_ss0(ss0, code):
    machine = Machine(cs=0x1B, ss=0x23)
    machine.put(TSS + 8, struct.pack("<H", ss0))
    failure = machine.failure(kind="int")
    assert (failure.cause, failure.raises, failure.error_code) == ("tss-ss0", 10, code)


# cs, ss of the frame: cause
FRAMES = [
    (0x18, 0x23, "iret-cs"), (0x0B, 0x23, "iret-cs"), (0x23, 0x23, "iret-cs"), (0x103, 0x23, "iret-cs"), (0, 0x23, "iret-cs"),
    (0x1B, 0x20, "iret-ss"), (0x1B, 0x13, "iret-ss"), (0x1B, 0, "iret-ss"), (0x1B, 0x1B, "iret-ss"),
    (0xC0106000, 0x23, "iret-frame"), (0x10, 0x23, "iret-cs"),
]  # fmt: skip


@pytest.mark.parametrize("cs, ss, cause", FRAMES)
def test_frames_that_iret_refuses(cs, ss, cause):
    machine = Machine(esp=0x7000)
    machine.put(0x6000, b"\xcf")
    machine.put(0x7000, struct.pack("<5I", 0x6000, cs, 0x202, 0x9000, ss))
    assert machine.fault(13, cs & 0xFFFC).cause == cause


def test_iret_to_the_cs_that_the_loader_left():
    machine = Machine(esp=0x7000, cs=0x10)
    machine.put(0x6000, b"\xcf")
    machine.put(0x7000, struct.pack("<5I", 0x6000, 0x10, 0x202, 0x9000, 0x23))
    assert machine.fault(13, 0x10).cause == "iret-kernel-cs"


@pytest.mark.parametrize("words", [(0x14, 0x6000, 0x08, 0x202, 0, 0), (0x08, 0x202, 0x9000, 0x23, 0, 0)])
def test_frames_that_are_shifted(words):
    machine = Machine(esp=0x7000)
    machine.put(0x6000, b"\xcf")
    machine.put(0x7000, struct.pack("<6I", *words))
    assert machine.fault(13, words[1] & 0xFFFC).cause == "iret-frame"


@pytest.mark.parametrize(
    "cr2, code, registers, cause",
    [
        (0x00800000, 0, dict(eip=0x00800000), "code-not-mapped"),  # nothing is mapped any more: not even the IDT
        (0x00BFFFFC, 2, dict(esp=0x00C00000), "stack-not-mapped"),
        (0xFF801FFC, 2, dict(esp=0xFF802000), "kernel-stack-overflow"),
        (0x00000010, 0, {}, "null-pointer"),
        (0x000B8000, 2, {}, "vga-not-mapped"),
        (0x12345678, 0, {}, "page-not-mapped"),
        (0x00006000, 3, {}, "read-only-page"),
        (0x00006000, 5, dict(cs=0x1B), "supervisor-page"),
        (0x12345678, 4, dict(cs=0x1B), "user-page"),
        (0x12345678, 8, {}, "reserved-bit"),
        (0x12345678, 0, dict(cr3=0x00800000), "cr3-not-memory"),
    ],
)
def test_page_faults(cr2, code, registers, cause):
    machine = Machine(cr2=cr2, **registers)
    machine.put(TABLE + 4 * 6, struct.pack("<I", 0x6001))
    if cause == "code-not-mapped":
        machine.unmap(IDT)
    assert machine.fault(14, code).cause == cause


QEMU_TEXT = """\
Servicing hardware INT=0x08
     0: v=08 e=0000 i=0 cpl=0 IP=0008:00100010 pc=00100010 SP=0010:00108000 env->regs[R_EAX]=00000001
{dump}
check_exception old: 0xffffffff new 0xe
     1: v=0e e=0002 i=0 cpl=0 IP=0008:00100010 pc=00100010 SP=0010:00108000 CR2=00107ffc
{dump}
check_exception old: 0xe new 0xe
     2: v=08 e=0000 i=0 cpl=0 IP=0008:00100010 pc=00100010 SP=0010:00108000 env->regs[R_EAX]=00000001
{dump}
check_exception old: 0x8 new 0xe
Triple fault
""".replace("{dump}", """\
EAX=00000001 EBX=00000000 ECX=00000000 EDX=00000000
ESI=00000000 EDI=00000000 EBP=00000000 ESP=00108000
EIP=00100010 EFL=00000202 [-------] CPL=0 II=0 A20=1 SMM=0 HLT=0
CS =0008 00000000 ffffffff 00cf9a00 DPL=0 CS32 [-R-]
TR =0028 00003000 00000067 00008b00 DPL=0 TSS32-busy
GDT=     00001000 0000002f
IDT=     00002000 000007ff
CR0=80000011 CR2=00000000 CR3=00004000 CR4=00000010
EFER=0000000000000000""")


def test_the_log_of_qemu():
    log = read_log(QEMU_TEXT)
    assert [(e.vector, e.kind, e.error_code, e.nested) for e in log.events] == [
        (8, "interrupt", None, False), (14, "exception", 2, False), (8, "exception", 0, True),
    ]  # fmt: skip
    assert log.triple_fault and log.events[1].registers.cr2 == 0x107FFC and log.events[0].registers.idt_limit == 0x7FF


BOCHS_TEXT = """\
00047246300d[CPU0  ] interrupt(): vector = 20, TYPE = 0, EXT = 1
00047246400d[CPU0  ] interrupt(): vector = 80, TYPE = 4, EXT = 0
00047246400e[CPU0  ] fetch_raw_descriptor: GDT: index (ff57) 1fea > limit (2f)
00047246400d[CPU0  ] exception(0x0a): error_code=ff54
00047246400d[CPU0  ] interrupt(): vector = 0a, TYPE = 3, EXT = 1
00047246400d[CPU0  ] exception(0x0a): error_code=ff55
00047246400d[CPU0  ] exception(0x08): error_code=0000
00047246400d[CPU0  ] interrupt(): vector = 08, TYPE = 3, EXT = 1
00047246400d[CPU0  ] exception(0x0a): error_code=ff55
00047246400p[CPU0  ] >>PANIC<< exception(): 3rd (10) exception with no resolution
"""


def test_the_log_of_bochs():
    log = read_log(BOCHS_TEXT, SimpleNamespace(eip=1))
    assert [(e.vector, e.kind, e.nested) for e in log.events] == [
        (0x20, "interrupt", False), (0x80, "int", False), (10, "exception", True), (8, "exception", True),
    ]  # fmt: skip
    assert log.triple_fault and log.messages == ["fetch_raw_descriptor: GDT: index (ff57) 1fea > limit (2f)"]
    assert log.events[0].registers is None and log.events[1].registers.eip == 1


def test_an_exception_that_repeats():
    here = SimpleNamespace(eip=1, cr2=2, esp=3)
    assert repeated([Event(14, "exception", 0, here)] * 16)
    assert repeated([Event(14, "exception", 0, here)] * 15) is None
    assert repeated([Event(0x20, "interrupt", None, here)] * 16) is None
    another = SimpleNamespace(eip=1, cr2=0x1002, esp=3)
    assert repeated([Event(14, "exception", 0, here), Event(14, "exception", 0, another)] * 8) is None


def bochs_faults(addresses, between=""):
    """The log of page faults at these addresses."""
    return "".join(f"""\
00047246400d[CPU0  ] page fault for address {address:016x} @ 00000000000080c4
00047246400d[CPU0  ] exception(0x0e): error_code=0006
00047246400d[CPU0  ] interrupt(): vector = 0e, TYPE = 3, EXT = 1
{between}""" for address in addresses)


def test_pages_given_when_they_are_touched_are_no_exception_that_repeats():
    assert repeated(read_log(bochs_faults([0x8000] * 16)).events)
    assert repeated(read_log(bochs_faults(range(0x8000, 0x18000, 0x1000))).events) is None


def test_an_exception_after_each_tick_does_not_repeat_in_bochs():
    """Two processes that take turns with the floating-point unit raise #NM at each switch; the log tells no place."""
    tick = "00047246500d[CPU0  ] interrupt(): vector = 20, TYPE = 0, EXT = 1\n"
    no_fpu = "00047246600d[CPU0  ] exception(0x07): error_code=0000\n"
    assert repeated(read_log((tick + no_fpu) * 20).events) is None
    assert repeated(read_log(no_fpu * 20).events)
