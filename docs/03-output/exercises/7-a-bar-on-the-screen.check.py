"""The cells of each bar, and what else has changed."""

import re

from course.checks import need


def wanted_bars(numbers):
    """Row, done and all, in the order in which the grader's main draws them."""
    everything = 1000 + numbers[2] % 9_000_000
    return [(0, 0, 10), (24, 10, 10), (7, 0, 0), (3, 1, 160), (3, 159, 160), (4, 1, 161), (5, 3, 7),
            (1, 1 + numbers[3] % everything, everything), (12, everything - 1, everything), (23, 5_031_250, 10_000_000),
            (2, 9_999_999, 10_000_000)]


# Short numbers: another's line on the console could name more cells than there is memory for.
LINE = re.compile(r"^bar (\d{1,2}) (\d{1,8}) (\d{1,8}) changed (\d{1,4}) cells((?: \d{1,2}x[0-9a-f]{4})*)\r?$", re.MULTILINE)


def check_the_bars(boot):
    found = LINE.findall(boot.serial)
    bars = wanted_bars(boot.numbers)
    need([tuple(map(int, one[:3])) for one in found] == bars, "bar: not called", f"{len(bars)} bars, with these numbers",
         f"there are {len(found)}, or others")
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
