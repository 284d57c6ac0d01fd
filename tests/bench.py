#!/usr/bin/python3
"""What things cost: executed instructions under QEMU's -icount, sizes, and the time of a build: `make bench`.

With `-icount shift=0` the guest's time-stamp counter counts executed instructions, so these figures repeat exactly,
whatever else the machine is doing. `--json FILE` writes them to a file as well; `--no-build` leaves the builds out, which
are measured in seconds and do depend on the machine. `--profile NAME` tells instead which functions of the kernel execute
the instructions of one operation: `make bench PROFILE=fork`.
"""

import argparse
import bisect
import collections
import json
import re
import subprocess
import tempfile
import time
from pathlib import Path

from count_lines import count
from machine import Ending, Qemu
from machine import version_differences as versions
from machine.symbols import place_in_file, symbol, symbols

ROOT = Path(__file__).resolve().parent.parent
KERNEL = ROOT / "build/kernel.elf"
BENCH = ROOT / "build/programs/bench/bench.bin"
LIMIT = 300  # seconds

# Name in the table: what the programs print, and the figure not to exceed.
TARGETS = {"getpid": 60, "write-null": None, "page": None, "fork": 12_000, "yield": 200,
           "pipe-byte": 450, "pipe-page": 3_277, "pipe-turns": 1_300, "process": None, "boot": 1_000_000}
MEANINGS = {
    "getpid": "null system call: getpid by int 0x80",
    "write-null": "write of 1 NUL byte, which the console drops",
    "page": "one page by brk, first touched, and given back",
    "fork": "fork, exit of the child, wait",
    "yield": "sched_yield, per switch, 2 processes",
    "pipe-byte": "pipe: write 1 byte, read it",
    "pipe-page": "pipe: write 4096 bytes, read them",
    "pipe-turns": "pipe: a byte to another process and back",
    "process": "end of a process and creation of the next",
    "boot": "boot: kernel_main to the first user instruction",
}


def time_stamp(line):
    return int(line[1]) << 32 | int(line[2])


def machine_with(kernel):
    """Boots the bench program twice."""
    return Qemu(kernel=kernel, modules=[(BENCH, "bench"), (BENCH, "bench")], append="log=warn", memory=64, cpu="qemu32", icount=0)


def time_at_entry():
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
        with machine_with(kernel.name) as machine:
            end = machine.wait_for_end(LIMIT)
            registers = machine.registers()
    assert end.ending is Ending.HANG and registers.eip == entry + 2, end
    return registers.edx << 32 | registers.eax


def instructions():
    """What the bench program prints, and what lies between its runs."""
    with machine_with(KERNEL) as machine:
        for _ in range(2):
            machine.wait_for(r"bench: end-tsc +\d+ \d+", LIMIT)
    text = machine.serial
    figures = {name: {"mean": int(mean), "min": int(least)}
               for name, mean, least in re.findall(r"bench: (\S+) mean (\d+) min (\d+)", text)}
    starts = [time_stamp(match) for match in re.finditer(r"bench: start-tsc +(\d+) (\d+)", text)]
    ends = [time_stamp(match) for match in re.finditer(r"bench: end-tsc +(\d+) (\d+)", text)]
    for name, value in (("process", starts[1] - ends[0]), ("boot", starts[0] - time_at_entry())):
        figures[name] = {"mean": value, "min": value}
    return figures


def executed(name, times, functions):
    """How many instructions each of the kernel's functions executes in a boot whose only program does one thing so many times."""
    usage = versions.told_by(versions.QEMU, "-help")
    command = [versions.QEMU, *versions.qemu_one_by_one(usage), "-icount", "shift=0,sleep=off", "-cpu", "qemu32", "-m", "64",
               "-nic", "none", "-display", "none", "-serial", "null", "-no-reboot",
               "-kernel", KERNEL, "-initrd", f"{BENCH} {name} {times}", "-append", "log=warn poweroff",
               "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
               "-d", "exec,nochain", "-dfilter", f"{functions[0].address:#x}..{functions[-1].address:#x}",
               "-D", "/dev/stdout"]  # fmt: skip
    counts = collections.Counter()
    addresses = [function.address for function in functions]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as qemu:
        for line in qemu.stdout:  # Trace 0: 0x7f0a4c000100 [00000000/c0100000/00000010/ff000200]
            if trace := re.match(r"Trace \d+: \S+ \[[0-9a-f]+/([0-9a-f]+)/", line):
                counts[functions[bisect.bisect(addresses, int(trace[1], 16)) - 1].name] += 1
    return counts


def print_profile(name):
    """Twenty times minus ten times, so that what is done once is not in it."""
    begin = symbol(KERNEL, "kernel_text_begin")
    code = [one for one in symbols(KERNEL, demangled=True) if one.kind in "tTwW" and one.address >= begin]
    code.sort(key=lambda one: one.address)
    ten, twenty = (executed(name, times, code) for times in (10, 20))
    rows = [((count - ten[function]) / 10, function) for function, count in twenty.items()]
    print(f"{sum(mean for mean, _ in rows):8.0f} in the kernel: {MEANINGS[name]}")
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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--no-build", action="store_true")
    parser.add_argument("--profile", metavar="NAME", choices=[name for name in TARGETS if name not in ("process", "boot")])
    arguments = parser.parse_args()
    if arguments.profile:
        print_profile(arguments.profile)
        return

    result = {"instructions": instructions(), "sizes": sizes(), "lines": count()}
    print(f"{'instructions':52} {'mean':>9} {'min':>9} {'target':>9}")
    for name, figure in result["instructions"].items():
        print(f"{MEANINGS[name]:52} {figure['mean']:9} {figure['min']:9} {TARGETS[name] or '':>9}")
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
