"""The log has one line for each breakpoint of the grader's program."""

import re

from course.checks import need

PLACES = ["0x00000040", "0x00000123", "0x00000124"]


def check_what_the_log_says(boot):
    found = re.findall(r"^\[info \] breakpoint at (.*?)\r?$", boot.serial, re.MULTILINE)
    need(found == PLACES, "log: breakpoints", f"the log to name breakpoints at {', '.join(PLACES)}",
         f"it names {', '.join(found)}" if found else "it names none")
