"""The picture was right at each step, and no entry has changed but as it must."""

import re

from course.checks import need

STEPS = 70
KERNEL_BASE, PAGE, LARGE_PAGE = 0xC0000000, 0x1000, 0x400000
WORDS = {" ": "is not mapped", ".": "was not used", "o": "was read only", "#": "was written to"}


def symptom(address, column, have, wanted):
    """Which mistake it may be, from the first character that differs."""
    have_it, want = have[column], wanted[column]
    is_large = address < KERNEL_BASE and address // LARGE_PAGE == 7 or LARGE_PAGE <= address - KERNEL_BASE < 4 * LARGE_PAGE
    if have_it not in WORDS:
        return "picture: not drawn"
    if want == " ":
        return "picture: nothing there"
    if is_large and have_it == " ":
        return "picture: large page"
    if is_large and column > 0 and address % LARGE_PAGE != 0 and have_it == ".":
        return "picture: large page"  # its first character was right
    if have_it == " ":
        return "picture: missing"
    # The first picture is of a program's pages, with bits from the grader: who reads those right reads the kernel's right.
    missed = ".o#".index(have_it) < ".o#".index(want)
    return "picture: used again" if missed and address >= KERNEL_BASE else "picture: bits"


def check_the_pictures(boot):
    console = boot.serial.replace("\r", "")
    found = re.search(r"^step (\d+): wrong from 0x([0-9A-F]+)\n\|(.*)\|\n\|(.*)\|$", console, re.MULTILINE)
    if found:
        have, wanted = found[3], found[4]
        column = next((i for i, (one, other) in enumerate(zip(have, wanted)) if one != other), 0)
        address = int(found[2], 16) + column * PAGE
        need(False, symptom(address, column, have, wanted),
             f"'{wanted[column]}' for the page at {address:#010x} at step {found[1]}: it {WORDS[wanted[column]]}",
             f"it is '{have[column]}'")
    found = re.search(r"^step (\d+): outside$", console, re.MULTILINE)
    need(found is None, "picture: outside", "nothing but the row to be written", f"step {found and found[1]} writes outside of it")
    found = re.search(r"^step (\d+): (wiped|other) (directory|table) entry for 0x([0-9A-F]+): ([0-9a-f]+), then ([0-9a-f]+)$",
                      console, re.MULTILINE)
    if found:
        drawn = found[2] == "wiped"
        expected = "with bits 5 and 6 cleared, and no other" if drawn else "as before: it is not in the picture, or not present"
        need(False, "entries: in the picture" if drawn else "entries: elsewhere",
             f"the {found[3]} entry for 0x{found[4].lower()}, {found[5]} before step {found[1]}, {expected}", f"it is {found[6]}")
    right = len(re.findall(r"^step \d+: right$", console, re.MULTILINE))
    need(right == STEPS, "picture: not called", f"{STEPS} pictures", f"there are {right}")
