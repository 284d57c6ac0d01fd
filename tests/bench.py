#!/usr/bin/python3
"""What things cost: executed instructions under QEMU's -icount, sizes, and the time of a build: `make bench`.

With `-icount shift=0` the guest's time-stamp counter counts executed instructions, so these figures repeat exactly,
whatever else the machine is doing. `--json FILE` writes them to a file as well; `--no-build` leaves the builds out, which
are measured in seconds and do depend on the machine.
"""

import argparse
import json
import re
import subprocess
import tempfile
import time
from pathlib import Path

from count_lines import count
from machine import Ending, Qemu
from machine.symbols import place_in_file, symbol

ROOT = Path(__file__).resolve().parent.parent
KERNEL = ROOT / "build/kernel.elf"
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
    bench = ROOT / "build/programs/bench/bench.bin"
    return Qemu(kernel=kernel, modules=[(bench, "bench"), (bench, "bench")], append="log=warn", memory=64, cpu="qemu32", icount=0)


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
    arguments = parser.parse_args()

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
