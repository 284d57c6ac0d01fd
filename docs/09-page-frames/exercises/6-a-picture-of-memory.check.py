"""The picture was right at each step."""

import re

from course.checks import need, need_pictures


def check_the_pictures(boot):
    written = re.search(r"^step (\d+): written", boot.serial, re.MULTILINE)
    need(not written, "picture: written", "the table to stay as it is", f"step {written[1] if written else ''} writes to it")
    need_pictures(boot, 200, lambda column: f"for the frames from {64 * column} on,")
