#!/usr/bin/python3
"""Counts the lines of code in each layer, without blank lines and comments, against the budget: `make count`."""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LAYERS = ("boot", "kernel/lib", "kernel/drivers", "kernel/cpu", "kernel/diagnosis", "kernel/multiboot", "kernel/memory",
          "kernel/program", "kernel/process", "kernel/files", "kernel/syscall", "kernel/abi", "kernel/main.cpp")
BUDGET = 15750  # for all of them together: what the course does not explain does not belong in the kernel


def code_lines(path):
    """Lines with something before a comment. What begins with * is none by that: `*end++ = '/';` is code."""
    marker = ";" if path.suffix == ".asm" else "//"
    text = re.sub(r"^\s*/\*.*?\*/", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    lines = (line.strip() for line in text.splitlines())
    return sum(1 for line in lines if line and not line.startswith(marker))


def count():
    """Lines a layer, for the layers that exist."""
    result = {}
    for layer in LAYERS:
        path = ROOT / layer
        files = [path] if path.is_file() else sorted(path.glob("*.[ach]*"))
        if any(file.is_file() for file in files):
            result[layer] = sum(code_lines(file) for file in files)
    return result


def main():
    layers = count()
    total = sum(layers.values())
    if "--json" in sys.argv:
        print(json.dumps({"layers": layers, "total": total, "budget": BUDGET}))
    else:
        for layer, lines in layers.items():
            print(f"{layer:16} {lines:6}")
        print(f"{'total':16} {total:6} of {BUDGET}")
    sys.exit(total > BUDGET)


if __name__ == "__main__":
    main()
