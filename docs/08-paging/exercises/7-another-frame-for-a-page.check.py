"""The page shows the frame that it must show, after each change."""

import re

from course.checks import need

ORDER = (1, 2, 0, 1)  # in which the grader's kernel shows its frames, after frame 0


def check_what_the_page_shows(boot):
    numbers = boot.numbers[1:5]
    shown = [tuple(int(word, 16) for word in found) for found in re.findall(
        r"^shows ([0-9a-f]+) ([0-9a-f]+) beside ([0-9a-f]+)", boot.serial, re.MULTILINE)]
    need(len(shown) == len(ORDER) + 1, "page: not seen", "the page to be looked at after each change", "it was not")
    before = 0
    for next_one, (first, last, beside) in zip(ORDER, shown[1:]):
        need(beside == numbers[3], "page: beside", "the page after it to show what it showed", "it shows something else")
        need((first, last) != (numbers[before], ~numbers[before] & 0xFFFFFFFF), "page: old",
             "the page to show the new frame", "it shows the old one")
        need((first, last) == (numbers[next_one], ~numbers[next_one] & 0xFFFFFFFF), "page: neither",
             "the page to show the new frame", "it shows neither that nor the old one")
        before = next_one
    need("replaced wrong" not in boot.serial, "result: frame", "the function to return the frame that was shown before",
         "it returns another")
    need("written elsewhere" not in boot.serial, "page: written elsewhere", "a write to the page to arrive in the new frame",
         "it has gone elsewhere")
    entries = re.findall(r"^entry (\d)", boot.serial, re.MULTILINE)
    need(set(entries) == {"3"}, "rights: entry", "an entry that is present, writable and for the kernel only",
         f"its low three bits are {', '.join(sorted(set(entries)))}")
    need("used 2" in boot.serial, "page: others", "two pages to be mapped there, as before", "there are more or fewer")
