"""What a unit-tested function calls: on the host it could reach all of the C library, the kernel has none of it."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Iterable, Optional, Set

from machine.symbols import symbols_of

# What the compiler itself puts in: copies, checks, static objects, and what destructors need when an exception passes by.
COMPILERS = re.compile(r"mem(cpy|move|set|cmp|chr)|strlen|__(asan|ubsan|stack_chk|gxx_personality|tls_get)\w*|_Unwind_Resume|"
                       r"__cxa_(guard_\w+|atexit|(begin|end)_catch|pure_virtual|deleted_virtual|call_\w+|throw_bad\w+)|"
                       r"_Zn[aw]\w+|_Zd[al]\w+|_ZSt\d+__throw\w+|_GLOBAL_OFFSET_TABLE_|DW\.ref\.\w+|__dso_handle|_ZT[VI](?!N5Catch)\w+")
# What the tests themselves use: it could end them, or report in their place.
TESTS_OWN = re.compile(r"\w*5Catch\w*|__cxa_(allocate_exception|throw|rethrow)|_Unwind_(?!Resume\b)\w+")


@functools.lru_cache(maxsize=None)
def _known(reference: Path) -> Set[str]:
    """All that the course's own objects have or ask for, but for those that work on the host's files and terminals, and for
    the tests' main function, which reads the witness."""
    folder = reference / "build/host"
    units = [one for one in folder.glob("tests/unit/*.o") if not one.name.startswith(("host_", "main."))]
    return {one.name for one in symbols_of([*folder.glob("kernel/**/*.o"), *units], cross="")}


def call(tree: Path, reference: Path, names: Iterable[str], units: Iterable[str]) -> Optional[str]:
    """The name of something outside of the kernel that these files use in their unit tests, or None."""
    objects = [tree / f"build/host/{name}.o" for name in names]
    tests = [tree / f"build/host/tests/unit/{unit}_test.cpp.o" for unit in units if unit != "hidden"]
    for file in filter(Path.is_file, [*objects, *tests]):
        for symbol in symbols_of([file], cross=""):
            known = symbol.name in _known(reference) or COMPILERS.fullmatch(symbol.name)
            if symbol.is_foreign and (not known or file in objects and TESTS_OWN.fullmatch(symbol.name)):
                return symbol.name
    return None
