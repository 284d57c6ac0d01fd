"""What is typed at the shell's prompt can be edited, on the keyboard and down the serial line alike."""

import random
import re
import time

import pytest

from boots import BOCHS_ISO, INITRD, LIMIT, QEMU_KERNEL, assembled, boot, initrd, program
from mutants import symbol

MODULES = [(program("init.bin"), "init"), (INITRD, "initrd.tar")]
SEQUENCES = {"up": "[A", "down": "[B", "right": "[C", "left": "[D", "home": "[H", "end": "[F", "delete": "[3~", "esc": ""}  # after ESC


def type_serial(machine, keys: str):
    """keys: characters, and the names of keys as <up> and <ctrl a>."""
    for name, text in re.findall(r"<([a-z][a-z ]+)>|([^<]+|<)", keys):
        if name.startswith("ctrl "):
            text = chr(ord(name[-1]) & 0x1F)
        machine.type_serial(text or "\x1b" + SEQUENCES[name])


def type_keys(machine, keys: str):
    for name, text in re.findall(r"<([a-z][a-z ]+)>|([^<]+|<)", keys):
        if name:
            machine.press(*name.split())
        machine.type_keys(text)


LINES = (  # what is typed, and what comes of it
    ("echo hellp<left><delete>o\n", r"^hello\n\$ "),
    ("<up><home><right><right><right><right> two<end>!\n", r"^two hello!\n\$ "),
    ("echo seen<esc><left><esc><esc><left>v\n", r"^seven\n\$ "),
    ("echo three<up><up><up><down><down><down>\n", r"^three\n\$ "),
    ("<up><up><up><up>\b\b\b\b\b<ctrl w><ctrl w>echo four\n", r"^four\n\$ "),
    ("x y<ctrl u>echo one two  <ctrl w>five\n", r"^one five\n\$ "),
    ("echo six seven<left><left><left><left><left><left><ctrl k><ctrl a><ctrl d>e<ctrl e>!\n", r"^six!\n\$ "),
    ("nothing at all<ctrl c>", r"all\^C\n\$ "),
    ("echo $?\n", r"^130\n\$ "),  # and nothing is left of the longer line
    ("<ctrl c>", r"\^C\n\$ "),
    ("hexd\t/et\tmo\t\n", r"\|Welcome to Trap.*(?:\n.*)*\n\$ "),
    ("cat /etc/\t", r"^motd  rc  \n(?:.|\n)*\$ cat /etc/"),
    ("m\t | wc -\bl\b-l\n", r"^1\n\$ "),
    ("if true\nthen echo nine; fi\n", r"^> then echo nine; fi\nnine\n\$ "),
    ("if true\n<ctrl c>", r"^> \^C\n\$ "),
    ("echo $?\n", r"^130\n\$ "),
    ("for i in a; do\n\n<ctrl c>", r"^> \n> \^C\n\$ "),
    ("echo 'one\ntwo<ctrl c>", r"^> two\^C\n\$ "),
    ('echo "one\\\n<ctrl c>', r"^> \^C\n\$ "),
    ("echo one \\\n<ctrl c>", r"^> \^C\n\$ "),
    ("'\n<ctrl c>", r"^> \^C\n\$ "),  # also if nothing comes before it
    ("echo ) '\n", r"syntax error at \)\n\$ "),
    ("kill -INT $$; echo ten\n", r"echo ten\n\n\$ "),
    ("sleep 100000 | cat; echo eleven\n", r"eleven\n"),
    ("<ctrl c>", r"^\^C\n\$ "),
    ("while true; do sleep 9; done\n", r"done\n"),
    ("<ctrl c>", r"^\^C\n\$ "),
    ("<ctrl l>echo " + 20 * "abcde" + "<home><right><right><right><right> X<end>Y<left><left><left>Z\n", r"^X a.*Y\n\$ "),
)


@pytest.mark.parametrize("place, type_it", ((QEMU_KERNEL, type_keys), (QEMU_KERNEL, type_serial), (BOCHS_ISO, type_serial)),
                         ids=("qemu-keyboard", "qemu-serial", "bochs-serial"))  # fmt: skip
