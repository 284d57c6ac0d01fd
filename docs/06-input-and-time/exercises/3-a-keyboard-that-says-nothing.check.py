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


def check_the_configuration(boot):
    found = re.search(r"configuration (\d+)", boot.serial)
    need(bool(found), "keyboard: configuration: none", "the controller to tell its configuration", "it does not answer")
    for bit, value, words in ((0, 1, "ask for interrupts"), (1, 0, "ask for no interrupt of the mouse"),
                              (4, 0, "listen to the keyboard"), (5, 1, "keep the mouse off"),
                              (6, 1, "translate to set 1")):
        need(int(found[1]) >> bit & 1 == value, f"keyboard: configuration: bit {bit}",
             f"bit {bit} of the controller's configuration to be {value}, so that it will {words}", f"it is {1 - value}")
