"""Each chapter's kernel, booted in both emulators: it shows what the chapter promises, and then it halts."""

import re

import pytest

from course import checkpoint
from machine import Bochs, Qemu, chapters
from machine.base import SCREEN_COLUMNS
from machine.picture import differences, read_png


# Regular expressions that the serial console must show, in this order, each at the begin of a line.
SHOWS = {
    3: [
        "line 1$",
        "line 30$",
        "yellow on blue, and grey on black again$",
        r"\[info \] log: 3405691582 is 0xcafebabe in hexadecimal$",
        r"\[warn \] log: a warning$",
        r"\[error\] log: an error$",
    ],
    4: [
        r"The GDT is at 0xc01\w{5}, its limit is 0x2f\.$",
        "  0x00  00000000 00000000  not present$",
        "  0x08  00cf9b00 0000ffff  base 0x0, limit 0xffffffff, code, privilege level 0$",
        "  0x10  00cf9300 0000ffff  base 0x0, limit 0xffffffff, data, privilege level 0$",
        "  0x18  00cffb00 0000ffff  base 0x0, limit 0xffffffff, code, privilege level 3$",
        "  0x20  00cff300 0000ffff  base 0x0, limit 0xffffffff, data, privilege level 3$",
        "  0x28  00000000 00000000  not present$",
    ],
    5: [
        r"\[info \] divides by zero, on purpose$",
        "divide error #DE, vector 0, in kernel mode$",
        r"  at eip +0xc01\w{5} kernel_main \(docs/05-interrupts/main\.cpp:\d+\)$",
        r"\[info \] the kernel goes on",
        "KERNEL PANIC: an exception in the kernel$",
        "page fault #PF, vector 14, in kernel mode$",
        "  error code 0x0: a read in supervisor mode; the page is not present$",
    ],
    6: [
        r"\[info \] clock: 100 ticks$",
        r"\[info \] clock: 300 ticks$",
        r"\[info \] type something, and enter; ctrl-D ends$",
        "hello, keyboard$",
        "you typed: hello, keyboard$",
        r"\[info \] end of input$",
    ],
    7: [
        r"\[info \] memory: 0x00100000 to 0x01F\w{5} is usable$",
        r"\[info \] module deadbeef: \d+ bytes at 0x00\w{6}$",
        r"\[info \] calls the module's first byte",
    ],
    8: [
        r"The page directory is at physical 0x001\w{5}\.$",
        "  0x00000000  page 0: null pointers +not mapped$",
        "  0xC00B8000  the screen +at 0x000B8000, writable, 4 KiB$",
        r"  0xC01\w{5}  kernel text +at 0x001\w{5}, read-only, 4 KiB$",
        "  0xC1000000  the direct map, 16 MiB up +at 0x01000000, writable, 4 MiB$",
        "KERNEL PANIC: an exception in the kernel$",
        r"  address +0x00000000 \(cr2\): a null pointer",
        "  forbidden by P of the directory entry: nothing is mapped there$",
    ],
    9: [
        r"at the start: +(?P<all>\d+) of (?P<total>\d+) frames free$",
        r"two frames: (?P<first>0x\w{8}) and (?P<second>0x\w{8})$",
        r"both handed out: +\d+ of (?P=total) frames free$",
        "shared and released once, (?P=second) still has 1 user$",
        "both returned: +(?P=all) of (?P=total) frames free$",
        "the next one handed out is (?P=first)$",
    ],
    10: [
        "at the start: +0 bytes in 0 blocks; 0 free, the largest 0 of 0$",
        "three blocks, at 0xf800",
        "three allocated: +600 bytes in 3 blocks; 1 free, ",
        "the first freed: +500 bytes in 2 blocks; 2 free, ",
        "the third freed: +200 bytes in 1 blocks; 2 free, ",
        "the second freed: +0 bytes in 0 blocks; 1 free, ",
        r"\[info \] heap: every block is as it must be$",
    ],
    11: [
        r"\[info \] process 1 \(cli\): started, flat, \d+ bytes$",
        "general protection fault #GP, vector 13, in user mode$",
        "  cs 001b  ss 0023  ds 0023",
        r"\[info \] process 1 \(cli\): killed by SIGSEGV \(general protection fault\)$",
        r"\[info \] all programs have ended$",
    ],
    12: [
        "Hello from privilege level 3!$",
        r"\[info \] process 1 \(hello\): exited with status 0$",
        "an address of the kernel: EFAULT$",
        "an address where nothing is mapped: EFAULT$",
        r"\[info \] process 2 \(bad-pointer\): exited with status 0$",
    ],
    13: [
        "Hello from C at privilege level 3!$",
        r"\[info \] process 1 \(hello-c\): exited with status 0$",
        "Hello from a constructor in C",
        r"\[info \] process 2 \(hello-cpp\): exited with status 0$",
    ],
    14: [
        r"\[info \] process 1 \(hello-c\): started, ELF, \d+ bytes$",
        "Hello from C at privilege level 3!$",
        r"\[info \] process 2 \(null-pointer-elf\): started, ELF",
        r"  address +0x00000000 \(cr2\): a null pointer",
        r"\[info \] process 2 \(null-pointer-elf\): killed by SIGSEGV \(page fault\)$",
        r"\[info \] all programs have ended$",
    ],
    15: [
        r"\[info \] initrd: \d+ files and directories$",
        "  motd +21 bytes$",
        "  null +0 bytes, a device$",
        "Welcome to Trapgate.$",
        "open /dev/null: works$",
        "open /etc/nothing: ENOENT",
        "open /dev/null/below: ENOTDIR",
        '4, its duplicate: " to Tra"$',
        '5, opened again: "Welcome"$',
        '6, has no name: "Kept."$',
        r"\[info \] process 1 \(files\): exited with status 0$",
    ],
    16: [
        r"\[info \] process 1 \(turns\): started, ELF, \d+ bytes$",
        "parent, turn 1$",
        "  child, turn 1$",
        "parent, turn 2$",
        "  child, turn 2$",
        "parent, turn 3$",
        "  child, turn 3$",
        "Hello from C at privilege level 3!$",
        "the child, process 2, has ended with status 0$",
        r"\[info \] process 1 \(turns\): exited with status 0$",
        r"\[info \] all programs have ended$",
    ],
    17: [
        r"\[info \] process 1 \(share\): started, ELF, \d+ bytes$",
        r"two loops of half a second had \d+ and \d+ of 50 ticks$",
        r"beside two loops without an end, a sleep of 0\.2 s was over in time: yes$",
        r"\[info \] process 1 \(share\): exited with status 0$",
        "Hello from C at privilege level 3!$",
        r"\[info \] all programs have ended$",
    ],
    18: [
        r"\[info \] process 1 \(init\): started, flat, \d+ bytes$",
        "Welcome to Trapgate.$",
        r"\$ cat /etc/rc \| wc; for i in 1 2; do echo \$i; done \| sort -r$",
        "3 24 128$",
        "2$",
        "1$",
        r"\[info \] process 1 \(init\): exited with status 0$",
        r"\[info \] all programs have ended$",
    ],
}
PANICS = {5, 8}
EMULATORS = pytest.mark.parametrize("emulator", (Qemu, Bochs), ids=lambda emulator: emulator.name)


