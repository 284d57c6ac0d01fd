"""`make rewind`: records a run of the kernel with a mistake in it, and finds the faulty line by going backwards.

The mistake and the session are those of README.md's section "Going backwards"; they are read out of it, so that it stays
true. Addresses and numbers of instructions, which depend on the compiler, may differ; lines of sources may not."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REWIND = "machine.rewind"
SECTION = (ROOT / "README.md").read_text().partition("## Going backwards")[2].partition("\n## ")[0]
SOURCE = re.search(r"in `(kernel/[\w/.]+)` the line", SECTION)[1]
LINE = re.search(r"the line\n\n    (.*)\n", SECTION)[1]
TAKEN_OUT = re.search(r"Take `(.*?)` out of it", SECTION)[1]
SESSION = [line[4:] for line in SECTION.splitlines() if line.startswith("    ") and line[4:] != LINE]
LIMIT = 400


def faulty_kernel(folder):
    """Builds the kernel with README.md's mistake in a copy of the tree."""
    for name in ("Makefile", "boot", "kernel", "linker", "programs"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, folder / name)
    # What is built already and stays as it is. copytree keeps the times, so make knows.
    (folder / "build").mkdir()
    for name in ("boot", "kernel"):
        shutil.copytree(ROOT / "build" / name, folder / "build" / name)
    for name in ("kernel.ld", "kernel.flags", "kernel.list", "layout.inc", "libkernel.a"):
        shutil.copy2(ROOT / "build" / name, folder / "build" / name)
    text = (folder / SOURCE).read_text()
    assert text.count(LINE) == 1 and LINE.count(TAKEN_OUT) == 1
    (folder / SOURCE).write_text(text.replace(LINE, LINE.replace(TAKEN_OUT, "")))
    subprocess.run(["make", "-s", "-C", folder, "build/kernel.elf"], check=True, timeout=LIMIT)
    return folder / "build/kernel.elf"


def rewind(folder, commands, *arguments):
    """What `make rewind` prints with these commands for gdb."""
    file = folder / "commands"
    file.write_text("\n".join(commands) + "\n")
    done = subprocess.run(
        [sys.executable, "-m", REWIND, "--folder", folder / "recording", "--commands", file, *arguments],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT, text=True,
    )
    print(done.stdout)
    assert "Error in sourced" not in done.stdout and done.returncode == 0
    return done.stdout


def comparable(text):
    """Without what differs from compiler to compiler, and the lines of files that are only passed by."""
    text = re.sub(r"=<optimized out>|=kernel::[\w:]+|=0x[0-9a-f]{8}|=\.\.\.", "=VALUE", text)
    text = re.sub(r"0x[0-9a-f]{8}", "ADDRESS", text)
    text = re.sub(rf"^(?!.*{SOURCE})(.*\.cpp):\d+$", r"\1:LINE", text, flags=re.MULTILINE)
    return re.sub(r"instruction \d+ of \d+", "instruction N of N", text)


def test_the_session_in_the_readme_finds_the_faulty_line(tmp_path):
    commands = [line[6:] for line in SESSION if line.startswith("(gdb) ")]
    assert "reverse-continue" in commands and "who-wrote $pte(frame.eip)" in commands
    marked = []
    for number, command in enumerate(commands):
        marked += [f"echo @{number}\\n", command]
    kernel = faulty_kernel(tmp_path)
    output = rewind(tmp_path, marked, "--kernel", kernel, "hello")
    assert "process 1 (hello.bin): killed by SIGSEGV (page fault)" in output.partition("@0\n")[0]

    at = -1
    for line in SESSION:
        if line.startswith("(gdb) "):
            at += 1
            answer = comparable(output.partition(f"@{at}\n")[2].partition(f"@{at + 1}\n")[0]).splitlines()
        else:
            assert comparable(line) in answer, f"README.md says that {commands[at]!r} prints {line!r}"
    number = (ROOT / SOURCE).read_text().partition(LINE)[0].count("\n") + 1
    assert any(line.endswith(f"at {SOURCE}:{number}") for line in answer)


def test_the_end_is_reached_and_not_passed(tmp_path):
    """Forward again after going back: to the same instruction each time, and no further."""
    steps = ["info registers eip", "monitor info replay"]
    back_and_forth = ["reverse-stepi", "reverse-stepi", *steps, "continue", *steps]
    past_the_end = """python
try:
    gdb.execute("continue")
except gdb.error as error:
    print("refused:", error)
end"""
    output = rewind(tmp_path, [*steps, *back_and_forth, *back_and_forth, past_the_end, *steps], "hello")
    assert "Hello from privilege level 3!" in output and "halted with interrupts off" in output
    end = int(re.search(r"after (\d+) instructions\n", output)[1])
    counts = [int(count) for count in re.findall(r"instruction count = (\d+)", output)]
    assert counts == [end, end - 2, end, end - 2, end, end]
    places = re.findall(r"^eip +(0x\w+)", output, re.MULTILINE)
    assert places[0] == places[2] == places[4] == places[5] and places[1] == places[3] != places[0]
    assert "refused: this is the end of the recording" in output


@pytest.mark.parametrize(
    "arguments, complaint",
    [
        (["no-such-program"], "there is no program no-such-program"),
        (["--kernel", "no-such-kernel", "hello"], "no-such-kernel is not there"),
        (["--folder", "/proc/recording", "hello"], "rewind: [Errno 2] No such file or directory: '/proc/recording'"),
        (["--folder", "/proc", "hello"], "rewind: no file for the machine's state: qemu-img: /proc/state.qcow2: "),
        (["--kernel", "build/kernel-without-symbols.elf"], "the ISO brings its own kernel"),
    ],
)
def test_wrong_use_is_explained(arguments, complaint, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", REWIND, "--folder", tmp_path / "recording", *arguments],
        capture_output=True, text=True, timeout=60,
    )
    assert done.returncode != 0 and complaint in done.stderr and "Traceback" not in done.stderr, done.stderr
