"""The corner of the screen after each of many ticks, and all other cells after the last."""

import math
import re

from course.checks import need

BAR = "|/-\\"
SAMPLES = 55
LINE = re.compile(r"^tick (\d+) ([0-9a-f]{4})\r?$", re.MULTILINE)


def check_the_corner_after_each_tick(boot):
    found = [(int(tick), int(cell, 16)) for tick, cell in LINE.findall(boot.serial)]
    ticks = [tick for tick, _ in found]
    need(len(ticks) == SAMPLES and ticks == sorted(set(ticks)) and math.gcd(*ticks) == 1, "count: ticks",
         "the ticks to be counted one by one", f"after the first ones {', '.join(map(str, ticks[:3]))} were counted")
    changed = re.search(r"^changed (\d+)", boot.serial, re.MULTILINE)
    need(bool(changed) and int(changed[1]) == 0, "elsewhere: cells", "no other cell of the screen to change",
         f"{changed[1] if changed else 'unknown many'} have changed")
    before = boot.numbers[1] + 79 & 0xFFFF  # what the grader's kernel has put there
    need(found[0][1] != before, "corner: untouched", "the first tick to write to the last cell of the first row",
         "it did not")
    for tick, cell in found:
        wanted = BAR[tick // 10 % 4]
        need(cell & 0xFF == ord(wanted), "corner: character", f"{wanted} after tick {tick}", f"the cell is {cell:#06x}")
        need(cell >> 8 == 0x1F, "corner: colour", f"the attribute 0x1f after tick {tick}", f"the cell is {cell:#06x}")
