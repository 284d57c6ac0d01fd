"""The number of each program's instructions."""

import re

from course.checks import need

# By their sources: completed instructions with TF set when they began, without those that enter the kernel.
COUNTS = {"straight": 7, "loop": 304, "flags": 14, "killed": 4}


def check_the_numbers(boot):
    for name, count in COUNTS.items():
        found = re.findall(rf"^\[info \] process \d+ \({name}\): (\w+) steps\r?$", boot.serial, re.MULTILINE)
        need(len(found) == 1, f"steps: none of {name}" if not found else f"steps: twice {name}",
             f"one line with the steps of {name}", f"there are {len(found)}")
        need(found[0] == str(count), f"steps: {name}", f"{count} steps of {name}", f"{found[0]} were counted")


def check_that_others_have_none(boot):
    others = set(re.findall(r"process \d+ \((.*?)\): \w+ steps", boot.serial)) - set(COUNTS)
    need(not others, "steps: other", "no line for a process that was not stepped", f"there is one for {', '.join(sorted(others))}")
