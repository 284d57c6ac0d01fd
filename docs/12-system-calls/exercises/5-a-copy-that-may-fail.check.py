"""Each property of the copy held, in each call of the grader's main function."""

import re

from course.checks import need

GOOD, BAD = 70, 2 * (1 + 2 + 3 + 4 + 5 + 8 + 10 + 10)  # calls; five and five properties of each


def check_copies(boot):
    failed = re.search(r"^copy: (.*?) \(size (\d+)\)", boot.serial, re.MULTILINE)
    need(failed is None, f"copy: {failed[1] if failed else ''}", "every property of the copy to hold",
         f"with {failed[2]} bytes: {failed[1]}" if failed else "")
    held = re.search(r"^held (\d+)$", boot.serial, re.MULTILINE)
    need(held is not None and int(held[1]) == (5 * GOOD + 5 * BAD) ^ boot.numbers[2], "copy: not called",
         "the grader's main function to make all its calls", "it has not")
