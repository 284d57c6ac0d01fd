"""Every program, booted on every kind of machine: it must end as its first lines say, and the kernel must live on.

One boot takes up to 30 programs, so the tests of a machine share two boots; if a boot fails, all of its tests do.
"""

import re
import struct
from pathlib import Path

import pytest

from boots import EVERYWHERE, ROOT, Place, Run, once, program, run
from machine import Qemu

SOURCES = sorted(
    file
    for pattern in ("*.asm", "*.c", "*.cpp", "misbehave/*.asm", "misbehave/*.c")
    for file in (ROOT / "programs").glob(pattern)
)
NOT_ALONE = {"echo", "exec-elf", "exit-status", "init", "poweroff", "processes", "turns-elf"}  # need somebody who types or files, or have tests of their own

# The oldest processor that can run the kernel, and one with all protections that QEMU knows.
PLACES = EVERYWHERE + (Place(Qemu, iso=False, cpu="486"), Place(Qemu, iso=False, cpu="max"))


def modules_of(source: Path) -> list:
    """The files that are built from a source: the Makefile's rule is in the name."""
    name = source.relative_to(ROOT / "programs").with_suffix("")
    if source.stem == "hello-c":
        return [program(f"{name}.bin"), program(f"{name}.elf")]
    return [program(f"{name}.elf" if source.stem.endswith("-elf") else f"{name}.bin")]


def promised_ends(source: Path) -> list:
    """How the program may end, from its head comment: "Ends: one, or other (remark)"."""
    head = re.match(r"(?:(?:;|//).*\n)+", source.read_text())[0]
    words = " ".join(line.lstrip(";/ ") for line in head.splitlines())
    assert words.count(" Ends: ") == 1, f"{source} does not say how it ends"
    ends = re.findall(r"exited with status \d+|killed by \w+ \(.*?\)", words.partition(" Ends: ")[2])
    assert ends, words
    return ends


def is_qemu_mistaken(place: Place, source: Path) -> bool:
    """QEMU 7.2 reads the frame of an iret at privilege level 3 as if the kernel read it, so with SMAP on it faults. An
    explicit access at level 3 is a user-mode access (Intel SDM Vol. 3A, 4.6 Access Rights). Either way the kernel ends
    the program and lives on."""
    return place.cpu == "max" and source.stem.startswith("iret-")


ALL = [(source, module) for source in SOURCES if source.stem not in NOT_ALONE for module in modules_of(source)]


@once
def batch_of(place: Place, number: int) -> Run:
    return run(place, [module for _, module in ALL[number::2] if module.is_file()], "log=debug", memory=16)


def process_of(place: Place, module: Path):
    assert module.is_file(), f"{module} has not been built"
    number = [file for _, file in ALL].index(module) % 2
    return batch_of(place, number)[module.name]


def in_every_place(test):
    return pytest.mark.parametrize("place", PLACES, ids=str)(test)


@in_every_place
@pytest.mark.parametrize("source,module", ALL, ids=lambda path: str(path.name))
def test_ends_as_its_head_says(place, source, module):
    process = process_of(place, module)
    ends = promised_ends(source)
    if is_qemu_mistaken(place, source):
        ends.append("killed by SIGSEGV (page fault)")
    assert process.end in ends, process.output
    assert process.kind == ("ELF" if module.suffix == ".elf" else "flat")
    assert process.size == size_without_symbols(module)


def size_without_symbols(file: Path) -> int:
    """linker/symbols.py appends a table and a trailer: the table's size, and a magic number."""
    content = file.read_bytes()
    (size,) = struct.unpack("<I", content[-8:-4])
    assert content[-4:] == b"TGS1", f"{file} has no symbol table"
    return len(content) - 8 - size


@in_every_place
@pytest.mark.parametrize(
    "module, greeting",
    [
        ("hello.bin", "Hello from privilege level 3!\n"),
        ("hello-c.bin", "Hello from C at privilege level 3!\n"),
        ("hello-c.elf", "Hello from C at privilege level 3!\n"),
        (
            "hello-cpp.bin",
            "Hello from a constructor in C++!\nHello from main, greeting 1!\nGoodbye from its destructor!\n",
        ),
    ],
)
def test_greets(place, module, greeting):
    assert process_of(place, program(module)).output == greeting


@in_every_place
@pytest.mark.parametrize("number", (0, 1))
def test_every_frame_comes_back(place, number):
    batch = batch_of(place, number)
    numbers = re.findall(r"^\[debug\] module .*: (\d+) frames are free now, (\d+) are the heap's$", batch.serial, re.MULTILINE)
    left = [int(free) + int(heap) for free, heap in numbers]
    assert len(left) == len(batch.processes) + 2
    assert left[0] > 0 and set(left) == {left[0]}, left


@in_every_place
def test_clock_ticks_while_a_program_runs(place):
    later = re.search(r"times: (\d+) ticks later", process_of(place, program("times.bin")).output)
    assert int(later[1]) >= 50  # hundredths of a second: the program waits for half a second


