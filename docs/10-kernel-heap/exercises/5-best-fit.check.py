# What exercise 10.5 asks for: each request went into the smallest hole that is large enough.
import re

from course.checks import need


def check_holes(boot):
    found = re.findall(r"^request (\d) went into hole (\d)$", boot.serial, re.MULTILINE)
    need(len(found) == 6, "heap: no answer", "six requests to be answered", f"there are {len(found)}")
    for wanted, taken in found:
        whose = {"6": "the two holes that were joined", "9": "none of the holes"}.get(taken, f"hole {taken}")
        need(wanted == taken, f"heap: not the smallest: {'joined' if taken == '6' else 'another'}",
             f"hole {wanted} to be taken, the smallest that is large enough", f"it was {whose}")
