"""The digits that were typed must come back as one line."""

import re

from course.checks import need


def check_that_the_line_is_read(boot):
    need("no controller answers" not in boot.serial, "keyboard: no controller answers",
         "the driver to find the keyboard controller", "the log says that no controller answers")
    found = re.search(r"read: \[(.*)\]", boot.serial)
    need(bool(found), "read: no word", "the main function to say what it has read", "it says nothing")
    digits = str(boot.numbers[1])[::-1]
    twice = "".join(digit * 2 for digit in digits)
    need(found[1] != twice, "read: each key twice", f"the line {digits!r}", f"it is {found[1]!r}")
    need(bool(found[1]), "read: nothing", f"the line {digits!r}", "no line came")
    need(found[1] == digits, "read: another line", f"the line {digits!r}", f"it is {found[1]!r}")
