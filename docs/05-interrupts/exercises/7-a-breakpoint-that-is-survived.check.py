"""The log has one line for each breakpoint of the grader's program."""

import re

from course.checks import need

PLACES = ["0x00000040", "0x00000123", "0x00000124"]


def check_what_the_log_says(boot):
    found = re.findall(r"^\[info \] breakpoint at (.*?)\r?$", boot.serial, re.MULTILINE)
    need(found == PLACES, "log: breakpoints", f"the log to name breakpoints at {', '.join(PLACES)}",
         f"it names {', '.join(found)}" if found else "it names none")
    said = re.search(r"\(point\): started.*\n((?:.*\n)*?).*\(point\): exited", boot.serial)
    others = [line for line in said[1].splitlines() if "breakpoint at" not in line]
    need(not others, "log: others", "nothing else in the log while the program runs", f"there is {(others or [''])[0]!r}")