def test_a_line_is_edited(place, type_it):
    limit = LIMIT[place.emulator]
    with boot(place, MODULES) as machine:
        machine.wait_for(r"^\$ ", limit)
        for keys, answer in LINES:
            type_it(machine, keys)
            machine.wait_for(answer, limit)
        letters = 20 * "abcde"
        letters = letters[:-2] + "Z" + letters[-2:] + "Y"  # over the end of a row
        rows = [f"$ echo X {letters}"[:80], f"$ echo X {letters}"[80:], f"X {letters}"[:80], f"X {letters}"[80:], "$"]
        assert [row.rstrip() for row in machine.screen_text()[:6]] == [*rows, ""]


@pytest.mark.parametrize("place, type_it", ((QEMU_KERNEL, type_keys), (BOCHS_ISO, type_serial)), ids=("qemu-keyboard", "bochs-serial"))
def test_edit_shows_the_text_and_saves_it(place, type_it):
    limit = LIMIT[place.emulator]

    def status(text):
        machine.wait_for(rf"\x1b\[7m {text} *\x1b\[0m\x1b\[\d+;\d+H$", limit)

    with boot(place, MODULES) as machine:
        machine.wait_for(r"^\$ ", limit)
        type_it(machine, "edit /etc/motd\n")
        status("/etc/motd  line 1 of 1  ctrl-S saves, ctrl-Q quits")
        assert [row.rstrip() for row in machine.screen_text()[:2]] == ["Welcome to Trapgate.", ""]
        type_it(machine, "<end>\b!\nsecondd<left><delete> line\n\nlast<up><home><delete><up><right>\b<down><end>.<ctrl s>")
        status("/etc/motd  line 3 of 3  saved")
        assert [row.rstrip() for row in machine.screen_text()[:4]] == ["Welcome to Trapgate!", "econd line", "last.", ""]
        type_it(machine, "<up><up><home>x<ctrl q>")
        status(r"/etc/motd \(changed\)  line 1 of 3  lose the changes\? \(y/n\)")
        type_it(machine, "n<ctrl q>")
        status(r"/etc/motd \(changed\)  line 1 of 3  lose the changes\? \(y/n\)")
        type_it(machine, "y")
        machine.wait_for(r"\$ $", limit)
        assert [row.rstrip() for row in machine.screen_text()[:2]] == ["$", ""]
        type_it(machine, "cat /etc/motd | sort\n")
        machine.wait_for(r"^Welcome to Trapgate!\necond line\nlast\.\n\$ ", limit)


# What changes the file while it is edited: from then on nothing can be written to it.
FILLER = "(until grep -q x /etc/motd; do sleep 1; done; cat /etc/motd >/etc/old; rm /etc/motd; ln -s /dev/full /etc/motd; echo filled) & "


def test_edit_asks_if_what_it_saved_is_lost():
    limit = LIMIT[QEMU_KERNEL.emulator]
    path = 30 * "/etc/.." + "/etc/motd"  # of which the row does not show all

    def status(text):
        machine.wait_for(rf"\x1b\[7m {text} *\x1b\[0m\x1b\[\d+;\d+H$", limit)

    with boot(QEMU_KERNEL, MODULES) as machine:
        machine.wait_for(r"^\$ ", limit)
        type_serial(machine, f"{FILLER}edit {path}\n")
        status(r"\S*/etc/motd  line 1 of 1  ctrl-S saves, ctrl-Q quits")
        type_serial(machine, "<esc><right><right>x<ctrl s>")
        status(r"\S*/etc/motd  line 1 of 1  saved")
        machine.wait_for("filled", limit)
        type_serial(machine, "<ctrl s>")
        status(r"\S*/etc/motd \(changed\)  line 1 of 1  no space left")
        type_serial(machine, "<ctrl q>")
        status(r"\S*/etc/motd \(changed\)  line 1 of 1  lose the changes\? \(y/n\)")
        assert len(machine.screen_text()[24].rstrip()) == 79
        type_serial(machine, "y")
        machine.wait_for(r"\$ $", limit)
        type_serial(machine, "cat /etc/old\n")
        machine.wait_for(r"^Wexlcome to Trapgate.\n", limit)


# `:`, for `true` is a program: a key between its end and the shell's next step is for a group in which no one lives.
COMMANDS = ("sleep 1000000", "sleep 1000000 | cat", "cat | sleep 1000000 | cat", "while :; do sleep 1000000; done")


