"""Mistakes of the kernel itself: it must say what happened and stop for good, not reset and not go on.

Each mistake is put at the beginning of write_console(), so it happens when the first program wants to greet."""

import struct

import pytest

from boots import BOCHS_ISO, KERNEL, LIMIT, QEMU_ISO, QEMU_KERNEL, boot, program, told_by_every_processor, writer_of
from machine import Ending, Qemu
from machine.base import SCREEN_ADDRESS, SCREEN_BYTES
from machine.diagnosis.explain import explain
from machine.symbols import place_in_file
from mutants import kernel_with, kernel_with_replaced, symbol

PLACES = (QEMU_KERNEL, BOCHS_ISO)
CALLS_ON_SCREEN = 6  # of a backtrace
WRITE = "kernel::files::write_console("  # what a program that greets comes to


def word(number: int) -> bytes:
    return struct.pack("<I", number)


# name: the code, given the address of write(); what the report must say.
MISTAKES = {
    "undefined instruction": (
        lambda write: b"\x0f\x0b",  # ud2
        ["KERNEL PANIC: an exception in the kernel", "invalid opcode #UD, vector 6, in kernel mode", "  code       0f 0b"],
    ),
    "write to the kernel's text": (
        lambda write: b"\xc6\x05" + word(write) + b"\x90",  # mov byte [write], 0x90
        [
            "KERNEL PANIC: an exception in the kernel",
            "page fault #PF, vector 14, in kernel mode",
            "  error code 0x3: a write in supervisor mode; the page forbids it",
            "(cr2): code of files::write_console+0x0",
            "  forbidden by R/W of the table entry: read-only",
        ],
    ),
    "write to a constant": (
        lambda write: b"\xc6\x05" + word(symbol("kernel::report::(anonymous namespace)::known_exceptions") + 4) + b"\x90",
        ["(cr2): the kernel's report::known_exceptions+0x4\n", "  forbidden by R/W of the table entry: read-only"],
    ),
    "read below the boot stack": (
        lambda write: b"\xa1" + word(symbol("boot_stack_guard") + 0x123),
        ["(cr2): the guard below the boot stack\n", "  forbidden by P of the table entry: the page is not mapped"],
    ),
    "read at the heap's end": (
        lambda write: b"\xa1" + word(0xF8FF_FFFC),
        ["(cr2): the kernel heap, where it has not grown to\n"],
    ),
    "read where there is no memory": (
        lambda write: b"\xa1" + word(0xF7FF_FFFC),
        ["(cr2): the direct map of physical 0x37FFFFFC: no memory\n"],
    ),
    "call of a wild pointer": (  # mov eax, pointer; call eax; the caller is missing in the chain of frame pointers
        lambda write: b"\xb8" + word(0x4000_0000) + b"\xff\xd0",
        [
            "  error code 0x0: a fetch in supervisor mode; the page is not present",
            "  code       not readable there",
            "(cr2): a program's address, used by the kernel\n",
            "    0x40000000\n    0xc01",
        ],
    ),
    "read through a null pointer": (
        lambda write: b"\xa1" + word(0),  # mov eax, [0]
        [
            "KERNEL PANIC: an exception in the kernel",
            "page fault #PF, vector 14, in kernel mode",
            "  error code 0x0: a read in supervisor mode; the page is not present",
            "  address    0x00000000",
        ],
    ),
    "release of a frame that is nobody's": (
        lambda write: b"\x6a\x00\xb8" + word(symbol("kernel::frames::release(")) + b"\xff\xd0",  # release(0)
        ["KERNEL PANIC: frames: 0x00000000 was never handed out by the frame allocator", "The machine has been stopped."],
    ),
    "interrupt 9, which no processor raises": (
        lambda write: b"\xcd\x09",  # int 9
        [
            "KERNEL PANIC: an interrupt came as vector 9, coprocessor segment overrun",
            "  No processor since the 80386 raises that, so it is not an exception.",
            "  No controller sent it: an INT instruction did, and the gate's DPL let it.",
        ],
    ),
    "code segment in ss": (
        lambda write: b"\xb8" + word(8) + b"\x8e\xd0",  # mov eax, 8; mov ss, eax
        ["  error code 0x8: selector 0x8, entry 1 of the GDT", "    failed: ss wants a writable data segment", "ss 0010"],
    ),
    "far jump into a data segment": (
        lambda write: b"\xea" + word(write) + b"\x10\x00",
        ["  error code 0x10: selector 0x10, entry 2 of the GDT", "    failed: cs wants a code segment"],
    ),
    "iret at the stack's end": (  # mov eax, esp; and eax, -0x2000; add eax, 0x2000; mov esp, eax; iret
        lambda write: bytes.fromhex("89e0 2500e0ffff 0500200000 89c4 cf"),
        ["page fault #PF, vector 14, in kernel mode", "  iret pops eip 00000000 cs 0000 eflags 00000000"],
    ),
    "calls without end, and an undefined instruction at the 256th": (
        # push ebp; mov ebp, esp; mov eax, esp; and eax, 0x1fff; cmp eax, 0x1800; jb $ + 7; call write; ud2
        lambda write: bytes.fromhex("55 89e5 89e0 25ff1f0000 3d00180000 7205 e8eaffffff 0f0b"),
        ["invalid opcode #UD, vector 6, in kernel mode", "    ... and so on"],
    ),
}


