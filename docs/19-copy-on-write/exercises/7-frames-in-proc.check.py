"""What the program `counts` has read from the files `frames`, at known places of its life."""

import re

from course.checks import need

STEPS = (("alone", 11, 0, "before any fork"), ("forked", 0, 11, "in a child that has written nothing yet"),
         ("child", 6, 7, "in a child that has written to 4 pages and has 2 new ones"),
         ("parent", 4, 7, "of its parent, read by the child"), ("again", 11, 0, "when the child has ended"),
         ("ended", 0, 0, "of a process that has ended and was not waited for"))


def check_frames(boot):
    need("no such file" not in boot.serial, "frames: missing", "each process's directory to have a file `frames`", "it can't be opened")
    for name, private, shared, when in STEPS:
        found = re.search(rf"^{name}:\n(.*)\n(.*)\n", boot.serial, re.MULTILINE)
        need(found is not None, "frames: missing", "two lines in the file", f"there are none {when}")
        lines = [re.fullmatch(rf"{word}: +(\d+)", line) for word, line in zip(("Private", "Shared"), found.groups())]
        need(all(lines), "frames: form", "the lines `Private:` and `Shared:` with a number each", f"there is {found[0]!r} {when}")
        numbers = tuple(int(line[1]) for line in lines)
        need(numbers == (private, shared), f"frames: {name}", f"{private} private and {shared} shared frames {when}",
             f"they are {numbers[0]} and {numbers[1]}")
        need(found[1] == f"Private: {private:8}" and found[2] == f"Shared: {shared:8}", "frames: form",
             "8 columns for each number, after the colon and a blank", f"there is {found[0]!r} {when}")