boots = {}


def boot(emulator, number):
    """Each chapter is booted once in each emulator; what failed then fails again."""
    key = emulator, number
    if key not in boots:
        try:
            boots[key] = checkpoint.Boot(emulator, number)
        except Exception as error:
            boots[key] = error
    if isinstance(boots[key], Exception):
        raise boots[key]
    return boots[key]


@EMULATORS
def test_chapter_1_leaves_its_number_in_eax(emulator):
    assert boot(emulator, 1).registers.eax == 0xCAFEBABE


@EMULATORS
def test_chapter_2_computes_in_cpp(emulator):
    assert boot(emulator, 2).words == {"sum": 6, "counted": 42}


@EMULATORS
def test_chapter_3_scrolls_and_has_colours(emulator):
    screen = boot(emulator, 3)
    rows = screen.screen()
    assert "line 1" not in rows and rows[0] == "line 11" and rows[19] == "line 30"
    assert rows[-2:] == ["[error] log: an error", ""]
    assert screen.attribute("yellow on blue") == 0x1E
    assert screen.attribute(", and grey") == 0x07


@EMULATORS
def test_chapter_7_runs_the_module_at_privilege_level_0(emulator):
    registers = boot(emulator, 7).registers
    assert registers.eax == 0xDEADBEEF
    assert registers.cs == 0x08


@EMULATORS
@pytest.mark.parametrize("number", SHOWS)
def test_shows_what_the_chapter_promises(emulator, number):
    serial = boot(emulator, number).serial
    # One expression for all, so that what a line has named can be asked for again in a later one.
    for count in range(1, len(SHOWS[number]) + 1):
        expression = r"(?:.|\n)*?".join("^" + line for line in SHOWS[number][:count])
        assert re.search(expression, serial, re.MULTILINE), f"{SHOWS[number][count - 1]}\nis not in\n{serial}"


@EMULATORS
@pytest.mark.parametrize("number", [chapter.number for chapter in chapters.chapters()])
def test_panics_only_where_that_is_the_point(emulator, number):
    assert ("KERNEL PANIC" in boot(emulator, number).serial) == (number in PANICS)


@EMULATORS
@pytest.mark.parametrize("number", [number for number in SHOWS if number != 3])
def test_the_screen_shows_the_end_of_what_the_serial_line_got(emulator, number):
    seen = boot(emulator, number)
    lines = []
    for line in seen.serial.rstrip("\n").split("\n"):
        lines += [line[start : start + SCREEN_COLUMNS] for start in range(0, len(line), SCREEN_COLUMNS)] or [""]
    rows = seen.screen()
    while rows[-1] == "":
        rows.pop()
    assert rows == [line.rstrip() for line in lines][-len(rows) :]


@pytest.mark.parametrize("chapter", chapters.chapters(), ids=lambda chapter: chapter.folder.name)
def test_has_a_picture_of_the_text_screen(chapter):
    width, height, _ = read_png(chapter.folder / "screen.png")
    assert (width, height) == (720, 400)


@pytest.mark.parametrize("chapter", chapters.chapters(), ids=lambda chapter: chapter.folder.name)
def test_the_picture_has_the_colours_of_the_screen(chapter):
    """Those that the VGA has in text mode, and not those nearby."""
    grey, yellow, blue = (0xAA, 0xAA, 0xAA), (0xFF, 0xFF, 0x55), (0, 0, 0xAA)
    shown = {(0, 0, 0), grey} | ({yellow, blue} if chapter.number == 3 else set())
    assert colours_of(chapter.folder / "screen.png") == shown


def colours_of(file):
    width, _, lines = read_png(file)
    pixels = b"".join(lines[start + 1 : start + 1 + 3 * width] for start in range(0, len(lines), 3 * width + 1))
    return set(zip(*[iter(pixels)] * 3))


@pytest.mark.parametrize("chapter", chapters.chapters(), ids=lambda chapter: chapter.folder.name)
def test_the_picture_shows_what_this_kernel_shows(chapter):
    """`make pictures CHAPTER=N` makes it anew."""
    assert differences(chapter.folder / "screen.png", boot(Bochs, chapter.number).screen()) == []
