# What exercise 18.7 asks for: a line for each process of the foreground group that has not ended, and no other.
import re
from collections import Counter

from course.checks import need

# The program's parent and one child sleep, one child computes, one is stopped; one has ended, and one is of another group.
WANTED = Counter(asleep=2, running=1, stopped=1)


def check_lines(boot):
    lines = re.findall(r"\[info \] process (\d+) \(group\): (asleep|running|stopped), (\d+) ticks\n", boot.serial)
    need(bool(lines), "status: none", "a line for each process of the foreground group", "there is none")
    need(len({number for number, _, _ in lines}) == len(lines), "status: twice", "one line for each process", "one has two")
    found = Counter(state for _, state, _ in lines)
    need(len(lines) >= 4, "status: too few", "four lines", f"there are {len(lines)}")
    need(len(lines) <= 4, "status: too many", "four lines, none of a process that has ended or is of another group",
         f"there are {len(lines)}")
    need(found == WANTED, "status: state", "two that are asleep, one running and one stopped",
         ", ".join(f"{count} {state}" for state, count in sorted(found.items())))
    for number, state, ticks in lines:
        right = int(ticks) >= 10 if state == "running" else int(ticks) <= 5
        need(right, "status: ticks", "many ticks of the one that computes, and next to none of the others",
             f"process {number}, {state}, has {ticks}")
    need("^T" not in boot.serial, "status: echoed", "the key not to be shown", "there is ^T on the console")
    raw = re.findall(r"\[info \] process \d+ \(raw\): (\w+), \d+ ticks\n", boot.serial)
    need(len(raw) == 1, "status: raw", "one line about the program in raw mode", f"there are {len(raw)}")
    need(raw[0] != "stopped", "status: state", "the program in raw mode not to be stopped", f"it is {raw[0]}")
    others = re.findall(r"process \d+ \((?!group|raw)\w+\): (?:asleep|running|stopped)", boot.serial)
    need(not others, "status: too many", "nothing about other programs' processes", f"there is {(others or [''])[0]!r}")
