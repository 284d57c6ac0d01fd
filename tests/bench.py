#!/usr/bin/python3
"""What things cost: executed instructions under QEMU's -icount, sizes, and the time of a build: `make bench`.

With `-icount shift=0` the guest's time-stamp counter counts executed instructions, so these figures repeat exactly,
whatever else the machine is doing. Some have a target, which they are not to exceed. That is a goal: a row that is over
it says so, and by how much, and does not fail the run. `--json FILE` writes them to a file as well; `--no-build` leaves
the builds out, which are measured in seconds and do depend on the machine. `--profile NAME` tells instead which functions of the kernel execute
the instructions of one operation: `make bench PROFILE=fork`.
"""

import argparse
import bisect
import collections
import dataclasses
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Optional

from count_lines import count
from machine import Ending, Qemu
from machine import version_differences as versions
from machine.symbols import place_in_file, symbol, symbols

ROOT = Path(__file__).resolve().parent.parent
KERNEL = ROOT / "build/kernel.elf"
BENCH = ROOT / "build/programs/bench/bench-elf.elf"
INITRD = ROOT / "build/initrd.tar"
LIMIT = 300  # seconds


@dataclasses.dataclass(frozen=True)
class Row:
    """What programs/bench prints as NAME SIZE, or what lies between its runs."""

    name: str
    size: int
    meaning: str
    target: Optional[int] = None  # not to exceed

    def __str__(self):
        return f"{self.name}-{self.size}" if self.size else self.name

    def cost(self, figure):
        """What is compared, with the target and with other kernels: the least, but for turns, which are not all alike."""
        return figure["mean" if self.name == "pipe-turns" else "min"]


ROWS = [
    Row("getpid", 0, "null system call: getpid by int 0x80", 60),
    Row("write-null", 0, "write of 1 NUL byte, which the console drops"),
    Row("read", 1, "read 1 byte of a file", 220),
    Row("read", 4096, "read 4096 bytes of a file", 1_250),
    Row("open", 10, "open a file, close it", 1_500),
    Row("create", 10, "create a file, close it, remove it"),
    Row("pipe", 1, "pipe: write 1 byte, read it", 450),
    Row("pipe", 512, "pipe: write 512 bytes, read them", 768),
    Row("pipe", 4096, "pipe: write 4096 bytes, read them", 3_277),
    Row("pipe-turns", 0, "pipe: a byte to another process and back (mean)", 1_300),
    Row("fork", 0, "fork, exit of the child, wait", 12_000),
    Row("fork-exec", 0, "fork, execve of bin/true, exit, wait", 30_000),
    Row("vfork-exec", 0, "vfork, execve of bin/true, exit, wait"),
    Row("fork", 1024, "fork, exit, wait, with a heap of 4 MiB", 25_000),
    Row("fork-write", 1024, "fork, child writes to 1,024 pages, exit, wait", 1_300_000),
    Row("touch", 0, "first touch of a page", 1_250),
    Row("map", 1, "mmap of one page, its first touch, munmap"),
    Row("yield", 2, "sched_yield, per switch, 2 processes", 200),
    Row("yield", 16, "sched_yield, per switch, 16 processes", 200),
    Row("yield", 60, "sched_yield, per switch, 60 processes", 200),
    Row("yield", 500, "sched_yield, per switch, 500 processes", 200),
    Row("process", 0, "end of a process and creation of the next"),
    Row("boot", 0, "boot: kernel_main to the first user instruction", 1_000_000),
]
# What the bench program does: the other two lie around its runs.
OPERATIONS = [row for row in ROWS if row.name not in ("process", "boot")]


def time_stamp(line):
    return int(line[1]) << 32 | int(line[2])


def machine_with(kernel, runs=("",), memory=64):
    """Boots with the root file system, and runs the bench program with each of these arguments, one after the other."""
    modules = [(INITRD, "initrd.tar"), *((BENCH, f"bench {run}".strip()) for run in runs)]
    return Qemu(kernel=kernel, modules=modules, append="log=warn", memory=memory, cpu="qemu32", icount=0)


def time_at_entry(**options):
    """The time-stamp counter at the first instruction of kernel_main: as each boot is like the others up to there, it is
    read by a copy of the kernel that does nothing else."""
    read_and_stay = b"\x0f\x31\xeb\xfe"  # rdtsc; jmp $
    entry = symbol(KERNEL, "kernel_main")
    place = place_in_file(KERNEL, entry)
    elf = bytearray(KERNEL.read_bytes())
    elf[place : place + len(read_and_stay)] = read_and_stay
    with tempfile.NamedTemporaryFile(prefix="trapgate-bench-", suffix=".elf") as kernel:
        kernel.write(elf)
        kernel.flush()
        with machine_with(kernel.name, **options) as machine:
            end = machine.wait_for_end(LIMIT)
            registers = machine.registers()
    assert end.ending is Ending.HANG and registers.eip == entry + 2, end
    return registers.edx << 32 | registers.eax


def figures_in(text):
    """By name and size: what the bench program prints. AssertionError, with its words, if something was not as it should be."""
    assert "checks failed" not in text, text
    return {(name, int(size)): {"mean": int(mean), "min": int(least)}
            for name, size, mean, least in re.findall(r"bench: (\S+) (\d+) mean (\d+) min (\d+)", text)}


def output_of(runs, **options):
    """What the kernel and the bench program print."""
    with machine_with(KERNEL, runs, **options) as machine:
        for _ in runs:
            machine.wait_for(r"bench: end-tsc +\d+ \d+", LIMIT)
    return machine.serial


