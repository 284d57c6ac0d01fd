"""busybox's vi on the screen, its keys typed on the keyboard; and top and ps, which read /proc."""

import re
import time

import pytest

from boots import BOCHS_ISO, LIMIT, QEMU_KERNEL, boot, initrd, program
from linux import jobs

TEXT = "".join(f"line {number}\n" for number in range(1, 101))
# What is typed (<> is the Escape key), and what each of these rows of the screen must be then, as a pattern.
STEPS = (
    ("", {0: "line 1", 22: "line 23", 23: "line 24", 24: r"- /text 1/100 1%"}),
    ("ddp", {0: "line 2", 1: "line 1", 2: "line 3"}),
    ("G", {0: "line 88", 12: "line 100", 13: "~"}),
    ("onew text", {12: "line 100", 13: "new text", 14: "~", 24: "I .*"}),
    ("<>", {24: r"- .*101/101 100%"}),
    ("/line 50", {24: "/line 50"}),
    ("\n", {12: "line 50", 24: "search hit BOTTOM.*"}),
    ("cwLINE", {24: "I .*"}),
    ("<>", {24: "- .*"}),
    (":1\n", {0: "line 2", 1: "line 1", 24: r"- .* 1/101 .*"}),
    ("xxu", {0: "ine 2"}),
    (":%s/3/three/g\n", {20: "new text", 24: "20 substitutions on 19 lines"}),
    ("1G", {0: "ine 2", 1: "line 1", 2: "line three"}),
    ("yyP", {0: "ine 2", 1: "ine 2"}),
    ("3J", {0: "ine 2 ine 2 line 1 line three", 1: "line 4"}),  # busybox joins one line more than vi does
)
# The file at its end.
EDITED = ["ine 2 ine 2 line 1 line three", *(f"line {number}".replace("3", "three") for number in range(4, 101)), "new text"]
EDITED[EDITED.index("line 50")] = "LINE 50"


def wait_for_screen(machine, rows, limit) -> None:
    deadline = machine.clock() + limit
    while True:
        screen = machine.screen_text()
        if all(re.fullmatch(pattern, screen[row]) for row, pattern in rows.items()):
            return
        assert machine.clock() < deadline, "\n".join([f"not seen: {rows}", *screen])
        time.sleep(0.2)


def booted(place, folder, order: str, files):
    busybox = (jobs.fetched() / "bin/busybox").read_bytes()
    archive = initrd(folder / "initrd.tar", order.encode(), ["linux", "linux/bin"], {"linux/bin/busybox": busybox, **files})
    return boot(place, [(program("init.bin"), "init"), (archive, "initrd.tar")], memory=64)


@pytest.mark.parametrize("place", (QEMU_KERNEL, BOCHS_ISO), ids=str)
def test_vi_edits_a_file_on_the_screen(place, tmp_path):
    limit = LIMIT[place.emulator]
    with booted(place, tmp_path, "/linux/bin/busybox vi /text\necho edited\ncat /text\necho all\n", {"text": TEXT.encode()}) as machine:
        for typed, rows in STEPS:
            for part in re.split("(<>)", typed):
                machine.press("esc") if part == "<>" else machine.type_keys(part)
            wait_for_screen(machine, rows, limit)
        machine.type_keys(":wq\n")
        machine.wait_for("^all\n", limit)
        assert machine.serial.rpartition("edited\n")[2].splitlines()[: len(EDITED)] == EDITED


@pytest.mark.parametrize("place", (QEMU_KERNEL, BOCHS_ISO), ids=str)
def test_top_and_ps_tell_of_the_processes(place, tmp_path):
    order = "/linux/bin/busybox sleep 1000 &\n/linux/bin/busybox ps\necho --\n/linux/bin/busybox top -b -n 1\necho all\n"
    with booted(place, tmp_path, order, {"etc/passwd": b"root:x:0:0:root:/:/bin/sh\n"}) as machine:
        machine.wait_for("^all\n", LIMIT[place.emulator])
        ps, top = machine.serial.split("--\n")
    assert re.search(r"^PID +USER +.*COMMAND$", ps, flags=re.MULTILINE)
    assert re.search(r"^ +1 root .* init$", ps, flags=re.MULTILINE)
    assert re.search(r"^ +\d+ root .*busybox sleep 1000$", ps, flags=re.MULTILINE)
    assert re.search(r"^Mem: \d+K used, \d+K free", top, flags=re.MULTILINE)
    assert re.search(r"^CPU: .*\d+% usr +0% sys .*\d+% idle", top, flags=re.MULTILINE)
    assert re.search(r"^ +\d+ +\d+ root +SW? .*busybox sleep 1000$", top, flags=re.MULTILINE)
