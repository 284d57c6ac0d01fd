"""What the boot loader may bring along as modules: nothing, too much, and files that are not programs, or hostile ones."""

import re
import tarfile

import pytest

from boots import (
    BOCHS_ISO,
    EVERYWHERE,
    LIMIT,
    MOST_MODULES,
    QEMU_ISO,
    QEMU_KERNEL,
    boot,
    draw,
    once,
    processes_in,
    program,
    run,
)
from elf_files import BASE, READ, WRITE, Elf, Segment
from machine import Ending


def in_every_place(test):
    return pytest.mark.parametrize("place", EVERYWHERE, ids=str)(test)


@in_every_place
def test_no_modules(place):
    with boot(place, append="poweroff") as machine:
        end = machine.wait_for_end(LIMIT[place.emulator])
    assert end.ending is Ending.POWER_OFF, f"{end}\n{machine.report()}"
    assert end.status in (1, None)
    assert "[warn ] no program to run: none of the boot loader's modules is a program\n" in machine.serial
    assert "process" not in machine.serial


@in_every_place
def test_without_poweroff_the_machine_waits(place):
    """It must go on waiting with interrupts on, not hang or reset."""
    with boot(place, [program("hello.bin")]) as machine:
        machine.wait_for("all programs have ended", LIMIT[place.emulator])
        end = machine.wait_for_end(4)
        registers = machine.registers()
    assert end.ending is Ending.TIME_OUT, f"{end}\n{machine.report()}"
    assert registers.eflags & 1 << 9 or not registers.halted


@in_every_place
def test_an_empty_module(place, tmp_path):
    empty = tmp_path / "empty.bin"
    empty.touch()
    serial = run(place, [empty]).serial
    assert "[warn ] module empty.bin: is empty, nothing to run\n" in serial


@in_every_place
def test_a_tar_archive(place, tmp_path):
    archive = tmp_path / "files.tar"
    with tarfile.open(archive, "w", format=tarfile.USTAR_FORMAT) as tar:
        tar.add(program("hello.bin"), "hello.bin")
    serial = run(place, [archive]).serial
    assert "[info ] module files.tar: a tar archive, not a program\n" in serial
    assert "Hello" not in serial


