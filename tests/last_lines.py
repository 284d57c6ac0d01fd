#!/usr/bin/python3
"""Looks whether the last lines of a run without a terminal are always there: many runs of a kernel that prints and powers off,
two at a time, in each emulator. Their whole output must be the same, to the byte.

    nice /usr/bin/python3 tests/last_lines.py --times 200
"""

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "iso"))

from machine.base import Module  # noqa: E402
from machine.minimal_iso import make_iso  # noqa: E402

FIRST = b"[info ] frames:"
LIMIT = 600  # seconds for one run


def output_of(emulator: str, iso: Path) -> bytes:
    """From the kernel's first line on."""
    command = [sys.executable, "-m", "machine.run", emulator, "--iso", iso, "--display", "none"]
    done = subprocess.run(command, cwd=ROOT / "iso", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=LIMIT)
    return done.stdout[done.stdout.find(FIRST) :]


def main() -> int:
    parser = argparse.ArgumentParser(description="Are the last lines of a run always there?")
    parser.add_argument("--times", type=int, default=200, help="runs in each emulator")
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time")
    arguments = parser.parse_args()
    program = Module(ROOT / "build/programs/hello.bin", "hello")
    missing = 0
    with tempfile.TemporaryDirectory(prefix="trapgate-") as folder, ThreadPoolExecutor(arguments.jobs) as pool:
        iso = Path(folder, "last-lines.iso")
        make_iso(iso, Path(folder, "iso"), ROOT / "build/kernel.elf", [program], "poweroff")
        for emulator, end in (("qemu", b"-- powered off with status 0\n"), ("bochs", b"-- powered off\n")):
            right = b"[info ] power: off\r\n" + end + b"-- process 1 exited with status 0\n"
            outputs = Counter(pool.map(lambda _: output_of(emulator, iso), range(arguments.times)))
            whole, count = outputs.most_common(1)[0]
            good = count if whole.endswith(right) else 0
            missing += arguments.times - good
            print(f"{emulator}: {good} of {arguments.times} runs printed all", flush=True)
            for other in outputs:
                if other != whole or not good:
                    print(f"    {outputs[other]} of them ended in {other[-200:]!r}", flush=True)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
