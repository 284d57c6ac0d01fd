"""Both controllers must have let several interrupts through."""

import re

from course.checks import need


def check_that_interrupts_keep_coming(boot):
    found = re.search(r"timer (\d+), clock (\d+)", boot.serial)
    need(bool(found), "interrupts: no word", "the main function to say how many interrupts came", "it says nothing")
    for name, line, text in (("timer", 0, found[1]), ("clock", 8, found[2])):
        need(int(text) >= 5, f"interrupts: {name}: {text}", f"five interrupts of the {name} (IRQ {line}), or more",
             f"{text} came")


def check_that_what_is_spurious_is_not_ended(boot):
    found = re.search(r"in service: (\d+)", boot.serial)
    need(bool(found) and int(found[1]) != 0, "interrupts: timer: no more", "the timer to ask once more", "it did not")
    need(int(found[1]) & 1 == 1, "interrupts: spurious ended",
         "a spurious IRQ 7 to leave alone what is in service", "it has ended the timer's interrupt")