@pytest.mark.parametrize("place", PLACES, ids=str)
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_of_the_kernel_stops_the_machine(place, mistake, tmp_path):
    code, lines = MISTAKES[mistake]
    write = symbol(WRITE)
    kernel = kernel_with(tmp_path / "kernel.elf", write, code(write))
    # An ELF program: with a flat one there would be something at address 0.
    with boot(place, [program("hello-c.elf")], "poweroff", kernel=kernel) as machine:
        end = machine.wait_for_end(LIMIT[place.emulator])
        registers = machine.registers()
        screen = machine.screen_text()
    assert end.ending is Ending.HANG and "halted with interrupts off" in end.detail, f"{end}\n{machine.report()}"
    assert registers.halted and not registers.eflags & 1 << 9
    for line in lines:
        assert line in told_by_every_processor(machine.serial), machine.report()
    assert machine.serial.count("KERNEL PANIC") == 1
    assert "write_console" in machine.serial  # where it happened, by name
    assert "Hello" not in machine.serial
    # All of it within 80 columns; on the screen the essence, from the first line to the last.
    report = machine.serial[machine.serial.index("KERNEL PANIC") :].splitlines()
    assert max(map(len, report)) <= 80
    on_screen = [line for line in screen if line]
    on_screen = on_screen[on_screen.index(report[0]) :]
    assert on_screen[-1] == "The machine has been stopped."
    calls, calls_on_screen = (sum(line.startswith("    0x") for line in lines) for lines in (report, on_screen))
    assert calls_on_screen == min(calls, CALLS_ON_SCREEN)
    assert [line for line in on_screen if line[:4] != "    "] == [line for line in report if line[:4] != "    "]