# name: the report's headline, the decoded error code, and one more line that must be there.
GATE_REFUSED = "    failed: its DPL keeps an INT instruction of privilege level 3 out"
FORBIDDEN = "the page forbids it"
NO_LDT = "    failed: there is no LDT"
REPORTS = {
    "cli": ("general protection fault #GP, vector 13", "0: no selector is involved", "  at eip     0x00000000"),
    "int-gate": ("general protection fault #GP, vector 13", "0x72: gate 0xe of the IDT", GATE_REFUSED),
    "breakpoint": ("breakpoint #BP, vector 3", None, "  at eip     0x00000001"),
    "jump-guard": (
        "page fault #PF, vector 14",
        "0x",  # 4, or 14 where the processor has SMEP
        "  code       not readable there",
    ),
    "load-kernel-selector": (
        "general protection fault #GP, vector 13",
        "0x10: selector 0x10, entry 2 of the GDT",
        "    00cf93000000ffff: data, read/write, DPL 0, present",
    ),
    "far-jump": (
        "general protection fault #GP, vector 13",
        "0x8: selector 0x8, entry 1 of the GDT",
        "    00cf9b000000ffff: code, execute/read, DPL 0, present",
    ),
    "call-gate": ("general protection fault #GP, vector 13", "0xc: selector 0x8, entry 1 of the LDT", NO_LDT),
    "load-local-selector": ("general protection fault #GP, vector 13", "0xc: selector 0x8, entry 1 of the LDT", NO_LDT),
    "divide-error": ("divide error #DE, vector 0", None, "  at eip     0x"),
    "ud2": ("invalid opcode #UD, vector 6", None, "  code       0f 0b"),
    "bound": ("bound range exceeded #BR, vector 5", None, "  at eip     0x"),
    "trap-flag": ("debug exception #DB, vector 1", None, "  at eip     0x"),
    "nested-task-return": ("invalid TSS #TS, vector 10", "", "  at eip     0x"),
    "read-kernel": (
        "page fault #PF, vector 14",
        f"0x5: a read in user mode; {FORBIDDEN}",
        "  forbidden by U/S of the directory entry: for the kernel only",
    ),
    "write-kernel": (
        "page fault #PF, vector 14",
        f"0x7: a write in user mode; {FORBIDDEN}",
        "  forbidden by U/S of the directory entry: for the kernel only",
    ),
    "stack-overflow": (
        "page fault #PF, vector 14",
        "0x6: a write in user mode; the page is not present",
        "  forbidden by P of the directory entry: nothing is mapped there",
    ),
    "write-text-elf": (
        "page fault #PF, vector 14",
        f"0x7: a write in user mode; {FORBIDDEN}",
        "  forbidden by R/W of the table entry: read-only",
    ),
    "null-pointer-elf": (
        "page fault #PF, vector 14",
        "0x4: a read in user mode; the page is not present",
        "  forbidden by P of the directory entry: nothing is mapped there",
    ),
}


def report_of(place: Place, name: str) -> str:
    return process_of(place, next(module for source, module in ALL if source.stem == name)).output


@in_every_place
@pytest.mark.parametrize("name", REPORTS)
def test_report_names_the_exception(place, name):
    headline, error_code, line = REPORTS[name]
    report = report_of(place, name)
    assert f"{headline}, in user mode\n" in report, report
    if error_code is None:
        assert "error code" not in report, report
    else:
        assert f"  error code {error_code}" in report, report
    assert line in report, report
    assert re.search(r"^  cs 001b  ss 0023  ds 0023  es 0023  fs 0023  gs 0023  eflags [0-9a-f]{8}$", report, re.MULTILINE), report


# name: what stands in the line of its source that the report names.
FAULTY_LINES = {
    "cli": "cli",
    "far-jump": "jmp KERNEL_CODE:there",
    "ud2": "ud2",
    "null-pointer-elf": "printf(",
}


@in_every_place
@pytest.mark.parametrize("name", FAULTY_LINES)
def test_report_names_function_file_and_line(place, name):
    report = report_of(place, name)
    found = re.search(r"^  at eip     0x[0-9a-f]{8} (?P<function>\w+) \((?P<file>\S+):(?P<line>\d+)\)$", report, re.MULTILINE)
    assert found, report
    assert found["function"] == ("main" if name.endswith("-elf") else "start")
    line = (ROOT / found["file"]).read_text().splitlines()[int(found["line"]) - 1]
    assert FAULTY_LINES[name] in line, report


@in_every_place
def test_report_lists_the_calls(place):
    report = report_of(place, "stack-smash")
    calls = re.findall(r"^    0x[0-9a-f]{8} (\w+) \((\S+):\d+\)$", report.partition("backtrace")[2], re.MULTILINE)
    smashed = "programs/misbehave/stack-smash.c"
    assert calls == [("__stack_chk_fail", "programs/libc/stack_protector.c"), ("greet", smashed)], report
    calls = re.findall(r"^    0x[0-9a-f]{8} (\w+) ", report_of(place, "null-pointer-elf").partition("backtrace")[2], re.MULTILINE)
    assert calls == ["main", "libc_start", "start"]


@in_every_place
@pytest.mark.parametrize("name", REPORTS)
def test_report_fits_80_columns(place, name):
    report = report_of(place, name)
    assert max(map(len, report.splitlines())) <= 80, report


# name: where it faults, and the walk through directory and table that forbids it.
WALKS = {
    "read-kernel": (0xC0100000, "directory entry 768 = X: present, writable, supervisor only"),
    "stack-overflow": (0xBF7FFFFC, "directory entry 765 = 00000000: not present"),
    "null-pointer-elf": (0, "directory entry 0 = 00000000: not present"),
    "write-text-elf": (None, "table entry N = X: present, read-only, user"),
}


@in_every_place
@pytest.mark.parametrize("name", WALKS)
def test_report_shows_what_forbade_the_access(place, name):
    address, entry = WALKS[name]
    report = report_of(place, name)
    if address is not None:
        assert re.search(rf"^  address +{address:#010x} ", report, re.MULTILINE | re.IGNORECASE), report
    pattern = re.escape(entry).replace("N", r"\d+").replace("X", "[0-9a-f]{8}")
    assert re.search(rf"^  {pattern}$", report, re.MULTILINE), report

