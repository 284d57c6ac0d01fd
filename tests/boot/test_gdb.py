"""The gdb commands of `make debug`: run against the real kernel, in gdb's batch mode."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from machine.symbols import layout

LAYOUT = layout()
ROOT = Path(__file__).resolve().parents[2]
DEBUG = "machine.debug"
LIMIT = 120


# For gdb: what it says goes to a file. On standard output it would come between the characters of the machine's serial line.
PUT_ASIDE = "import os; os.dup2(os.open({file!r}, os.O_WRONLY | os.O_CREAT), 1)"

# Runs commands inside gdb and writes what each printed, errors included.
DRIVER = """
import gdb, json
{put_aside}
answers = []
for command in json.loads({commands!r}):
    try:
        answers.append(gdb.execute(command, to_string=True))
    except gdb.error as error:
        answers.append(str(error))
with open({result!r}, "w") as file:
    json.dump(answers, file)
"""


def gdb(folder, *commands, programs=("hello-c",)):
    """What gdb prints for each of the commands."""
    return gdb_and_console(folder, *commands, programs=programs)[0]


def gdb_and_console(folder, *commands, programs):
    """The same, and all that was printed, the machine's serial line among it."""
    script, result = folder / "driver.py", folder / "result.json"
    script.write_text(DRIVER.format(put_aside=PUT_ASIDE.format(file="/dev/null"), commands=json.dumps(commands), result=str(result)))
    done = subprocess.run(
        [sys.executable, "-m", DEBUG, *programs, "--", "-batch", "-x", str(script)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT, text=True,
    )
    assert done.returncode == 0 and result.exists(), done.stdout
    return json.loads(result.read_text()), done.stdout


@pytest.fixture(scope="module")
def at_start(tmp_path_factory):
    """Before the first instruction, and when the first program is about to run its own first one."""
    names = {
        "paging off": "pagewalk 0xc0100000",
        "run": f"tbreak *{LAYOUT.FLAT_BASE}",
        "continue": "continue",
        "gdt": "gdt",
        "idt": "idt",
        "gate": f"idt {LAYOUT.SYSTEM_CALL_VECTOR}",
        "page fault": "idt 14",
        "no gate": "idt 256",
        "process": "process",
        "program": "pagewalk $eip",
        "text": "pagewalk &kernel_main",
        "screen": "pagewalk 0xc00b8000",
        "large": f"pagewalk {LAYOUT.KERNEL_BASE + 24 * 1024 * 1024 + 0x123}",
        "null": f"pagewalk {LAYOUT.USER_STACK_BOTTOM - 1}",
        "expected": "output/x &kernel_main",
    }
    answers = gdb(tmp_path_factory.mktemp("gdb"), *names.values())
    for name, answer in zip(names, answers):
        print(f"--- {names[name]}\n{answer}")
    return dict(zip(names, answers))


def test_before_paging_linear_is_physical(at_start):
    assert "paging is off: 0xc0100000 is the physical address too" in at_start["paging off"]


def test_gdt_has_the_five_descriptors_and_the_tss(at_start):
    answer = at_start["gdt"]
    for name, what in [
        ("KERNEL_CODE", "privilege 0: 32-bit code, readable"),
        ("KERNEL_DATA", "privilege 0: 32-bit data, writable"),
        ("USER_CODE", "privilege 3: 32-bit code, readable"),
        ("USER_DATA", "privilege 3: 32-bit data, writable"),
        ("TSS_SEGMENT", "limit 0x67 privilege 0: TSS, busy"),
    ]:
        assert re.search(rf"^  {getattr(LAYOUT, name):#06x} .*{what}", answer, re.MULTILINE), (name, answer)
    assert "6 descriptors" in answer and "  0x0000  00000000 00000000  null" in answer
    esp0 = re.search(r"ss0:esp0 = 0x10:(0x[0-9a-f]+)", answer)[1]
    assert f"ends at {esp0}" in at_start["process"], "the TSS holds the end of the running process' kernel stack"


def test_idt_shows_gates_and_their_handlers(at_start):
    answer = at_start["idt"]
    assert "limit 0x7ff: 256 gates" in answer
    assert re.search(r"^  0x0e  14  0x08:0xc\w+ privilege 0 interrupt gate <stub_14> -> kernel::", answer, re.MULTILINE)
    open_gates = re.findall(r"^  (0x\w+) .* privilege 3 ", answer, re.MULTILINE)
    assert open_gates == ["0x03", "0x04", f"{LAYOUT.SYSTEM_CALL_VECTOR:#04x}"], "int3, into and the system call are for programs"
    assert at_start["gate"].count("\n") == 1 and at_start["gate"].startswith("  0x80 128  0x08:0xc")
    assert "-> kernel::system_call" in at_start["gate"]
    assert at_start["page fault"] in answer
    assert at_start["no gate"] == "the IDT has 256 gates: 0 to 255"


def test_mistakes_of_the_reader_are_told_in_one_sentence(tmp_path):
    """A limit of the IDT that is too large, and escapes that are none."""
    twice = "python from machine.processor import Processor as P; read = P.gates; P.gates = lambda self: 2 * read(self)"
    *_, table, escape = gdb(tmp_path, "break kernel::end_current", "continue", twice, "idt", "type foo\\")
    assert ": 512 gates\n" in table and " 511  0x08:0xc" in table, table
    assert escape.startswith("no text with escapes as C has them: "), escape


def test_process_is_the_program_that_runs(at_start):
    answer = at_start["process"]
    assert re.search(r"^process 1 \(hello-c[.bin]*\)", answer, re.MULTILINE)
    directory, cr3 = re.search(r"page directory  (0x\w+) \(CR3 is (0x\w+)\)", answer).groups()
    assert directory == cr3 and int(cr3, 16) != 0
    assert re.search(rf"in user mode    at {LAYOUT.FLAT_BASE:#010x} <start>", answer), "with the program's symbols"


def test_pagewalk_of_a_program_goes_through_both_levels(at_start):
    answer = at_start["program"]
    assert re.search(r"^CR3 .*\nPDE    0 .* present, writable, user.*\nPTE    0 .* present, .*user", answer)
    assert re.search(r"0x00000000 is physical 0x\w{5}000: programs read", answer)


def test_pagewalk_tells_read_only_kernel_text(at_start):
    address = int(at_start["expected"].strip(), 16)
    physical = address - LAYOUT.KERNEL_BASE
    line = f"{address:#010x} is physical {physical:#010x}: programs no access, the kernel read only (CR0.WP is set)"
    assert line in at_start["text"]
    assert "0xc00b8000 is physical 0x000b8000: programs no access, the kernel read and write" in at_start["screen"]


def test_pagewalk_of_a_large_page_ends_at_the_directory(at_start):
    answer = at_start["large"]
    assert "large page" in answer and "PTE" not in answer
    assert "is physical 0x01800123: programs no access, the kernel read and write" in answer


def test_pagewalk_of_nothing_says_which_level_stops_it(at_start):
    assert re.search(r"is not mapped: its (directory|table) entry is not present", at_start["null"])


def test_process_while_the_kernel_works_for_a_program(tmp_path):
    handler = "'kernel::system_call::(anonymous namespace)::handle'"
    commands = ["process", "tbreak kernel_main", "continue", "process", f"tbreak {handler}", "continue", "process"]
    answers = gdb(tmp_path, *commands)
    assert answers[0] == "no process: the kernel does not run yet, its addresses are not mapped"
    assert answers[3] == "no process: the kernel runs for itself\n"
    assert answers[4].startswith("Temporary breakpoint 2 at 0xc"), answers[4]
    assert re.search(r"left user mode  at 0x0000\w{4} <.*>, esp 0xbfff\w{4}, by vector 0x80", answers[6]), answers


def test_process_does_not_name_a_place_by_another_programs_symbols(tmp_path):
    of_another = "add-symbol-file build/programs/bin/sh.elf"
    commands = [of_another, f"tbreak *{LAYOUT.ELF_BASE}", "continue", "info symbol $eip", "process"]
    answers = gdb(tmp_path, *commands, programs=("build/programs/bss.elf",))
    assert "sh.elf" in answers[3] and "bss.elf" in answers[3], "gdb knows the address in both"
    assert re.search(rf"in user mode    at {LAYOUT.ELF_BASE:#010x} <start>, esp", answers[4]), answers
    commands = ["remove-symbol-file -a 0x08048000", of_another, "tbreak *0x08048000", "continue", "info symbol $eip", "process"]
    answers = gdb(tmp_path, *commands, programs=("build/programs/bss.elf",))
    assert "sh.elf" in answers[4] and "bss.elf" not in answers[4]
    assert re.search(rf"in user mode    at {LAYOUT.ELF_BASE:#010x}, esp", answers[5]), answers



def test_processes_files_and_regions_are_what_proc_says(tmp_path):
    """Of a shell that runs one program, has started another one that sleeps, and has stopped a third."""
    numbers = range(1, 12)
    typed = ["sleep 1000 </etc/motd 2>>/log & asleep=$!", "sleep 1001 & kill -STOP $!",
             "cat /proc/$asleep/maps /proc/$asleep/status; ls -l /proc/$asleep/fd; ps; uname; sleep 1"]  # fmt: skip
    commands = ["tbreak 'kernel::files::(anonymous namespace)::Terminal::read(unsigned long long, kernel::files::Transfer&)'", "continue",
                *(f"type {line}" for line in typed), "tbreak kernel::system_call::calls::uname", "continue",
                # The end of the last sleep: a second later the serial line has sent what ps has printed, and the shell waits.
                "tbreak kernel::system_call::calls::nanosleep", "continue", "tbreak kernel::system_call::calls::exit", "continue",
                "processes", "process",
                *(f"{command} {number}" for command in ("files", "regions") for number in numbers)]  # fmt: skip
    answers, console = gdb_and_console(tmp_path, *commands, programs=("init", "build/initrd.tar"))
    print(console, *answers, sep="\n")
    listed, current, *of_each = answers[-2 - 2 * len(numbers) :]
    files, regions = (dict(zip(numbers, part)) for part in (of_each[: len(numbers)], of_each[len(numbers) :]))

    told = re.findall(r"^ *(\d+) +(\d+) ([RSTZ]) +[\d.]+ +\d+ (?:\S+/)?(\S+)", console, re.MULTILINE)
    # The shell waits for ps, but may not have begun to when ps looks.
    told = [(number, parent, "S" if (state, name) == ("R", "sh") else state, name) for number, parent, state, name in told]
    asleep = next(int(number) for number, _, _, name in told if name == "sleep")
    states = {"ready": "R", "asleep": "S", "stopped": "T", "ended": "Z"}
    seen = [(number, parent, states[state], name) for number, parent, state, name in re.findall(r"^[* ] +(\d+) +(\d+) (\w+) +(.*)$", listed, re.M)]
    assert seen[:-1] == told[:-1] and seen[-1][1:] == (told[-1][1], "R", "sleep") and listed.count("*") == 1
    assert f"* {seen[-1][0]:>5}" in listed and current.startswith(f"process {seen[-1][0]} (sleep)")

    links = dict(re.findall(r"^l\S+ .* (\d+) -> (\S+)$", console, re.MULTILINE))
    opened = re.findall(r"^ +(\d+)  (.*): (\w+), node (\d+), \d+ users of the open file$", files[asleep], re.MULTILINE)
    assert links == {"0": "/etc/motd", "1": "/dev/console", "2": "/log"} and [number for number, *_ in opened] == list(links)
    assert [re.sub(r"place [1-9]\d*", "place N", f"{how}: {kind}") for _, how, kind, _ in opened] == [
        "read, place 0: file", "read and write, place N: device", "write, place 0, append: file"]  # fmt: skip

    maps = re.findall(r"^([0-9a-f]{8}-[0-9a-f]{8}) (...p) ", console, re.MULTILINE)
    rights = {"read": "r-xp", "read and write": "rwxp", "no access": "---p"}
    found = re.findall(r"^  ([0-9a-f-]{17})  (.*?)  +(.*)$", regions[asleep], re.MULTILINE)
    assert [(where, rights[how]) for where, how, _ in found] == maps and len(maps) > 2, regions[asleep]
    frames = 0
    for where, _, words in found:
        begin, end = (int(address, 16) for address in where.split("-"))
        given = re.match(r"promised, (\d+) of (\d+) pages have a frame$", words)
        assert (given is None) == (words == "from the program's file") and (given is None or int(given[2]) == (end - begin) // 4096)
        frames += int(given[1]) if given else (end - begin) // 4096
    assert frames * 4 == int(re.search(r"^VmRSS:\t +(\d+) kB", console, re.MULTILINE)[1])
    assert files[11] == "there is no process 11; `processes` lists them"


def test_a_missing_program_is_named():
    done = subprocess.run(
        [sys.executable, "-m", DEBUG, "no-such-program"], capture_output=True, text=True, timeout=LIMIT
    )
    assert done.returncode == 1 and "there is no program no-such-program" in done.stderr


@pytest.mark.parametrize("name", ("hello", "hello.bin", "build/programs/hello.bin"))
def test_print_shows_the_commands_and_runs_nothing(name):
    done = subprocess.run(
        [sys.executable, "-m", DEBUG, "--print", name], capture_output=True, text=True, timeout=LIMIT
    )
    pipes, emulator, serial, debugger = done.stdout.splitlines()
    assert done.returncode == 0 and done.stderr == ""
    assert pipes.startswith("mkfifo ") and serial.startswith("cat ") and pipes.endswith(serial[len("cat") :])
    assert emulator.startswith("qemu-system-i386 ") and " -S " in emulator
    assert " -initrd build/programs/hello.bin,build/initrd.tar " in emulator
    assert debugger.startswith("gdb ") and "hello.flat" in debugger


def test_the_program_can_be_typed_to(tmp_path):
    """A line, then the end of input: the program echoes the one and ends at the other."""
    commands = ["break wait_for_input", "continue", "delete", "type hel\\x6co", r"type \x04",
                "tbreak kernel::end_current", "continue", "bt 2"]  # fmt: skip
    script, said = tmp_path / "commands", tmp_path / "said"
    script.write_text("\n".join(["python " + PUT_ASIDE.format(file=str(said)), *commands, ""]))
    done = subprocess.run(
        [sys.executable, "-m", DEBUG, "echo", "--", "-batch", "-x", str(script)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT, text=True,
    )
    assert "To type to the program" in done.stdout
    assert "echo: hello\n" in done.stdout, done.stdout
    assert re.search(r"^#0 .*kernel::end_current", said.read_text(), re.MULTILINE), said.read_text()


@pytest.mark.parametrize("number", (signal.SIGHUP, signal.SIGTERM))
@pytest.mark.parametrize("module", (DEBUG, "machine.rewind"))
def test_a_closed_terminal_leaves_nothing_behind(module, number, tmp_path):
    """Nor does `kill`. The machine runs until it gets a line. The path of the temporary folder is short enough for sockets."""
    words = {DEBUG: ["echo", "--", "-ex", "continue"], "machine.rewind": ["--folder", tmp_path / "recording", "echo"]}[module]
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        options = dict(env={**os.environ, "TMPDIR": folder}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        with subprocess.Popen([sys.executable, "-m", module, *words], **options) as session:
            while b"[info ]" not in session.stdout.readline():
                assert session.poll() is None
            session.send_signal(number)
            session.wait(LIMIT)
        assert not os.listdir(folder)