def test_a_panic_is_seen_whatever_a_program_has_made_of_the_screen(tmp_path):
    """Black on black, two rows that scroll, half a control sequence."""
    kernel = kernel_with(tmp_path / "kernel.elf", symbol("kernel::system_call::calls::exit("), b"\x0f\x0b")  # ud2
    with boot(QEMU_KERNEL, [writer_of(tmp_path, b"\x1b[2J\x1b[30;40m\x1b[1;2r\x1b[")], "poweroff", kernel=kernel) as machine:
        machine.wait_for_end(LIMIT[QEMU_KERNEL.emulator])
        rows = machine.screen_text()
        attributes = machine.read_physical(SCREEN_ADDRESS, SCREEN_BYTES)[1::2]
    assert "KERNEL PANIC: an exception in the kernel" in rows, rows
    begin, end = rows.index("KERNEL PANIC: an exception in the kernel"), rows.index("The machine has been stopped.")
    assert end - begin > 10
    assert set(attributes[80 * begin : 80 * end]) == {0x07}


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_the_kernel_notices_that_a_stack_frame_was_overwritten(place, tmp_path):
    """In this kernel write() begins by putting another value than the guard's in its frame, as an overrun array would."""
    guard = word(symbol("__stack_chk_guard"))
    # mov REGISTER, [guard], which the compiler chooses, becomes mov REGISTER, guard; nop
    changes = {bytes([0x8B, r << 3 | 5]) + guard: bytes([0xB8 + r]) + guard + b"\x90" for r in range(1, 8)}
    changes[b"\xa1" + guard] = b"\xb8" + guard  # eax has a shorter form
    write = symbol(WRITE)
    start = place_in_file(KERNEL, write)
    beginning = KERNEL.read_bytes()[start : start + 64]
    load, move = next((load, move) for load, move in changes.items() if load in beginning)
    kernel = kernel_with_replaced(tmp_path / "kernel.elf", write, load, move)
    with boot(place, [program("hello.bin")], "poweroff", kernel=kernel) as machine:
        end = machine.wait_for_end(LIMIT[place.emulator])
    assert end.ending is Ending.HANG, f"{end}\n{machine.report()}"
    assert "KERNEL PANIC: a function wrote past the end of an array on its stack" in machine.serial
    calls = [line for line in machine.serial.splitlines() if line.startswith("    0x")]
    assert "__stack_chk_fail (kernel/lib/stack_protector.cpp:" in calls[1]
    assert "write_console (kernel/files/devices.cpp:" in calls[2]


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_kernel_stack_that_overflows_meets_its_guard_page(place, tmp_path):
    """There is no stack left to report on: the processor shuts down, and nothing was overwritten."""
    write = symbol(WRITE)
    kernel = kernel_with(tmp_path / "kernel.elf", write, b"\x50\xeb\xfd")  # push eax; jmp back to it
    log = {"log_interrupts": True} if place.emulator is Qemu else {}
    with boot(place, [program("hello-c.elf")], "poweroff", kernel=kernel, **log) as machine:
        end = machine.wait_for_end(LIMIT[place.emulator])
        registers = machine.registers()
        found = explain(machine, kernel)
    assert end.ending is Ending.TRIPLE_FAULT, f"{end}\n{machine.report()}"
    assert (found.cause, found.chapter) == ("kernel-stack-overflow", "11 (user mode)"), found.text
    assert found.exception.vector == 14 and "write_console" in found.exception.place, found.text
    assert registers.eip == write
    assert registers.cr2 // 0x2000 % 2 == 0 and registers.cr2 >= 0xFF800000  # in the lower half of a slot
    assert registers.esp == registers.cr2 + 4


@pytest.mark.parametrize("place", (QEMU_KERNEL, QEMU_ISO, BOCHS_ISO), ids=str)
def test_not_started_by_a_multiboot_loader(place, tmp_path):
    """A kernel that expects another number in eax sees what the real one sees under another loader."""
    compare = b"\x3d" + word(0x2BADB002)  # cmp eax, the loader's magic number
    kernel = kernel_with_replaced(tmp_path / "kernel.elf", symbol("start"), compare, b"\x3d" + word(0x2BADB003))
    message = "Trapgate: not started by a Multiboot loader (eax is not 0x2BADB002). Stopped."
    with boot(place, [program("hello.bin")], "poweroff", kernel=kernel) as machine:
        end = machine.wait_for_end(LIMIT[place.emulator])
        screen = machine.screen_text()
    assert end.ending is Ending.HANG and "halted with interrupts off" in end.detail, f"{end}\n{machine.report()}"
    assert screen[0] == message
    assert machine.serial.endswith(message)
