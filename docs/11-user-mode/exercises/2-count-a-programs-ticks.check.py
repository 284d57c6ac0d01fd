# What exercise 11.2 asks for: one line a process, behind the line of its end, with a number that can be true.
import re
import struct

from course.checks import Failed, need, symbol


def check_lines(boot):
    numbers = {}
    for number, name in enumerate(("witness", "short", "long", "cli", "waiting"), 1):
        place = rf"process {number} \({name}\)"
        found = re.findall(rf"^\[info \] {place}: (?:exited|killed).*\n\[info \] {place}: ran for (\S+) ticks$", boot.serial, re.MULTILINE)
        if len(found) != 1 or len(re.findall(rf"{place}: ran for", boot.serial)) != 1:
            raise Failed(f"ticks: {name}", f"one line about {name}'s ticks, just behind the line of its end", "it is not there")
        if not found[0].isdigit():
            raise Failed("ticks: number", "a decimal number of ticks", f"it is {found[0]!r}")
        numbers[name] = int(found[0])
    short, long = numbers["short"], numbers["long"]
    total = struct.unpack("<I", boot.virtual(symbol(boot, "kernel::pit::tick_count"), 4))[0]
    # Time follows the executed instructions here: the numbers are as exact as a clock is that is read twice, but for up to two
    # ticks that it takes to start a program, which count four times in `short`.
    need(short >= 10 and abs(long - 4 * short) <= 8 and numbers["cli"] <= 1 and sum(numbers.values()) <= total,
         "ticks: number", f"numbers that fit the programs: the long one counts to four times as much; {total} ticks since boot",
         f"short {short}, long {long}, cli {numbers['cli']}")
    need(numbers["waiting"] <= 2, "ticks: waiting", "a program that sleeps to use no ticks", f"it has {numbers['waiting']}")
