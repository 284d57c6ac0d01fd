"""A make that is run below our own make."""

import os
from typing import Dict

# What an outer `make test WERROR=1` leaves in the environment: warnings are errors in its own build only.
OUTER = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES", "WERROR")
ENGLISH = {"LC_ALL": "C.UTF-8"}  # what compilers say is read


def environment() -> Dict[str, str]:
    """Without the outer one's options."""
    return {**{name: value for name, value in os.environ.items() if name not in (*OUTER, "LANGUAGE")}, **ENGLISH}
