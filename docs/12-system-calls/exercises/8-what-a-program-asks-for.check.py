"""What each program has called."""

import re

from course.checks import need

LINES = {"several": "exit 1, write 1, getpid 2, unknown 5", "refused": "exit 1, write 2, brk 1, uname 1", "killed": "getpid 3"}
MANY = (1, 6, 19, 20, 24, 33, 36, 41, 42, 43, 45, 47, 49, 50, 60, 64, 65, 94, 118, 122, 132, 133, 140, 146, 147, 158,
        180, 181, 194, 197, 199, 200, 201, 202, 207, 220, 224, 239)  # 400 characters


def check_the_lines(boot):
    names = {int(number): name for number, name in re.findall(
        r"^SYSTEM_CALL (\d+), (\w+)$", (boot.tree / "build/system_calls.inc").read_text(encoding="utf-8"), re.MULTILINE)}
    lines = {**LINES, "many": ", ".join(f"{names[number]} 1" for number in MANY),
             "drawn": f"exit 1, getpid {boot.plan.drawn[0]}", "last": f"exit 1, {names[max(names)]} 1, unknown 1"}
    for name, wanted in lines.items():
        found = re.findall(rf"^\[info \] process \d+ \({name}\) called: (.*?)\r?$", boot.serial, re.MULTILINE)
        need(len(found) == 1, "calls: none" if not found else "calls: twice", f"one line about the calls of {name}",
             f"there are {len(found)}")
        need(found[0] == wanted, f"calls: {name}", f"`{wanted}` for {name}", f"it is `{found[0]}`")
    need("(silent) called" not in boot.serial, "calls: silent", "no line about a process without calls", "there is one")


def check_the_grader(boot):
    found = re.findall(r"^\[info \] process \d+ \(witness\) called: (.*?)\r?$", boot.serial, re.MULTILINE)
    need(found == ["exit 1"], "calls: witness", "`exit 1` for witness", f"it is {found}")
