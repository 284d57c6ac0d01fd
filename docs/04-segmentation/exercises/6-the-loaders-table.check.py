"""The lines for the three tables of the grader's kernel, and what is loaded afterwards."""

import re

from course.checks import need


def wanted(numbers, table):
    """The entries in use of a table of the grader's kernel: selector and descriptor."""
    _, a, b, c, d, e, f, g = numbers
    entries = [[(b, f), (a, b), (0, 0), (0, c), (d, 0), (e, f), (0, 0), (g, a), (c, e), (f, d)], [(b, a), (d, c)],
               [(0, 0), (f, e)]][table]
    return [(8 * index, high << 32 | low) for index, (high, low) in enumerate(entries) if high or low]


def check_the_entries(boot):
    parts = re.split(r"^table \d\r?\n", boot.serial, flags=re.MULTILINE)[1:]
    need(len(parts) == 3, "after: not called", "the kernel to load its table three times", "it did not")
    for table, part in enumerate(parts):
        lines = re.findall(r"^\[info \] gdt: 0x([0-9a-f]{4}) = 0x([0-9a-f]{16})\r?$", part, re.MULTILINE)
        found = [(int(selector, 16), int(entry, 16)) for selector, entry in lines]
        right = wanted(boot.numbers, table)
        others = len(re.findall(r"^\[info \] gdt: ", part, re.MULTILINE)) - len(found)
        need(bool(found) and not others, "entries: none in this form",
             "a line '[info ] gdt: 0x.... = 0x................' for each entry in use",
             f"{others} lines have another form" if others else "there is none")
        need((8, 0x00CF9B000000FFFF) not in found, "entries: the kernel's", "the table that was in use before",
             "it is the kernel's own")
        need(len(found) <= len(right), "entries: too many", f"{len(right)} entries", f"{len(found)} were printed")
        need(len(found) >= len(right), "entries: too few", f"{len(right)} entries", f"{len(found)} were printed")
        need(found == right, "entries: other", f"{right[0][0]:#06x} = {right[0][1]:#018x}, and so on",
             f"{found[0][0]:#06x} = {found[0][1]:#018x}, and so on")


def check_what_is_loaded_afterwards(boot):
    found = re.findall(r"^now limit ([0-9a-f]+) (.*) cs ([0-9a-f]+)", boot.serial, re.MULTILINE)
    need(found == [("2f", "another", f"{boot.layout.KERNEL_CODE:x}")] * 3, "after: table",
         "the kernel's own table to be loaded, and cs from it", f"limit, table and cs are {found}")
