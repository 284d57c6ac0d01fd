"""What a unit-tested function calls: on the host it could reach all of the C library, the kernel has none of it."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Iterable, Optional, Set

from machine.symbols import symbols_of

# What the compiler itself puts in: copies, checks, and what a thrown exception needs.
COMPILERS = re.compile(r"mem(cpy|move|set|cmp|chr)|strlen|__(asan|ubsan|stack_chk|cxa|gxx_personality|tls_get)\w*|_Unwind_\w+|"
                       r"_Zn[aw]\w+|_Zd[al]\w+|_ZSt\d+__throw\w+|_GLOBAL_OFFSET_TABLE_|DW\.ref\.\w+|__dso_handle|_ZT[VI]\w+")


@functools.lru_cache(maxsize=None)
def _known(reference: Path) -> Set[str]:
    """All that the course's own objects have or ask for, but for those that work on the host's files and terminals, and for
    the tests' main function, which reads the witness."""
    folder = reference / "build/host"
    units = [one for one in folder.glob("tests/unit/*.o") if not one.name.startswith(("host_", "main."))]
    return {one.name for one in symbols_of([*folder.glob("kernel/**/*.o"), *units], cross="")}


def call(tree: Path, reference: Path, names: Iterable[str], units: Iterable[str]) -> Optional[str]:
    """The name of something outside of the kernel that these files use in their unit tests, or None."""
    objects = [tree / f"build/host/{name}.o" for name in names] + [tree / f"build/host/tests/unit/{unit}_test.cpp.o"
                                                                   for unit in units if unit != "hidden"]
    for symbol in symbols_of([file for file in objects if file.is_file()], cross=""):
        if symbol.is_foreign and symbol.name not in _known(reference) and not COMPILERS.fullmatch(symbol.name):
            return symbol.name
    return None
