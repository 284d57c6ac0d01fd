# What exercise 11.2 asks for: one line a process, after the line of its end, with the ticks that the process has counted itself.
import re

from course.checks import need

# What the programs do is counted, not timed: each asks the kernel for its own ticks, until there are so many or, if there
# is not a number, only once, and says how many by its status. The clock may tick once more before its end.
ASKED = {"witness": 0, "short": 5, "long": 20, "killed": 9, "waiting": None}


def check_lines(boot):
    for number, (name, asked) in enumerate(ASKED.items(), 1):
        place = rf"process {number} \({name}\)"
        found = re.findall(rf"^\[info \] {place}: (?:exited with status (\d+)|killed.*)\n\[info \] {place}: ran for (\S+) ticks$",
                           boot.serial, re.MULTILINE)
        need(len(found) == 1 and len(re.findall(rf"{place}: ran for", boot.serial)) == 1, f"ticks: {name}",
             f"one line about {name}'s ticks, just after the line of its end", "it is not there")
        status, ticks = found[0]
        need(ticks.isdigit(), "ticks: number", "a decimal number of ticks", f"it is {ticks!r}")
        least = int(status) if asked is None else asked
        need(least <= int(ticks) <= least + 1, "ticks: waiting" if asked is None else "ticks: number",
             f"{least} ticks of {name}, or one more: it had so many when it asked", f"it is {ticks}")


def check_that_nothing_else_is_said(boot):
    said = re.findall(r"^\[\w+ *\] process \d+ \(.*\): (?!ran for \d+ ticks\n)(.*)\n", boot.serial, re.MULTILINE)
    known = r"started, flat, \d+ bytes|exited with status \d+|killed by .*"
    others = [line for line in said if not re.fullmatch(known, line)]
    need(not others, "ticks: other lines", "nothing else about processes to be said", f"there is {(others or [''])[0]!r}")
