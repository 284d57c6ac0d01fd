"""The cells of each bar, and what else has changed."""

import re

from course.checks import need

BARS = 11
LINE = re.compile(r"^bar (\d+) (\d+) (\d+) changed (\d+) cells((?: \d+x[0-9a-f]{4})*)\r?$", re.MULTILINE)


def check_the_bars(boot):
    found = LINE.findall(boot.serial)
    need(len(found) == BARS, "bar: not called", f"{BARS} bars", f"there are {len(found)}")
    for row, done, everything, changed, runs in found:
        what = f"{done} of {everything} in row {row}"
        cells = [int(cell, 16) for count, cell in re.findall(r"(\d+)x([0-9a-f]{4})", runs) for _ in range(int(count))]
        halves = int(done) * 160 // int(everything) if int(everything) else 0
        wanted = [0x0ADB] * (halves // 2) + [0x0ADD] * (halves % 2)
        wanted += [0x08B0] * (80 - len(wanted))
        need(changed == "0", "bar: elsewhere", f"no other row to change, at {what}", f"{changed} cells of others have changed")
        for column, (want, have) in enumerate(zip(wanted, cells)):
            symptom = "bar: colour" if want & 0xFF == have & 0xFF else "bar: cells"
            need(want == have, symptom, f"{want:#06x} in column {column}, at {what}", f"it is {have:#06x}")
