"""The lines of each piece, compared with what they must be."""

import re

from course.checks import need

PIECES = 10


def memory(numbers):
    """What the grader's kernel has put there."""
    number, found = numbers[1], bytearray(range(256))
    for index in range(320):
        number = (number * 1664525 + 1013904223) % (1 << 32)
        if index >= 256:
            found.append(number >> 24)
    return bytes(found)


def lines_of(address, data):
    for begin in range(0, len(data), 16):
        line = data[begin : begin + 16]
        digits = [f"{byte:02x}" for byte in line] + ["  "] * (16 - len(line))
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in line)
        yield f"{address + begin:08x}  {' '.join(digits[:8])}  {' '.join(digits[8:])}  |{text}|"


def part(line):
    """Its address, its bytes without blanks, and its text."""
    found = re.fullmatch(r"(\S*)((?: *[0-9a-f]{1,8}(?= ))*) *\|(.*)\|", line)
    return (found[1], found[2].split(), found[3]) if found else ("", [], "")


def check_the_lines(boot):
    parts = re.split(r"^piece (\d+) (\d+) (\d+)\n", boot.serial.replace("\r", ""), flags=re.MULTILINE)[1:]
    need(len(parts) == 4 * PIECES, "lines: not called", f"{PIECES} pieces", f"there are {len(parts) // 4}")
    for address, begin, size, text in zip(*[iter(parts)] * 4):
        data = memory(boot.numbers)[int(begin) : int(begin) + int(size)]
        wanted = list(lines_of(int(address), data))
        found = [line for line in text.split("\n")[:-1] if not line.startswith("done ")]
        for want, have in zip(wanted, found):
            if want == have:
                continue
            (at, digits, shown), (at_found, digits_found, shown_found) = part(want), part(have)
            what = ("address" if at != at_found else "text" if digits == digits_found and shown != shown_found else
                    "columns" if [one.zfill(2) for one in digits_found] == digits else "bytes")
            need(False, f"dump: {what}", f"`{want}`", f"it is `{have}`")
        need(len(wanted) == len(found), "dump: lines", f"{len(wanted)} lines for {size} bytes", f"there are {len(found)}")