def boot_of(text, **options):
    """Instructions from kernel_main to the first of the first program, which has printed this."""
    return time_stamp(re.search(r"bench: start-tsc +(\d+) (\d+)", text)) - time_at_entry(**options)


def instructions():
    """What the bench program prints, and what lies between its runs."""
    text = output_of(("", "getpid 1"))
    figures = figures_in(text.partition("bench: start-tsc")[0])
    starts = [time_stamp(match) for match in re.finditer(r"bench: start-tsc +(\d+) (\d+)", text)]
    ends = [time_stamp(match) for match in re.finditer(r"bench: end-tsc +(\d+) (\d+)", text)]
    for name, value in (("process", starts[1] - ends[0]), ("boot", boot_of(text))):
        figures[name, 0] = {"mean": value, "min": value}
    return {row: figures[row.name, row.size] for row in ROWS}


def executed(name, times, functions):
    """How many instructions each of the kernel's functions executes in a boot whose only program does one thing so many times."""
    usage = versions.told_by(versions.QEMU, "-help")
    command = [versions.QEMU, *versions.qemu_one_by_one(usage), "-icount", "shift=0,sleep=off", "-cpu", "qemu32", "-m", "64",
               "-nic", "none", "-display", "none", "-serial", "null", "-no-reboot",
               "-kernel", KERNEL, "-initrd", f"{INITRD},{BENCH} {name} {times}", "-append", "log=warn poweroff",
               "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
               "-d", "exec,nochain", "-dfilter", f"{functions[0].address:#x}..{functions[-1].address:#x}",
               "-D", "/dev/stdout"]  # fmt: skip
    counts = collections.Counter()
    addresses = [function.address for function in functions]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as qemu:
        for line in qemu.stdout:  # Trace 0: 0x7f0a4c000100 [00000000/c0100000/00000010/ff000200]
            if trace := re.match(r"Trace \d+: \S+ \[[0-9a-f]+/([0-9a-f]+)/", line):
                counts[functions[bisect.bisect(addresses, int(trace[1], 16)) - 1].name] += 1
    if qemu.returncode != 1 or not counts:  # isa-debug-exit makes (0 << 1) | 1 of the status 0
        count = sum(counts.values())
        sys.exit(f"bench: {versions.QEMU} ended with status {qemu.returncode}, after {count} instructions of the kernel")
    return counts


def print_profile(name):
    """Twenty times minus ten times, so that what is done once is not in it."""
    begin = symbol(KERNEL, "kernel_text_begin")
    code = [one for one in symbols(KERNEL, demangled=True) if one.kind in "tTwW" and one.address >= begin]
    code.sort(key=lambda one: one.address)
    ten, twenty = (executed(name, times, code) for times in (10, 20))
    rows = [((count - ten[function]) / 10, function) for function, count in twenty.items()]
    print(f"{sum(mean for mean, _ in rows):8.0f} in the kernel: {next(row.meaning for row in ROWS if row.name == name)}")
    for mean, function in sorted(rows, reverse=True):
        if mean >= 1:
            print(f"{mean:8.0f} {function.replace('(anonymous namespace)::', '').replace('kernel::', '')[:110]}")


def sizes():
    listing = subprocess.run(["size", "-A", KERNEL], check=True, capture_output=True, text=True).stdout
    return {"kernel text, bytes": int(re.search(r"^\.text +(\d+)", listing, re.MULTILINE)[1]),
            "ISO, bytes": (ROOT / "build/trapgate.iso").stat().st_size}


def build_seconds():
    """From clean, and after touching one file, in a copy of the tree."""
    with tempfile.TemporaryDirectory(prefix="trapgate-bench-") as folder:
        copy = Path(folder) / "tree"
        subprocess.run(["git", "clone", "-q", ROOT, copy], check=True)

        def make(target):
            start = time.monotonic()
            subprocess.run(["make", "-j2", target], cwd=copy, check=True, stdout=subprocess.DEVNULL)
            return round(time.monotonic() - start, 1)

        clean = make("all")
        (copy / "kernel/cpu/gdt.cpp").touch()
        return {"clean build, seconds": clean, "one file touched, to kernel.elf, seconds": make("build/kernel.elf")}


def print_instructions(figures):
    """The table, with a mark at each row that is over its target, and how many those are."""
    print(f"{'instructions':52} {'mean':>9} {'min':>9} {'target':>9}")
    over = {row: row.cost(figure) - row.target for row, figure in figures.items() if row.target and row.cost(figure) > row.target}
    for row, figure in figures.items():
        mark = f" over by {over[row]}" if row in over else ""
        print(f"{row.meaning:52} {figure['mean']:9} {figure['min']:9} {row.target or '':>9}{mark}")
    targets = sum(row.target is not None for row in figures)
    print(f"{len(over)} of {targets} targets are exceeded: they are goals, and do not fail this run")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--no-build", action="store_true")
    parser.add_argument("--profile", metavar="NAME", choices=sorted({row.name for row in OPERATIONS}))
    arguments = parser.parse_args()
    if arguments.profile:
        print_profile(arguments.profile)
        return

    figures = instructions()
    print_instructions(figures)
    result = {"instructions": {str(row): figure for row, figure in figures.items()}, "sizes": sizes(), "lines": count()}
    for name, value in result["sizes"].items():
        print(f"{name:52} {value:9}")
    for name, value in result["lines"].items():
        print(f"{'lines of code, ' + name:52} {value:9}")
    if not arguments.no_build:
        result["build"] = build_seconds()
        for name, value in result["build"].items():
            print(f"{name:52} {value:9}")
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
