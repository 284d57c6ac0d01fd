"""What the report of a program's fault says is true: each of these programs makes one, and the table says what the report must
say of it. In many of them the report itself reads where nothing can be read."""

import pytest

from boots import BOCHS_ISO, LIMIT, QEMU_KERNEL, assembled, boot, once, run, temporary_folder, told_by_every_processor
from mutants import kernel_with, symbol

NOT_PRESENT = "the page is not present"
NO_DIRECTORY_ENTRY = "  forbidden by P of the directory entry: nothing is mapped there"
FOR_THE_KERNEL = "  forbidden by U/S of the directory entry: for the kernel only"

# name: the program, how it ends, lines that the report has, and how many calls it lists.
FAULTS = {
    "reads the kernel with the last instruction of its page": (
        "times 0xFFB nop\n mov eax, [0xC0000000]",
        "killed by SIGSEGV (page fault)",
        [
            "  at eip     0x00000ffb",
            "  code       a1 00 00 00 c0",
            "  error code 0x5: a read in user mode; the page forbids it",
            "  address    0xC0000000 (cr2): just past the user stack",
            FOR_THE_KERNEL,
        ],
        1,
    ),
    "runs over the end of its code": (
        "times 0xFFF nop\n db 0xB8",  # mov eax, and its operand lies in the next page
        "killed by SIGSEGV (page fault)",
        ["  code       b8", f"  error code 0x4: a read or a fetch in user mode; {NOT_PRESENT}", "  address    0x00001000 (cr2)"],
        1,
    ),
    "runs over the end of its stack": (
        "mov byte [0xBFFFFFFF], 0xB8\n mov eax, 0xBFFFFFFF\n jmp eax",
        "killed by SIGSEGV (page fault)",
        [
            "  at eip     0xbfffffff",
            "  code       b8 53 ff 00 f0 53 ff 00",
            "  error code 0x5: a read or a fetch in user mode; the page forbids it",
            "  address    0xC0000000 (cr2): just past the user stack",
        ],
        1,
    ),
    "calls where nothing is": (
        "mov eax, 0x40000000\n call eax",
        "killed by SIGSEGV (page fault)",
        [
            "  at eip     0x40000000",
            "  code       not readable there",
            f"  error code 0x4: a fetch in user mode; {NOT_PRESENT}",
            "  address    0x40000000 (cr2)",
            "  directory entry 256 = 00000000: not present",
            NO_DIRECTORY_ENTRY,
            "    0x00000007",
        ],
        2,
    ),
    "jumps where nothing is": (
        "push 1\n mov eax, 0x00400000\n jmp eax",
        "killed by SIGSEGV (page fault)",
        [f"  error code 0x4: a fetch in user mode; {NOT_PRESENT}", "  address    0x00400000 (cr2)"],
        1,
    ),
    "pushes where nothing is": (
        "mov esp, 0x40000000\n push eax",
        "killed by SIGSEGV (page fault)",
        [f"  error code 0x6: a write in user mode; {NOT_PRESENT}", "  address    0x3FFFFFFC (cr2)", NO_DIRECTORY_ENTRY],
        1,
    ),
    "overruns its stack": (
        "mov esp, 0xBF800000\n push eax",
        "killed by SIGSEGV (page fault)",
        ["  address    0xBF7FFFFC (cr2): just below the user stack: it overflowed", NO_DIRECTORY_ENTRY],
        1,
    ),
    "uses what was freed": (
        "mov eax, 0xFDFDFDFD\n mov dl, [eax + 8]",
        "killed by SIGSEGV (page fault)",
        ["  address    0xFDFDFE05 (cr2): near 0xfdfdfdfd: memory that was freed"],
        1,
    ),
    "has a frame pointer to nowhere": (
        "mov ebp, 0x40000000\n ud2",
        "killed by SIGILL (invalid opcode)",
        ["  code       0f 0b", "  ud2: compilers put it where no program may get to, for example after"],
        1,
    ),
    "has a frame that goes on where nothing is": (
        "times 0xFF9 nop\n mov ebp, 0xFFC\n ud2",
        "killed by SIGILL (invalid opcode)",
        [],
        1,
    ),
    "has a frame that is its own caller": (
        "mov ebp, frame\n ud2\n align 4\n frame: dd frame, 0x12",
        "killed by SIGILL (invalid opcode)",
        ["    0x00000012", "    ... and so on"],
        16,
    ),
    "returns from a nested task": (
        "pushf\n or dword [esp], 1 << 14\n popf\n iret",
        "killed by SIGSEGV (invalid TSS)",
        [
            "  NT, bit 14 of eflags, is set: so iret tried to return to another task",
            '  to read: chapter 11 (user mode), "What a program must not do"',
        ],
        1,
    ),
    "divides by zero in floating point": (
        "push dword 0x340\n fldcw [esp]\n fld1\n fldz\n fdivp st1, st0\n fwait",
        "killed by SIGFPE (floating-point error)",
        ["floating-point error #MF, vector 16, in user mode"],
        1,
    ),
    "stops at a breakpoint": (
        "int3",
        "killed by SIGTRAP (breakpoint)",
        ["breakpoint #BP, vector 3, in user mode", "  at eip     0x00000001"],
        1,
    ),
    "overflows": ("mov al, 127\n add al, 1\n into", "killed by SIGSEGV (overflow)", ["overflow #OF, vector 4, in user mode"], 1),
    "asks for a page fault": (
        "int 14",
        "killed by SIGSEGV (general protection fault)",
        ["  error code 0x72: gate 0xe of the IDT", "    failed: its DPL keeps an INT instruction of privilege level 3 out"],
        1,
    ),
    "jumps into a data segment": (
        "jmp 0x23:0",
        "killed by SIGSEGV (general protection fault)",
        ["  error code 0x20: selector 0x20, entry 4 of the GDT", "    failed: cs wants a code segment"],
        1,
    ),
    "puts its code segment into ss": (
        "mov ecx, 0x1b\n mov ss, cx",
        "killed by SIGSEGV (general protection fault)",
        ["  error code 0x18: selector 0x18, entry 3 of the GDT", "    failed: ss wants a writable data segment"],
        1,
    ),
    "loads the kernel's data segment by a long instruction": (
        "lds eax, [cs:there]\n there: dd 0\n dw 0x10",
        "killed by SIGSEGV (general protection fault)",
        ["  error code 0x10: selector 0x10, entry 2 of the GDT", "    failed: its DPL keeps privilege level 3 out"],
        1,
    ),
}


