"""The processor's state while a program runs at privilege level 3, read from the machine itself: what the kernel's own
code could only claim."""

import struct
import time
from types import SimpleNamespace

import pytest

from boots import BOCHS_ISO, LIMIT, QEMU_ISO, QEMU_KERNEL, Place, assembled, boot, once
from machine import Qemu
from machine.symbols import layout
from mutants import symbol

PLACES = (QEMU_KERNEL, QEMU_ISO, BOCHS_ISO, Place(Qemu, iso=False, cpu="max"))

LAYOUT = layout()

PRESENT, WRITABLE, USER, LARGE = 1 << 0, 1 << 1, 1 << 2, 1 << 7
PROTECTED_MODE, EMULATE_FPU, WRITE_PROTECT, PAGING = 1 << 0, 1 << 2, 1 << 16, 1 << 31  # CR0
INTERRUPTS, IOPL, VIRTUAL_8086 = 1 << 9, 3 << 12, 1 << 17  # EFLAGS


@once
def state_in(place):
    """Registers, descriptor tables and page tables of a machine whose program does nothing but count."""
    program = assembled(state_in.folder, "again: inc eax\njmp again", "count")
    with boot(place, [program]) as machine:
        machine.wait_for("process 1 .*: started", LIMIT[place.emulator])
        deadline = time.monotonic() + LIMIT[place.emulator]
        while True:
            machine.pause()
            registers = machine.registers()
            if registers.cs & 3 == 3:
                break
            assert time.monotonic() < deadline, "the program does not run"
            machine.resume()
            time.sleep(0.1)
        state = SimpleNamespace(
            registers=registers,
            gdt=machine.read_virtual(registers.gdt_base, registers.gdt_limit + 1),
            idt=machine.read_virtual(registers.idt_base, registers.idt_limit + 1),
            tss=machine.read_virtual(registers.tr_base, 104),
            directory=struct.unpack("<1024I", machine.read_physical(registers.cr3 & ~0xFFF, 4096)),
            tables={},
        )
        for index, entry in enumerate(state.directory):
            if entry & PRESENT and not entry & LARGE:
                state.tables[index] = struct.unpack("<1024I", machine.read_physical(entry & ~0xFFF, 4096))
    return state


@pytest.fixture(scope="module", autouse=True)
def folder_of_program(tmp_path_factory):
    state_in.folder = tmp_path_factory.mktemp("count")


@pytest.fixture(params=PLACES, ids=str)
def state(request):
    return state_in(request.param)


def pages(state):
    """(address, entry of the last level, may it be written, may privilege level 3 touch it) of all that is mapped."""
    for index, entry in enumerate(state.directory):
        if entry & PRESENT and entry & LARGE:
            yield index << 22, entry, bool(entry & WRITABLE), bool(entry & USER)
        elif entry & PRESENT:
            for low, last in enumerate(state.tables[index]):
                if last & PRESENT:
                    yield index << 22 | low << 12, last, bool(entry & last & WRITABLE), bool(entry & last & USER)


def test_segment_registers(state):
    registers = state.registers
    assert registers.cs == LAYOUT.USER_CODE | 3 == 0x1B
    for name in ("ds", "es", "fs", "gs", "ss"):
        assert getattr(registers, name) == LAYOUT.USER_DATA | 3 == 0x23, name
    for name in ("cs", "ds", "es", "fs", "gs", "ss"):
        assert getattr(registers, f"{name}_base") == 0
        assert getattr(registers, f"{name}_limit") == 0xFFFFFFFF
    assert registers.ldtr == 0


def test_flags(state):
    assert state.registers.eflags & (INTERRUPTS | IOPL | VIRTUAL_8086) == INTERRUPTS


def test_where_the_program_is(state):
    assert state.registers.eip < 16  # a flat program begins at address 0
    assert state.registers.esp % 16 == 0
    assert LAYOUT.USER_STACK_BOTTOM <= state.registers.esp < LAYOUT.KERNEL_BASE


def test_control_registers(state):
    wanted = PROTECTED_MODE | WRITE_PROTECT | PAGING | EMULATE_FPU
    assert state.registers.cr0 & wanted == wanted


