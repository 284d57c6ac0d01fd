"""Each property of the switch held, in each call of the grader's main function."""

import re

from course.checks import need

HELD = 8 * (1 + 4 + 1 + 4) + 7 + 2  # calls that came back, of both sides; a thread's beginning; the other structure, twice


def check_switches(boot):
    failed = re.search(r"^switch: (.*)$", boot.serial, re.MULTILINE)
    need(failed is None, f"switch: {failed[1] if failed else ''}", "every property of the switch to hold",
         failed[1] if failed else "")
    held = re.search(r"^held (\d+)$", boot.serial, re.MULTILINE)
    need(held is not None and int(held[1]) == HELD ^ boot.numbers[2], "switch: not called",
         "the grader's main function to make all its calls", "it has not")
