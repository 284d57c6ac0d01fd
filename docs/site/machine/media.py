#!/usr/bin/python3
"""Puts what the pages' machines need beside the pages: Bochs, the chapters' ISOs and symbols, the BIOS images.

    media.py BUILT OUT      BUILT: where build.sh has left bochs.js and bochs.wasm

All but scripts is packed: a static host need not do it.
"""

from __future__ import annotations

import gzip
import re
import shutil
import sys
import tempfile
from pathlib import Path

from machine import bochs, chapters
from machine.symbols import addresses

HERE = Path(__file__).resolve().parent
SCRIPTS = ("worker.js", "decode.js", "delta.js", "machine.js", "predict.js", "progress.js")
ENDS = re.compile(r"\w+_end")  # names of the linker and the boot code: what lies there is another thing, or nothing
LIMIT = 1_500_000  # bytes that a reader fetches for a machine


def pack(source: Path, target: Path) -> int:
    """Writes target.gz if it holds something else; its size."""
    packed = target.with_name(target.name + ".gz")
    content = source.read_bytes()
    if not packed.exists() or gzip.decompress(packed.read_bytes()) != content:
        packed.write_bytes(gzip.compress(content, 9, mtime=0))
    return packed.stat().st_size


def write_named_symbols(kernel: Path, file: Path) -> None:
    """The symbols as Bochs' debugger reads them, and after each the name as in C++: worker.js takes them apart."""
    bochs.write_symbols(kernel, file)
    names = {address: name.removeprefix("kernel::") for name, address in addresses(kernel).items() if not ENDS.fullmatch(name)}
    lines = file.read_text().splitlines()
    file.write_text("".join(f"{line} {names.get(int(line[:8], 16), '')}\n" for line in lines))


def main(built: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name in SCRIPTS:
        shutil.copyfile(HERE / name, out / name)
    shutil.copyfile(built / "bochs.js", out / "bochs.js")
    images = {"bios": bochs.bios_image(), "vgabios": bochs.find_image(bochs.VGA_IMAGES)}
    if None in images.values():
        sys.exit("media: no BIOS for Bochs: `make doctor` says which packages have it")
    common = (out / "bochs.js").stat().st_size + pack(built / "bochs.wasm", out / "bochs.wasm")
    common += sum(pack(source, out / name) for name, source in images.items())
    largest = 0
    with tempfile.TemporaryDirectory(prefix="trapgate-") as folder:
        for chapter in chapters.chapters():
            symbols = Path(folder, "symbols")
            write_named_symbols(chapter.kernel, symbols)
            sizes = pack(chapter.iso(), out / f"{chapter.number:02}.iso"), pack(symbols, out / f"{chapter.number:02}.sym")
            largest = max(largest, *sizes, sum(sizes))
    print(f"  A machine is {(common + largest) / 1e6:.2f} MB to fetch at most")
    if common + largest > LIMIT:
        sys.exit(f"media: more than {LIMIT / 1e6} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