def test_gdt(state):
    """Null, kernel code and data, user code and data: all flat, 4 GiB, 32-bit, with the accessed bit set; and the TSS."""
    assert state.registers.gdt_limit == 0x2F
    *segments, tss = struct.unpack("<6Q", state.gdt)
    assert segments == [0, 0x00CF9B000000FFFF, 0x00CF93000000FFFF, 0x00CFFB000000FFFF, 0x00CFF3000000FFFF]
    base, busy = state.registers.tr_base, 0x8B
    assert tss == 0x67 | (base & 0xFFFFFF) << 16 | busy << 40 | (base >> 24) << 56


def test_task_register(state):
    assert state.registers.tr == LAYOUT.TSS_SEGMENT == 0x28
    assert state.registers.tr_limit == 0x67


def test_tss(state):
    esp0, ss0 = struct.unpack_from("<II", state.tss, 4)
    assert ss0 == LAYOUT.KERNEL_DATA
    # The end of a slot in the stacks' region: the processor pushes downwards from there.
    assert LAYOUT.KERNEL_STACKS < esp0 and esp0 % LAYOUT.KERNEL_STACK_SLOT == 0
    assert struct.unpack_from("<H", state.tss, 102)[0] == 104  # no I/O permission bitmap
    mapped = {address: writable for address, _, writable, _ in pages(state)}
    for page in range(esp0 - LAYOUT.KERNEL_STACK_SLOT, esp0, 0x1000):
        assert mapped.get(page, False) == (page >= esp0 - LAYOUT.KERNEL_STACK_SIZE), hex(page)


def test_idt(state):
    """256 interrupt gates into the kernel's code; int may use those of the system call, int3 and into alone."""
    assert state.registers.idt_limit == 0x7FF
    entries = [struct.unpack_from("<HHBBH", state.idt, 8 * vector) for vector in range(256)]
    text, end = symbol("kernel_text_begin"), symbol("kernel_read_only_end")
    for vector, (low, selector, zero, access, high) in enumerate(entries):
        assert selector == LAYOUT.KERNEL_CODE
        assert (zero, access) == (0, 0xEE if vector in (3, 4, LAYOUT.SYSTEM_CALL_VECTOR) else 0x8E), hex(vector)
        assert text <= (low | high << 16) < end
    assert len({(low, high) for low, _, _, _, high in entries}) == 256


def test_the_program_can_reach_its_own_pages_and_nothing_else(state):
    reachable = {address for address, _, _, user in pages(state) if user}
    stack = set(range(LAYOUT.USER_STACK_BOTTOM, LAYOUT.KERNEL_BASE, 0x1000))
    assert reachable == {0} | stack


def test_the_identity_map_is_gone(state):
    """What is mapped below the kernel is the program's."""
    assert all(user for address, _, _, user in pages(state) if address < LAYOUT.KERNEL_BASE)
    assert not any(state.directory[index] & LARGE for index in range(768))


def test_the_kernels_text_and_constants_are_read_only(state):
    begin, end = symbol("kernel_text_begin"), symbol("kernel_read_only_end")
    mapped = {address: writable for address, _, writable, _ in pages(state)}
    for page in range(begin, end, 0x1000):
        assert mapped[page] is False, hex(page)
    assert mapped[end] is True  # data


def test_no_second_mapping_lets_the_kernels_text_be_written(state):
    begin = symbol("kernel_text_begin") - LAYOUT.KERNEL_BASE
    end = symbol("kernel_read_only_end") - LAYOUT.KERNEL_BASE
    for address, entry, writable, _ in pages(state):
        size = 0x400000 if entry & LARGE and address & 0x3FFFFF == 0 and state.directory[address >> 22] & LARGE else 0x1000
        physical = entry & ~(size - 1)
        assert not (writable and physical < end and begin < physical + size), hex(address)


def test_the_boot_stack_has_a_guard_page(state):
    guard = symbol("boot_stack_guard")
    assert guard not in {address for address, _, _, _ in pages(state)}
    assert guard + 0x1000 in {address for address, _, _, _ in pages(state)}
