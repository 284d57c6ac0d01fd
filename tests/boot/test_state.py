"""The processor's state while a program runs at privilege level 3, read from the machine itself: what the kernel's own
code could only claim."""

import time
from types import SimpleNamespace

import pytest

from boots import BOCHS_ISO, LIMIT, QEMU_ISO, QEMU_KERNEL, Place, assembled, boot, once
from machine import Qemu
from machine.processor import PAGE, Processor
from machine.symbols import layout
from mutants import symbol

PLACES = (QEMU_KERNEL, QEMU_ISO, BOCHS_ISO, Place(Qemu, iso=False, cpu="max"))

LAYOUT = layout()

PROTECTED_MODE, TASK_SWITCHED, WRITE_PROTECT, PAGING = 1 << 0, 1 << 3, 1 << 16, 1 << 31  # CR0
INTERRUPTS, IOPL, VIRTUAL_8086 = 1 << 9, 3 << 12, 1 << 17  # EFLAGS


# Asks for a segment of its own, and counts there.
IN_ITS_OWN_SEGMENT = """
    mov eax, 243                ; set_thread_area
    mov ebx, wanted
    int SYSTEM_CALL_VECTOR
    mov eax, [wanted]           ; the entry's number
    lea eax, [eax * 8 + 3]
    mov gs, eax
again:
    inc dword [gs:0]
    jmp again
wanted: dd -1, count, 0xFFFFF, 0x51
count: dd 0
"""


@once
def state_in(place, source="again: inc eax\njmp again", name="count"):
    """Registers, descriptor tables and page tables of a machine whose program does nothing but count."""
    program = assembled(state_in.folder, source, name)
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
        processor = Processor(registers, machine.read_physical)
        return SimpleNamespace(registers=registers, gdt=processor.descriptors(), gates=processor.gates(), tss=processor.tss(),
                               pages=list(processor.pages()))  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def folder_of_program(tmp_path_factory):
    state_in.folder = tmp_path_factory.mktemp("count")


@pytest.fixture(params=PLACES, ids=str)
def state(request):
    return state_in(request.param)


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
    wanted = PROTECTED_MODE | WRITE_PROTECT | PAGING | TASK_SWITCHED  # the program has not used the floating-point unit
    assert state.registers.cr0 & wanted == wanted


def test_gdt(state):
    """Null, kernel code and data, user code and data: all flat, 4 GiB, 32-bit, with the accessed bit set; and the TSS."""
    assert state.registers.gdt_limit == 0x2F
    *segments, tss = [descriptor.raw for descriptor in state.gdt]
    assert segments == [0, 0x00CF9B000000FFFF, 0x00CF93000000FFFF, 0x00CFFB000000FFFF, 0x00CFF3000000FFFF]
    base, busy = state.registers.tr_base, 0x8B
    assert tss == 0x67 | (base & 0xFFFFFF) << 16 | busy << 40 | (base >> 24) << 56


@pytest.mark.parametrize("place", (QEMU_KERNEL, BOCHS_ISO), ids=str)
def test_gdt_gets_one_entry_more_when_a_program_asks_for_it(place):
    state = state_in(place, IN_ITS_OWN_SEGMENT, "segment")
    assert state.registers.gdt_limit == 0x37
    assert state.registers.gs == LAYOUT.THREAD_SEGMENT | 3 == 0x33
    *others, segment = [descriptor.raw for descriptor in state.gdt]
    assert others == [descriptor.raw for descriptor in state_in(place).gdt]
    base = state.registers.gs_base
    assert 0 < base < 0x1000 and segment == 0x00CFF3000000FFFF | base << 16


def test_task_register(state):
    assert state.registers.tr == LAYOUT.TSS_SEGMENT == 0x28
    assert state.registers.tr_limit == 0x67


def test_tss(state):
    esp0 = state.tss.esp0
    assert state.tss.ss0 == LAYOUT.KERNEL_DATA
    # The end of a slot in the stacks' region: the processor pushes downwards from there.
    assert LAYOUT.KERNEL_STACKS < esp0 and esp0 % LAYOUT.KERNEL_STACK_SLOT == 0
    assert state.tss.io_map_base == 104  # no I/O permission bitmap
    mapped = {page.address: page.writable for page in state.pages}
    for address in range(esp0 - LAYOUT.KERNEL_STACK_SLOT, esp0, PAGE):
        assert mapped.get(address, False) == (address >= esp0 - LAYOUT.KERNEL_STACK_SIZE), hex(address)


def test_idt(state):
    """256 interrupt gates into the kernel's code; int may use those of the system call, int3 and into alone."""
    assert state.registers.idt_limit == 0x7FF
    text, end = symbol("kernel_text_begin"), symbol("kernel_read_only_end")
    for vector, gate in enumerate(state.gates):
        assert gate.selector == LAYOUT.KERNEL_CODE
        assert gate.raw >> 32 & 0xFFFF == (0xEE00 if vector in (3, 4, LAYOUT.SYSTEM_CALL_VECTOR) else 0x8E00), hex(vector)
        assert text <= gate.offset < end
    assert len({gate.offset for gate in state.gates}) == 256


def test_the_program_can_reach_its_own_pages_and_nothing_else(state):
    assert {page.address for page in state.pages if page.user} == {0, LAYOUT.KERNEL_BASE - PAGE}  # the stack's other pages: when touched


def test_the_identity_map_is_gone(state):
    """What is mapped below the kernel is the program's."""
    below = [page for page in state.pages if page.address < LAYOUT.KERNEL_BASE]
    assert all(page.user and page.size == PAGE for page in below)


def test_the_kernels_text_and_constants_are_read_only(state):
    begin, end = symbol("kernel_text_begin"), symbol("kernel_read_only_end")
    mapped = {page.address: page.writable for page in state.pages}
    for address in range(begin, end, PAGE):
        assert mapped[address] is False, hex(address)
    assert mapped[end] is True  # data


def test_no_second_mapping_lets_the_kernels_text_be_written(state):
    begin = symbol("kernel_text_begin") - LAYOUT.KERNEL_BASE
    end = symbol("kernel_read_only_end") - LAYOUT.KERNEL_BASE
    for page in state.pages:
        assert not (page.writable and page.physical < end and begin < page.physical + page.size), hex(page.address)


def test_the_boot_stack_has_a_guard_page(state):
    guard, mapped = symbol("boot_stack_guard"), {page.address for page in state.pages}
    assert guard not in mapped and guard + PAGE in mapped
