"""A random session at the shell's prompt, typed down the serial line: what each line prints is what the same line prints
on this machine's Linux, and the keys of the terminal do what they are for.

Here a few lines are typed; in `make test-soak` so many that 30 minutes of the machine's time pass. The seed makes the lines.
"""

import random
import re

import pytest

from boots import BOCHS_ISO, INITRD, LIMIT, QEMU_KERNEL, boot, program
from test_shell import on_the_host
from test_soak import SEED, WHOLE

SECONDS = 1800  # of the machine's time: 1500 lines sleep for longer than that
MODULES = [(program("init.bin"), "init"), (INITRD, "initrd.tar")]
PROMPT = r"^\$ "

FILES = ("a", "b", "c", "d/a", "d/b", "none")
WORDS = ("one", "two", "three", "'four five'", "six", '"$x"', "$x", "a*", "$?")
FILTERS = ("sort", "wc -l", "wc", "head -n 2", "tail -n 1", "grep o", "grep -q two", "cat", "sort | head -n 1", "cat - a")


def line_of(draw: random.Random) -> str:
    """A line that prints the same wherever it runs: what it says of errors, each shell would say in other words."""
    file, other, word = draw.choice(FILES), draw.choice(FILES), draw.choice(WORDS)
    simple = draw.choice((
        f"echo {word} {draw.choice(WORDS)} >{file}", f"echo {word} >>{file}", f"cat {file} {other}", f"cat {file}",
        f"cp {file} {other}", f"mv {file} {other}", f"rm {file}", f"ln {file} {other}", f"ln -s a {other}", "mkdir d", "rmdir d",
        "ls", "ls d", f"x={word}", "echo $x", "(cd d; ls)", f"wc {file}", f"head -n 1 {file}", f"echo {word}", "true", "false",
        f"sh -c 'exit {draw.randrange(256)}'", f"(cd d; echo *; exit {draw.randrange(4)})", "(sleep 0 & wait)", f"sleep {draw.randrange(100 if WHOLE else 9)}",
    ))  # fmt: skip
    last = draw.choice((
        f"echo {word}", f"cat {file}", f"for i in 1 2 {word}; do echo $i; done", f"if cat {file}; then echo yes; fi", "true",
        f"while cat {file}; do break; done", "echo $?",
    ))  # fmt: skip
    joined = draw.choice((simple, simple, f"{simple} | {draw.choice(FILTERS)}", f"{simple}; {last}", f"{simple} && {last}",
                          f"{simple} || {last}", f"{{ {simple}; {last}; }} | {draw.choice(FILTERS)}", f"! {simple}"))  # fmt: skip
    return f"{{ {joined}; }} 2>/dev/null"


def outputs_on_the_host(lines, folder) -> list:
    """What each line prints, and its status."""
    script = "".join(f"{line}; echo --$?\n" for line in lines)
    text = on_the_host(re.sub(r"sleep \d+", "sleep 0", script), folder)  # it must not take as long
    return re.findall(r"((?:.*\n)*?)--(\d+)\n", text)


def type_line(machine, line: str, limit: float) -> tuple:
    before = len(machine.serial)
    machine.type_serial(f"{line}; echo --$?\n")
    machine.wait_for(r"^--\d+\n\$ ", limit)
    shown = machine.serial[before:].partition("\n")[2]  # what the terminal shows while it is typed comes first
    return re.fullmatch(r"((?:.*\n)*?)--(\d+)\n\$ ", shown).groups()


def type_keys(machine, draw: random.Random, limit: float) -> None:
    """What the terminal's own keys are for; each begins and ends at the prompt."""
    ready = "sh -c 'echo ready; %s'\n"
    dialogues = (
        ((ready % "sleep 100", r"^ready\n"), ("\x03", r"^\^C\n\$ "), ("echo $?\n", r"^130\n\$ ")),
        ((ready % "cat | wc", r"^ready\n"), ("one two\n\x04", r"^one two\n1 2 8\n\$ ")),
        ((ready % "sleep 100", r"^ready\n"), ("\x1a", r"^\[1\] stopped\n\$ "), ("kill -KILL %1; wait\n", r"wait\n(.*\n)?\$ ")),
        ((ready % "while true; do echo x; done | cat >/dev/null", r"^ready\n"), ("\x03", r"^\^C\n\$ ")),
        (("echo again\n", r"^again\n\$ "), ("\x1b[A\n", r"^again\n\$ ")),
        (("not this\x15echo that\x7f\x7fis\n", r"^this\n\$ "),),
        (("half a line\x03", r"\^C\n\$ "),),
    )
    for typed, answer in draw.choice(dialogues):
        machine.type_serial(typed)
        machine.wait_for(answer, limit)
    type_line(machine, "true", limit)  # what the next line may ask for, $?, is 0, as after each line


@pytest.mark.parametrize("place, count", ((QEMU_KERNEL, 40), (BOCHS_ISO, 15)), ids=str)
def test_a_random_session(place, count, tmp_path):
    limit = LIMIT[place.emulator]
    draw = random.Random(SEED)
    print(f"seed {SEED}")
    lines = [line_of(draw) for _ in range(1500 if WHOLE else count)]
    expected = outputs_on_the_host(lines, tmp_path)
    assert len(expected) == len(lines)
    options = {"icount": 4} if place is QEMU_KERNEL else {}
    with boot(place, MODULES, "poweroff", **options) as machine:
        machine.wait_for(PROMPT, limit)
        machine.type_serial("mkdir /work; cd /work\n")
        machine.wait_for(PROMPT, limit)
        processes = type_line(machine, "ps | wc -l", limit)
        for number, (line, wanted) in enumerate(zip(lines, expected)):
            assert type_line(machine, line, limit) == wanted, f"line {number} of seed {SEED}: {line}"
            if draw.randrange(4) == 0:
                type_keys(machine, draw, limit)
            if WHOLE and number % 50 == 49 and float(type_line(machine, "cat /proc/uptime", limit)[0].split()[0]) > SECONDS:
                break
        assert type_line(machine, "ps | wc -l", limit) == processes
        if WHOLE:
            assert float(type_line(machine, "cat /proc/uptime", limit)[0].split()[0]) > SECONDS
        machine.type_serial("exit 7\n")
        machine.wait_for("power: off", limit)
    assert "KERNEL PANIC" not in machine.serial
