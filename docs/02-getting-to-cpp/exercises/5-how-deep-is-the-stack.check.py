"""What was painted, and the depths that were found, beside those that the grader's kernel has used."""

import re

from course.checks import need

SLACK, OF_A_CALL = 128, 600  # below the caller's esp; and what a call of deepest may use


def check_what_is_painted(boot):
    guard = re.search(r"^guard (\d+)", boot.serial, re.MULTILINE)
    need(bool(guard) and int(guard[1]) == 0, "gauge: guard", "the page below the stack to stay as it is",
         f"{guard[1] if guard else 'unknown many'} of its words have changed")
    painted = re.search(r"^painted (\d+) (\d+)", boot.serial, re.MULTILINE)
    here, without = int(painted[1]), int(painted[2])
    need(without <= here + SLACK, "gauge: painted", f"all but the {here} bytes in use, and {SLACK} more, to have the pattern",
         f"the lowest word without it is {without} bytes deep")


def check_the_depths(boot):
    here = int(re.search(r"^painted (\d+)", boot.serial, re.MULTILINE)[1])
    found = re.findall(r"^depth (\d) (\d+) (\d+)", boot.serial, re.MULTILINE)
    need(len(found) == 7, "gauge: not called", "the grader's kernel to ask seven times", f"it asked {len(found)} times")
    for number, depth, wanted in found:
        if wanted == "0":  # just painted
            need(here <= int(depth) <= here + OF_A_CALL, "gauge: after painting",
                 f"a depth of {here} bytes, or a little more, after painting", f"it is {depth}")
        else:
            need(depth == wanted, "gauge: depth", f"a depth of {wanted} bytes", f"it is {depth}")