@pytest.mark.parametrize("place, times", ((QEMU_KERNEL, 100), (BOCHS_ISO, 10)), ids=("qemu", "bochs"))
def test_ctrl_c_ends_a_command_that_has_hardly_begun(place, times):
    """Whether the shell has it, or a child that is not yet the program."""
    limit = LIMIT[place.emulator]
    draw = random.Random(18)
    with boot(place, MODULES) as machine:
        machine.wait_for(r"^\$ ", limit)
        for _ in range(times):
            machine.type_serial(f"{draw.choice(COMMANDS)}; echo more\n")
            time.sleep(draw.uniform(0, 0.004))  # no more than a few steps of the shell's work
            machine.type_serial("\x03")
            machine.wait_for(r"^\^C\n+\$ ", 60)


def test_ctrl_c_ends_a_program_that_reads_nothing(tmp_path):
    """However much was typed before: on the serial line while there is room, on the keyboard even then."""
    archive = initrd(tmp_path / "initrd.tar", b"", files={"bin/loop": assembled(tmp_path, "jmp $").read_bytes()})
    limit = LIMIT[QEMU_KERNEL.emulator]
    with boot(QEMU_KERNEL, [(program("init.bin"), "init"), (archive, "initrd.tar")]) as machine:
        machine.wait_for(r"^\$ ", limit)
        for count in (200, 3100):
            machine.type_serial("echo ru''ns; loop\n")
            machine.wait_for(r"^runs\n", limit)
            machine.type_serial("\n" * count + ("\x03" if count == 200 else ""))
            if count == 3100:
                machine.wait_for(r"\n{3000}", limit)
                machine.press("ctrl", "c")
            machine.wait_for(r"\^C\n+\$ ", limit)
            machine.type_serial("echo status $?\n")
            machine.wait_for(r"status \d+\n", limit)


def test_a_flood_on_the_serial_line_does_not_stop_the_clock():
    """Each of its bytes shows a long line again."""
    ticks = symbol("kernel::pit::(anonymous namespace)::tick_count")
    with boot(QEMU_KERNEL, MODULES) as machine:
        machine.wait_for(r"^\$ ", LIMIT[QEMU_KERNEL.emulator])
        machine.type_serial("echo ru''ns; sleep 1000\n")
        machine.wait_for(r"^runs\n", LIMIT[QEMU_KERNEL.emulator])
        machine.type_serial("x" * 1000 + "\x12" * 20000)
        machine.wait_for(r"\^R\n", LIMIT[QEMU_KERNEL.emulator])
        before = time.monotonic(), int.from_bytes(machine.read_virtual(ticks, 4), "little")
        time.sleep(3)
        after = time.monotonic(), int.from_bytes(machine.read_virtual(ticks, 4), "little")
        assert after[1] - before[1] > 100 * (after[0] - before[0]) / 2


# Assembly: sends SIGTERM to the process that comes next, as soon as there is one.
AMBUSH = """
        mov eax, 20                 ; getpid
        int SYSTEM_CALL_VECTOR
        lea ebx, [eax + 1]
        mov ecx, 15                 ; SIGTERM
    .again:
        mov eax, 158                ; sched_yield
        int SYSTEM_CALL_VECTOR
        mov eax, 37                 ; kill
        int SYSTEM_CALL_VECTOR
        test eax, eax
        jnz .again
        mov ebx, eax
        mov eax, 1                  ; exit
        int SYSTEM_CALL_VECTOR
"""


@pytest.mark.parametrize("place, times", ((QEMU_KERNEL, 100), (BOCHS_ISO, 10)), ids=("qemu", "bochs"))
def test_kill_ends_a_command_that_has_hardly_begun(place, times, tmp_path):
    """The shell ignores SIGTERM, and its child must not."""
    archive = initrd(tmp_path / "initrd.tar", b"", files={"bin/ambush": assembled(tmp_path, AMBUSH).read_bytes()})
    with boot(place, [(program("init.bin"), "init"), (archive, "initrd.tar")]) as machine:
        machine.wait_for(r"^\$ ", LIMIT[place.emulator])
        for _ in range(times):
            machine.type_serial("ambush & sleep 1000000; echo $?\n")
            machine.wait_for(r"^Terminated\n143\n(?:\[\d\] done\n)?\$ ", 60)