@once
def batch(place) -> dict:
    folder = temporary_folder()
    modules = [(assembled(folder, source, f"program{i}"), f"{i}") for i, (source, *_) in enumerate(FAULTS.values())]
    return dict(zip(FAULTS, run(place, modules).processes))


@pytest.mark.parametrize("place", (QEMU_KERNEL, BOCHS_ISO), ids=str)
@pytest.mark.parametrize("name", FAULTS)
def test_the_report_is_true(place, name):
    _, end, lines, calls = FAULTS[name]
    process = batch(place)[name]
    report = told_by_every_processor(process.output).splitlines()
    assert process.end == end, process.output
    for line in map(told_by_every_processor, lines):
        assert any(one == line or one.startswith(line + " ") for one in report), process.output
    listed = report[report.index("  backtrace, innermost call first:") + 1 :]
    assert sum(line.startswith("    0x") for line in listed) == calls, process.output
    assert max(map(len, report)) <= 80 and len([line for line in report if line[:4] != "    "]) <= 25 - 6, process.output


@pytest.mark.parametrize("place", (QEMU_KERNEL, BOCHS_ISO), ids=str)
def test_a_gate_that_is_not_present_is_not_explained_by_its_privilege_level(place, tmp_path):
    """A gate's DPL is compared only if an INT instruction leads there."""
    gate = symbol("kernel::interrupts::(anonymous namespace)::table") + 8 * 6  # of #UD
    clear_present = b"\x80\x25" + (gate + 5).to_bytes(4, "little") + b"\x7f"  # and byte [gate + 5], 0x7f
    getpid = b"\x8b\x44\x24\x04" + clear_present + b"\xc2\x04\x00"  # mov eax, [esp + 4]; and ...; ret 4
    kernel = kernel_with(tmp_path / "kernel.elf", symbol("kernel::system_call::calls::getpid("), getpid)
    program = assembled(tmp_path, "mov eax, 20\n int 0x80\n ud2", "program")
    output = run(place, [program], kernel=kernel).processes[0].output
    assert "segment not present #NP, vector 11, in user mode" in output
    assert "    failed: its present bit is clear\n" in output


@pytest.mark.parametrize("place", (QEMU_KERNEL, BOCHS_ISO), ids=str)
def test_a_gate_that_names_a_data_segment_is_not_the_programs_fault(place, tmp_path):
    gate = symbol("kernel::interrupts::(anonymous namespace)::table") + 8 * 0x80
    other_selector = b"\x66\xc7\x05" + (gate + 2).to_bytes(4, "little") + b"\x10\x00"  # mov word [gate + 2], KERNEL_DATA
    kernel = kernel_with(tmp_path / "kernel.elf", symbol("kernel::system_call::calls::getpid("), other_selector + b"\xc2\x04\x00")
    program = assembled(tmp_path, "mov eax, 20\n int 0x80\n int 0x80", "program")
    with boot(place, [program], "poweroff", kernel=kernel) as machine:
        machine.wait_for_end(LIMIT[place.emulator])
    assert "  error code 0x10: selector 0x10, entry 2 of the GDT\n" in machine.serial
    assert "    failed: a gate wants a code segment\n" in machine.serial
    assert '  to read: chapter 5 (interrupts), "A gate"\n' in machine.serial
