"""What a unit-tested function calls: on the host it could reach all of the C library, the kernel has none of it."""

from __future__ import annotations

import functools
import re
import subprocess
from pathlib import Path
from typing import Iterable, List, Optional, Set

from machine.confine import confined

# What the compiler itself puts in: copies, checks, and what a thrown exception needs.
COMPILERS = re.compile(r"mem(cpy|move|set|cmp|chr)|strlen|__(asan|ubsan|stack_chk|cxa|gxx_personality|tls_get)\w*|_Unwind_\w+|"
                       r"_Zn[aw]\w+|_Zd[al]\w+|_ZSt\d+__throw\w+|_GLOBAL_OFFSET_TABLE_|DW\.ref\.\w+|__dso_handle|_ZT[VI]\w+")


def _symbols(files: Iterable[Path], *options: str) -> List[str]:
    files = sorted(files)
    done = subprocess.run(confined(["nm", "-P", *options, *files], files), stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, timeout=60)
    return [line.split()[0] for line in done.stdout.splitlines() if len(line.split()) > 1]


@functools.lru_cache(maxsize=None)
def _known(reference: Path) -> Set[str]:
    """All that the course's own objects have or ask for, but for the one that works on the host's files."""
    folder = reference / "build/host"
    units = [one for one in folder.glob("tests/unit/*.o") if one.name != "host_files.cpp.o"]
    return set(_symbols([*folder.glob("kernel/**/*.o"), *units]))


def call(tree: Path, reference: Path, names: Iterable[str], units: Iterable[str]) -> Optional[str]:
    """The name of something outside of the kernel that these files use in their unit tests, or None."""
    objects = [tree / f"build/host/{name}.o" for name in names] + [tree / f"build/host/tests/unit/{unit}_test.cpp.o"
                                                                   for unit in units if unit != "hidden"]
    for symbol in _symbols([file for file in objects if file.is_file()], "-u"):
        if symbol not in _known(reference) and not COMPILERS.fullmatch(symbol):
            return symbol
    return None
