#!/usr/bin/python3
"""Makes docs/reference/system-calls.md from the list of the system calls and the comments above their functions.

    reference.py           writes the page: `make reference-pages`
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/reference/system-calls.md"
HEAD = """\
# System calls

Made by `make reference-pages` from `kernel/abi/system_calls.def` and the comments in `kernel/syscall/`. Chapter 12 explains
how a call comes into the kernel.

A program calls with `int 0x80`: the number in eax, the arguments in ebx, ecx, edx, esi, edi and ebp. The result comes back in
eax. A value from -4095 to -1 is an error: the negative of a number below. All other registers keep their values. Numbers,
structures and errors are those of Linux for i386. A number without a call gives `-ENOSYS`.

## Calls

| eax | Call | What it does |
|---|---|---|
"""
ERRORS = """
## Errors

| Number | Name |
|---|---|
"""


def calls():
    """(number, name, parameters as C has them) of each system call."""
    text = (ROOT / "kernel/abi/system_calls.def").read_text()
    return [(int(number), name, re.sub(r"UserPointer<(.*?)> ", r"\1* ", parameters).replace("VirtualAddress", "void*"))
            for number, name, parameters in re.findall(r"^SYSTEM_CALL\((\d+), (\w+)(?:, )?(.*)\)", text, re.MULTILINE)]


def descriptions():
    """name: what the call does, from the comment above its function."""
    found = {}
    for file in sorted((ROOT / "kernel/syscall").glob("*_calls.cpp")):
        for comment, name in re.findall(r"((?:^///.*\n)+)(?:\[\[noreturn\]\] )?Result<std::uint32_t> (\w+)\(", file.read_text(), re.MULTILINE):
            found[name] = " ".join(line.removeprefix("///").strip() for line in comment.splitlines())
    return found


def page():
    described = descriptions()
    rows = [f"| {number} | `{name}({parameters})` | {described[name]} |\n" for number, name, parameters in calls()]
    errors = re.findall(r"^#define (E\w+) +(\d+)", (ROOT / "kernel/abi/errno.h").read_text(), re.MULTILINE)
    return HEAD + "".join(rows) + ERRORS + "".join(f"| {number} | {name} |\n" for name, number in errors)


if __name__ == "__main__":
    PAGE.write_text(page())
    print(PAGE.relative_to(ROOT))
    sys.exit(0)
