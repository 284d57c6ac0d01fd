#!/usr/bin/python3
"""The program of `make bench`, on this machine's Linux; and what it costs there and elsewhere: `make bench-linux`.

One file, build/programs/bench/bench-elf.elf, runs on both. Of what it does on this machine only the results count: each
operation must have done what it says. Its times here depend on the machine and are not looked at. Then follows a table:
what the operations cost on Trapgate, in executed instructions, measured now; and beside it what tests/bench_peers.txt has
recorded of other kernels. The last line counts the operations, and a bad end of the program as one more that failed.
"""

import errno
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import bench

PEERS = Path(__file__).parent / "bench_peers.txt"
KERNELS = ("xv6", "Linux 6.1", "Fiwix 1.7")


def peers():
    """Row's name: its figures in KERNELS, or "-"."""
    rows = [line.split() for line in PEERS.read_text().splitlines() if line and not line.startswith("#")]
    return {name: figures for name, *figures in rows}


def results_here():
    """What the program prints on this machine, and its exit status. OSError, ENOEXEC, where i386 programs do not run."""
    with tempfile.TemporaryDirectory(prefix="trapgate-bench-", dir=bench.ROOT / "build") as folder:
        os.mkdir(f"{folder}/bin")
        shutil.copy(bench.ROOT / "build/programs/bin/true.elf", f"{folder}/bin/true")
        done = subprocess.run([bench.BENCH], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=bench.LIMIT)
        return done.stdout.replace("\0", ""), done.returncode


def print_table():
    recorded = peers()
    print(f"{'instructions':52} {'Trapgate':>10}" + "".join(f" {kernel:>10}" for kernel in KERNELS))
    for row, figure in bench.instructions().items():
        if str(row) in recorded:
            print(f"{row.meaning:52} {row.cost(figure):10}" + "".join(f" {other:>10}" for other in recorded[str(row)]))
    print(f"The other kernels' figures were recorded, as {PEERS.relative_to(bench.ROOT)} says.\n")


def check_results():
    """Prints how many operations did their work here. Returns whether all did."""
    try:
        output, status = results_here()
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
        print(f"this machine does not run i386 programs: {error}")
        print(f"0 passed, 0 failed, {len(bench.OPERATIONS)} skipped")
        return True
    good = [row for row in bench.OPERATIONS if re.search(rf"^bench: {row.name} {row.size} mean ", output, re.MULTILINE)
            and f"bench: {row.name} {row.size}: " not in output]
    failed = len(bench.OPERATIONS) - len(good)
    if status != 0:
        print(f"{output}bench ended with status {status}")
        failed = failed or 1
    print(f"{len(good)} passed, {failed} failed, 0 skipped")
    return failed == 0


if __name__ == "__main__":
    print_table()
    sys.exit(0 if check_results() else 1)
