#!/usr/bin/env python3
"""Makes the symbol table that the kernel's reports read (chapter 5): names of functions and variables, and source lines.

    symbols.py FILE.elf TABLE        reads the debugging information of an ELF file, by nm and objdump
    symbols.py FILE.elf --append TO  the same, appended to a program's file with a trailer that says so

The table, little-endian, as kernel/diagnosis/symbols.hpp reads it:
    magic, function count, line count, file count, bytes of names      5 words
    functions and variables, by address: address, offset of the name   2 words each
    lines, by address: address, file index (16 bits), line (16 bits)   2 words each
    files: offset of the name                                          1 word each
    names, each ending in NUL
"""
import os
import re
import struct
import subprocess
import sys

MAGIC = 0x31534754  # "TGS1"
CROSS = os.environ.get("CROSS", "i686-linux-gnu-")


def tool(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def short_name(name):
    """`kernel::(anonymous namespace)::walk(PageTable const&)` -> `walk`: no parameters, no `kernel::`; and what a template is
    for by its last two names, `Unpack<&kernel::system_call::calls::read>` -> `Unpack<calls::read>`."""
    name = name.replace("(anonymous namespace)::", "")
    name = re.sub(r"\[abi:\w+\]| \[clone [^\]]*\]", "", name).removesuffix(" const")
    depth = 0
    for position, character in enumerate(name):  # the parameter list starts at the first ( outside of <>
        depth += {"<": 1, ">": -1}.get(character, 0)
        if character == "(" and depth == 0 and position > 0:
            name = name[:position]
            break
    table = "vtable for " if name.startswith("vtable for ") else ""
    name = name.split(" ")[-1] if "operator" not in name else name  # without the return type of a template
    name = re.sub(r"(?<=[<, ])&?(?:\w+::)+(\w+::\w+)", r"\1", name)
    return table + name.removeprefix("kernel::")


def text_ends(elf):
    """Where the sections with code end: after them there is no function."""
    for line in tool(CROSS + "objdump", "-h", "-w", elf).splitlines():
        match = re.match(r" *\d+ \S+ +([0-9a-f]+) +([0-9a-f]+) .*\bCODE\b", line)
        if match:
            yield int(match[1], 16) + int(match[2], 16)


def functions(elf):
    """(address, name) of all code and all variables, sorted; one name an address. No name: nothing known from there on."""
    found, ends = {}, set(text_ends(elf))
    for line in tool(CROSS + "nm", "-C", "-S", "--defined-only", elf).splitlines():
        match = re.match(r"([0-9a-f]+) (?:([0-9a-f]+) )?([tTwWbBdDrRuvV]) (.*)", line)
        if not match or "." in match[4].split("(")[0].split("<")[0]:  # a name with a dot is a local label
            continue
        address, size, kind, name = int(match[1], 16), int(match[2] or "0", 16), match[3], match[4]
        if kind in "tTwW":
            found.setdefault(address, short_name(name))
        elif size:  # a variable; what has no size is a label of the linker script or of assembly
            found.setdefault(address, short_name(name))
            ends.add(address + size)
    for end in ends:
        found.setdefault(end, "")
    return sorted(found.items())


def compiled_files(elf):
    """The names under which the compilers were given the source files, by their last component."""
    names = re.findall(r"DW_AT_name +: .*?(\S+\.(?:asm|c|cpp))$", tool(CROSS + "objdump", "-Wi", "--dwarf-depth=1", elf), re.MULTILINE)
    return {os.path.basename(name): name for name in names}


def full_name(name, sources):
    """objdump leaves out the folder of a unit's own file: `main.cpp` -> `kernel/main.cpp`. Of a header that the compiler
    brought, what an #include of it says is enough: `/usr/include/c++/12/bits/move.h` -> `c++/12/bits/move.h`."""
    name = re.sub("^/.*/include/", "", name.removeprefix("./"))
    return name if "/" in name else sources.get(name, name)


def lines(elf):
    """(address, file, line) for each address at which another source line begins, sorted."""
    rows = {}
    file = None
    sources = compiled_files(elf)
    known = {}  # full names
    for text in tool(CROSS + "objdump", "-WL", elf).splitlines():
        words = text.split()  # 100,000 rows: not a regular expression for each
        if len(words) <= 2 and text.endswith(":"):
            name = words[-1][:-1]
            file = known[name] = known.get(name) or full_name(name, sources)
        elif file and len(words) > 2 and (words[1] == "-" or words[1].isdigit()):
            rows[int(words[2], 16)] = None if words[1] == "-" else (file, int(words[1]))
    merged = []
    for address, place in sorted(rows.items()):
        if not merged or merged[-1][1] != place:
            merged.append((address, place))
    return [(address, *(place or ("", 0))) for address, place in merged]


def table(elf):
    names = bytearray()
    offsets = {}

    def name_offset(name):
        if name not in offsets:
            offsets[name] = len(names)
            names.extend(name.encode() + b"\0")
        return offsets[name]

    function_rows = [struct.pack("<II", address, name_offset(name)) for address, name in functions(elf)]
    line_rows = lines(elf)
    files = sorted({file for _, file, _ in line_rows})
    line_words = [struct.pack("<IHH", address, files.index(file), min(line, 0xFFFF)) for address, file, line in line_rows]
    file_words = [struct.pack("<I", name_offset(file)) for file in files]
    header = struct.pack("<IIIII", MAGIC, len(function_rows), len(line_words), len(file_words), len(names))
    return header + b"".join(function_rows + line_words + file_words) + bytes(names)


def main():
    if len(sys.argv) == 3:
        with open(sys.argv[2], "wb") as output:
            output.write(table(sys.argv[1]))
    elif len(sys.argv) == 4 and sys.argv[2] == "--append":
        content = table(sys.argv[1])
        with open(sys.argv[3], "ab") as output:
            output.write(content + struct.pack("<II", len(content), MAGIC))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