@pytest.mark.parametrize("place, memory", [(QEMU_KERNEL, 8), (QEMU_ISO, 16)], ids=str)
def test_a_module_larger_than_free_memory(place, memory, tmp_path):
    """It takes more than half of the machine: no room for a copy. (GRUB needs some room too, hence the larger machine.)
    With more memory the same file is a program."""
    large = tmp_path / "large.bin"
    size = (memory // 2 + 1) << 20
    large.write_bytes(program("hello.bin").read_bytes().ljust(size, b"\0"))
    outcome = run(place, [large, program("hello.bin")], "log=debug", memory=memory)
    assert f"[warn ] program large.bin: not enough memory for its {size} bytes\n" in outcome.serial
    assert "[error] module large.bin: could not be started (errno 12)\n" in outcome.serial
    assert [process.name for process in outcome.processes] == ["hello.bin"]
    left = re.findall(r"(\d+) frames are free now", outcome.serial)
    assert len(left) == 4 and len(set(left)) == 1, left
    assert run(place, [large], memory=3 * memory)["large.bin"].output == "Hello from privilege level 3!\n"


@in_every_place
def test_twenty_modules(place):
    modules = [(program("exit-status.bin"), f"number-{i} {draw()}") for i in range(18)]
    outcome = run(place, modules)
    assert [(one.name, one.end) for one in outcome.processes] == [
        (name, f"exited with status {status}") for name, status in (string.split() for _, string in modules)
    ]


@in_every_place
def test_more_modules_than_are_looked_at(place):
    modules = [(program("exit-status.bin"), f"number-{i} {draw()}") for i in range(MOST_MODULES + 3)]
    with boot(place, modules, "poweroff") as machine:
        end = machine.wait_for_end(LIMIT[place.emulator])
    assert end.ending is Ending.POWER_OFF, f"{end}\n{machine.report()}"
    assert "[warn ] boot: 35 modules, of which only the first 32 are looked at\n" in machine.serial
    expected = [(name, f"exited with status {status}") for name, status in (s.split() for _, s in modules[:MOST_MODULES])]
    assert [(one.name, one.end) for one in processes_in(machine.serial)] == expected


# --- ELF files ---

# What is wrong, the file, and the words that refuse it.
REFUSED = {
    "cut-in-header": (Elf().bytes()[:40], "shorter than an ELF header"),
    "cut-in-table": (Elf().bytes()[:60], "the program headers do not lie inside the file"),
    "cut-in-segment": (Elf().bytes()[:0x1005], "the bytes of a segment do not lie inside the file"),
    "64-bit": (Elf(word_size=2).bytes(), "not a 32-bit one"),
    "shared-object": (Elf(type=3).bytes(), "position-independent or a shared object"),
    "object-file": (Elf(type=1).bytes(), "not an executable"),
    "other-processor": (Elf(machine=40).bytes(), "for a processor other than the i386"),
    "no-headers": (Elf(header_count=0).bytes(), "has no program headers"),
    "65535-headers": (Elf(header_count=65535).bytes(), "too many program headers"),
    "table-wraps": (Elf(header_offset=0xFFFFFFF0).bytes(), "the program headers do not lie inside the file"),
    "dynamic": (Elf([Segment(), Segment(type=3)]).bytes(), "needs a dynamic linker"),
    "nothing-to-load": (Elf([Segment(type=4)]).bytes(), "no segment to load"),
    "17-segments": (
        Elf([Segment(BASE + 0x1000 * i) for i in range(17)]).bytes(),
        "too many segments",
    ),
    "offset-wraps": (Elf([Segment(offset=0xFFFFF000)]).bytes(), "the bytes of a segment do not lie inside the file"),
    "file-larger": (Elf([Segment(memory_size=4)]).bytes(), "more bytes in the file than in memory"),
    "wraps": (Elf([Segment(memory_size=0xFFFFFF00)]).bytes(), "wraps round the end of the address space"),
    "page-0": (Elf([Segment(0)], entry=0).bytes(), "page 0"),
    "in-kernel": (Elf([Segment(0xC0100000)], entry=0xC0100000).bytes(), "reaches into the kernel's part"),
    "into-kernel": (Elf([Segment(memory_size=0xC0001000 - BASE)]).bytes(), "reaches into the kernel's part"),
    "over-stack": (Elf([Segment(), Segment(0xBFFFF000, flags=READ | WRITE)]).bytes(), "reaches into the user stack"),
    "below-stack": (Elf([Segment(), Segment(0xBFFFB000, flags=READ | WRITE)]).bytes(), "reaches into the user stack"),
    "alignment": (Elf([Segment(alignment=0x1001)]).bytes(), "not a power of two"),
    "congruence": (Elf([Segment(BASE + 4)]).bytes(), "differ modulo its alignment"),
    "overlap": (Elf([Segment(), Segment()]).bytes(), "two segments overlap"),
    "same-page": (
        Elf([Segment(), Segment(BASE + 0x800, offset=0x1800, contents=bytes(16), alignment=4)]).bytes(),
        "two segments lie in the same page",
    ),
    "entry-in-kernel": (Elf(entry=0xC0100000).bytes(), "entry point does not lie in an executable segment"),
    "entry-in-data": (Elf([Segment(flags=READ | WRITE)]).bytes(), "entry point does not lie in an executable segment"),
    "huge": (Elf([Segment(), Segment(0x10000000, memory_size=0x40000000, flags=READ | WRITE)]).bytes(), None),
}


@once
def refused_in(place):
    """One boot with all of them, and one right file."""
    modules = []
    folder = refused_in.folder
    for name, (contents, _) in REFUSED.items():
        (folder / name).write_bytes(contents)
        modules.append(folder / name)
    (folder / "right").write_bytes(Elf().bytes())
    return run(place, modules + [folder / "right"], "log=debug")


@pytest.fixture(scope="module", autouse=True)
def folder_of_refused(tmp_path_factory):
    refused_in.folder = tmp_path_factory.mktemp("refused")


@in_every_place
@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_elf_file_is_refused(place, name):
    outcome = refused_in(place)
    reason = REFUSED[name][1]
    if reason is None:
        assert f"[warn ] program {name}: not enough memory for its" in outcome.serial
        assert f"[error] module {name}: could not be started (errno 12)\n" in outcome.serial
    else:
        assert re.search(rf"^\[warn \] program {name}: not a valid ELF program: .*{re.escape(reason)}", outcome.serial, re.MULTILINE)
        assert f"[error] module {name}: could not be started (errno 8)\n" in outcome.serial


@in_every_place
def test_a_refused_file_keeps_no_frame(place):
    outcome = refused_in(place)
    left = re.findall(r"^\[debug\] module .*: (\d+) frames are free now,", outcome.serial, re.MULTILINE)
    assert len(left) == len(REFUSED) + 3
    assert len(set(left)) == 1, left
    assert [(one.name, one.end) for one in outcome.processes] == [("right", "exited with status 7")]


# --- Strings of modules ---

# A module's string as the menu has it, and its argv if QEMU hands it over as it is. GRUB escapes quotes and backslashes
# of each word, and the kernel undoes that: there every word comes out as it went in. Commas are QEMU's own separator.
STRINGS = {
    "plain one two": ["plain", "one", "two"],
    "spaces  between   words ": ["spaces", "between", "words"],
    'quotes "two words" ""': ["quotes", "two words", ""],
    "single it's 'so'": ["single", "it's", "'so'"],
    "backslash a\\b": ["backslash", "ab"],
    "commas a,b,,c": ["commas", "a,b,,c"],
    "many " + " ".join(f"{i}" for i in range(150)): ["many"] + [f"{i}" for i in range(150)],
    "long " + "x" * 480: ["long", "x" * 480],
    "longer " + "x" * 600: ["longer", "x" * (512 - len("longer "))],
}


def arguments_of(output: str) -> list:
    words = re.findall(r'^argv\[\d+\] "(.*)"$', output, re.MULTILINE)
    assert f"argc {len(words)}\n" in output
    assert "the stack is laid out as it must be\n" in output
    assert "auxiliary 6 = 0x1000\n" in output  # AT_PAGESZ
    assert not re.search("^environment", output, re.MULTILINE)
    return words


@once
def strings_in(place):
    return run(place, [(program("arguments.bin"), string) for string in STRINGS])


@in_every_place
@pytest.mark.parametrize("string", STRINGS, ids=lambda string: string.split()[0])
def test_a_string_becomes_argc_and_argv(place, string):
    outcome = strings_in(place)
    name = string.split()[0]
    expected = STRINGS[string] if not place.iso else [word for word in string.split(" ") if word]
    if name == "longer":
        expected = STRINGS[string]
        assert "[warn ] boot: a module's string is too long; cut after 512 characters\n" in outcome.before
    assert arguments_of(outcome[name].output) == expected
    assert outcome[name].end == "exited with status 0"


@pytest.mark.parametrize("place", (QEMU_ISO, BOCHS_ISO), ids=str)
def test_a_string_may_be_empty_and_a_name_may_be_a_path(place):
    path = "/boot/programs/arguments.bin"
    outcome = run(place, [(program("arguments.bin"), ""), (program("arguments.bin"), f"{path} word")])
    assert arguments_of(outcome["unnamed"].output) == []
    assert arguments_of(outcome["arguments.bin"].output) == [path, "word"]
