"""Whether what a command prints now is what a document's session shows, on any machine and with any compiler.

Words, programs' registers, flags, and the fixed addresses of linker/layout.h are compared as they are. What moves with the
kernel's size or with the compiler is compared through a one-to-one mapping, kept for a whole session: one address in the
text is always the same address here, and two in the text are two here. What a compiler is free to choose (which registers
it uses in the middle of a function, the bytes of its instructions) is not compared, nor is an argument that a debugger
can't tell with one of the compilers. What the versions of emulators and debuggers print in other words is read in one form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Dict, List, Optional, Tuple

from .document import pieces
from machine.symbols import layout

LAYOUT = layout()
ARGUMENTS = 64  # bytes at the user stack's end: the kernel and the start code fill them, whatever the compiler
# Where things move, first and end. Of the image's addresses the physical and the virtual ones count as the same.
IMAGE = range(LAYOUT.KERNEL_LOAD + 1, LAYOUT.BOOT_MAP_SIZE - LAYOUT.PAGE_SIZE)  # and the modules and frames after it
ELF_PROGRAM = range(LAYOUT.ELF_BASE + 1, LAYOUT.ELF_BASE + 0x10000)
LOADER = range(0x10001, 0x11000)  # what GRUB hands over, but for its beginning
USER_CALLS = range(LAYOUT.USER_STACK_BOTTOM, LAYOUT.KERNEL_BASE - ARGUMENTS)
STEADY = ("frames", "KiB")  # of these all move by the same number
ARITHMETIC_FLAGS = 0x8D5  # of eflags
ARGUMENT, UNKNOWN = "argument", "<optimized out>"  # a kind of values; gdb's word for an argument that is nowhere
COMPILED = re.compile(r"^  at eip .*\.(?:cpp|c):\d+\)$")  # the report of a fault in compiled code begins

STOPPED = re.compile(r"reakpoint [\d.]+, .* at \S+\.(?:cpp|c):\d+$")  # gdb, at the beginning of a compiled function

Values = List[Tuple[str, object]]  # what has moved: its kind, and which


@dataclass
class Reading:
    """A line, with marks where something moves, and what stands there."""

    text: str
    values: Values


class Mapping:
    """What in the text is what here. Extended by `with_values`, it is a new one: a try may fail."""

    def __init__(self):
        self.here: Dict[Tuple[str, object], object] = {}
        self.text: Dict[Tuple[str, object], object] = {}

    def with_values(self, text: Values, here: Values) -> Optional[Mapping]:
        """With these pairs in it too; None if one contradicts another."""
        longer = Mapping()
        longer.here, longer.text = dict(self.here), dict(self.text)
        for (kind, expected), (_, actual) in zip(text, here):
            if kind == ARGUMENT:
                if UNKNOWN in (expected.text, actual.text):
                    continue
                nested = longer.with_values(expected.values, actual.values) if expected.text == actual.text else None
                if nested is None:
                    return None
                longer = nested
                continue
            if kind in STEADY:
                expected, actual = "moved by", actual - expected
            if longer.here.setdefault((kind, expected), actual) != actual:
                return None
            if longer.text.setdefault((kind, actual), expected) != expected:
                return None
        return longer

    def with_command(self, command: str) -> Mapping:
        """With what the command names: that is the same here."""
        values = read([command])[0].values
        return self.with_values(values, values) or self

    def __str__(self) -> str:
        def shown(value):
            return f"{value:#x}" if isinstance(value, int) else str(value)

        return "\n".join(f"{kind}: {shown(text)} is {shown(here)} here" for (kind, text), here in self.here.items())


def _arguments(match: re.Match, values: Values) -> str:
    """A call in gdb: its arguments in the order of their names, for compilers give them in orders of their own."""
    found = dict(one.partition("=")[::2] for one in re.split(r", (?=[\w@]+=)", match[2]))
    for name in sorted(found):
        nested: Values = []
        text = found[name].rpartition("@entry=")[2]
        for expression, act in RULES:
            text = expression.sub(lambda one: act(one, nested), text)
        values.append((ARGUMENT, Reading(text, nested)))
    return f"{match[1]}({', '.join(sorted(found))})"


def _caller(match: re.Match, values: Values) -> str:
    """Where a call in a backtrace is. A compiler may count its last instruction to a library's inline function."""
    line: Values = [(f"line of {match[2]}", int(match[3]))]
    values.append((ARGUMENT, Reading(UNKNOWN, []) if match[2].startswith("/usr/") else Reading(match[2], line)))
    return f"{match[1]} at its place"


def _offset(match: re.Match, values: Values) -> str:
    """A place in a function or an object, in Bochs: 3.1 gives all 16 digits."""
    digits = match[2].lstrip("0")
    return f"({match[1]}+{_moving(f'place in {match[1]}', digits, values) if digits else '0'}"


def key_of(address: int) -> Optional[int]:
    """What stands for an address that moves; None for one that is fixed."""
    if LAYOUT.KERNEL_BASE <= address < LAYOUT.KERNEL_BASE + LAYOUT.BOOT_MAP_SIZE:
        image = address - LAYOUT.KERNEL_BASE
        return image if image in IMAGE else None
    return address if any(address in one for one in (IMAGE, ELF_PROGRAM, LOADER, USER_CALLS)) else None


def _address(digits: str, values: Values) -> str:
    key = key_of(int(digits, 16))
    return digits if key is None else _moving("address", key, values)


def _moving(kind: str, value: object, values: Values) -> str:
    values.append((kind, value))
    return f"\0{kind}\0"


def _descriptor(match: re.Match, values: Values) -> str:
    """The two words of a segment descriptor: the base in them moves with the segment (the TSS is one)."""
    high, low = int(match["high"], 16), int(match["low"], 16)
    if key_of(high & 0xFF000000 | (high & 0xFF) << 16 | low >> 16) is None:
        return match[0]
    base = _address(f"{high & 0xFF000000 | (high & 0xFF) << 16 | low >> 16:x}", values)
    return f"{match[1]}{high & 0x00FFFF00:08x}{match[3]}{low & 0xFFFF:08x} {base}"


def _register(match: re.Match, values: Values) -> str:
    """A line of gdb's `info registers`: its decimal number is the hexadecimal one."""
    return match[0] if key_of(int(match[2], 16)) is None else match[1] + _address(match[2], values)


# Each: what is looked for, and what takes its place; in this order. Numbers are hexadecimal unless a rule says otherwise.
RULES = [
    (r"^(.*?)\((\w+=.*)\)(?= at )", _arguments),
    (r"^(#\d+ .*) at (\S+):(\d+)$", _caller),
    # Other words of Bochs 3.
    (r"^Global Descriptor Table(?= \(base=)", lambda m, v: "gdt"),
    (r"^GDT\[", lambda m, v: "gdt["),
    (r"\?\?\? descriptor hi=0x00000000, lo=0x00000000$", lambda m, v: "<null entry>"),
    (r"(target=.* DPL=\d) \(\w+\+0+\)$", lambda m, v: m[1]),
    (r"^ +(P[DT]E:)(?: 0x[0-9a-f]{16} :(?= 0x))?", lambda m, v: f" {m[1]}"),
    (r"^(CR4=0x[0-9a-f]+:).*?(?= pks )", lambda m, v: m[1]),
    (r"(\(_Z\w+\+[0-9a-f]+\):) .*", lambda m, v: f"{m[1]} INSTRUCTION"),  # of C++: which it is, the compiler chooses
    # QEMU sets RF in the eflags that a fault saves, since version 11, as Bochs does.
    (r"(\beflags 000)1(?=[0-9a-f]{4}\b)", lambda m, v: f"{m[1]}0"),
    (r"(\beflags = 0x)10*(?=[0-9a-f]{3,4}\b)", lambda m, v: m[1]),
    (r"(dh=0x|\b)(?P<high>[0-9a-f]{8})(,? +(?:dl=0x)?)(?P<low>[0-9a-f]{8})\b", _descriptor),
    # Where gdb sets a breakpoint is said once more when it is met; how many places it has differs with inlining.
    (r"([Bb]reakpoint \d+ at 0x)([0-9a-f]+)[:.].*", lambda m, v: m[1] + _moving("address", int(m[2], 16), v)),
    (r"([Bb]reakpoint \d+)\.\d+,", lambda m, v: f"{m[1]},"),
    (r"^(#\d+ +0x)([0-9a-f]+)(?= in )", lambda m, v: m[1] + _moving("address", key_of(int(m[2], 16)) or int(m[2], 16), v)),
    (r"^\d+(?=\t)", lambda m, v: "LINE"),  # a line of source text: the text is compared
    (r"([\w./+-]+\.\w+):(\d+)\b", lambda m, v: f"{m[1]}:{_moving(f'line of {m[1]}', int(m[2]), v)}"),
    (r"\bt=(\d+)", lambda m, v: "t=" + _moving("instruction count", int(m[1]), v)),
    (r"\b(ELF|flat), (\d+) bytes", lambda m, v: f"{m[1]}, {_moving('size', int(m[2]), v)} bytes"),
    (r"^ +(\d+)\t +(\d+)\t +(\d+)\t +\d+\t +[0-9a-f]+(?=\tbuild/)",  # `size`
     lambda m, v: " ".join(_moving("size", int(size), v) for size in m.groups())),
    (r"^(\d+)(?= build/)", lambda m, v: _moving("size", int(m[1]), v)),  # `wc -c`
    (r"^(  LOAD +)0x([0-9a-f]+)( .*)0x([0-9a-f]+) +0x([0-9a-f]+)( .* 0x1000)$",  # `readelf -l`
     lambda m, v: m[1] + _moving("place in the file", m[2], v) + m[3] + _moving("size", m[4], v) + _moving("size", m[5], v) + m[6]),
    (r"\b(\d+)(?= KiB free)", lambda m, v: _moving("KiB", int(m[1]), v)),
    (r"\b(\d+)(?=(?: of \d+)? frames free)", lambda m, v: _moving("frames", int(m[1]), v)),
    (r"<(.+?) ?\+ ?([0-9a-f]+)(?=>)", lambda m, v: f"<{m[1]}+" + _moving(f"place in {m[1]}", m[2], v)),  # in a function or an object
    (r"\(([^()]+)\+([0-9a-f]+)(?=\))", _offset),
    (r"^id vip .* cf$", lambda m, v: re.sub(r"\b[ozapcs]f\b", lambda flag: flag[0].lower(), m[0], flags=re.IGNORECASE)),
    (r"^eflags: (?=0x)", lambda m, v: "eflags "),  # so Bochs 3 has it
    (r" *; [0-9a-f]{2,}$", lambda m, v: ""),  # an instruction's bytes in Bochs: addresses are among them
    (r"\b(call|j\w+) \.[+-]\d+ +\(0x([0-9a-f]+)\)", lambda m, v: f"{m[1]} {_moving('address', int(m[2], 16), v)}"),  # in Bochs
    (r"^(\w+ +0x)([0-9a-f]+) +-?\d+$", _register),
    (r"^(\$\d+ = 0x)([123][0-9a-f]{2})$", lambda m, v: m[1] + _moving("address", int(m[2], 16) << 12, v)),  # a frame's number
    (r"^PTE +(\d+)(?= +at )", lambda m, v: "PTE " + _moving("table entry", int(m[1]), v)),
    (r"^( ?P[DT]E.*: 0x)([0-9a-f]+)([0-9a-f]{3})\b", lambda m, v: f"{m[1]}{_address(m[2] + '000', v)} {m[3]}"),  # the flags stay
    (r"(\t0x[0-9a-f]{2}\t0x00)\t0x(..)\t0x(..)\t0x(..)\t0x(..)$",  # limit and base of a table, in bytes
     lambda m, v: m[1] + _address(m[5] + m[4] + m[3] + m[2], v)),
    (r"\b(0x|[0-9a-f]{8}_|)(?=[0-9a-fA-F]{8}|(?<=0x))([0-9a-fA-F]{6,16})\b", lambda m, v: m[1] + _address(m[2], v)),
]  # fmt: skip
RULES = [(re.compile(expression), act) for expression, act in RULES]
# In the report of a fault in compiled code, before them.
COMPILER_CHOOSES = [
    (re.compile(r"^  code       .*"), lambda m: "  code"),
    (re.compile(r"\b(e[abcd]x|e[sd]i) [0-9a-f]{8}\b"), lambda m: m[1]),
    (re.compile(r"\beflags ([0-9a-f]{8})"), lambda m: f"eflags {int(m[1], 16) & ~ARITHMETIC_FLAGS:08x}"),
]


def read(lines: List[str]) -> List[Reading]:
    found, compiled, stopped = [], False, False
    for line in lines:
        values: Values = []
        if stopped:
            line = "the first line after the prologue, wherever that ends"
        stopped = STOPPED.search(line) is not None
        if line.startswith("  at eip "):
            compiled = COMPILED.match(line) is not None
        if compiled:
            for expression, replacement in COMPILER_CHOOSES:
                line = expression.sub(replacement, line)
        for expression, act in RULES:
            line = expression.sub(lambda match: act(match, values), line)
        found.append(Reading(line.rstrip(), values))
    return found


def masked(line: str) -> str:
    """A line without what may move."""
    return read([line])[0].text


def agreement(expected: List[str], actual: List[str], mapping: Mapping) -> Optional[Mapping]:
    """The mapping, extended, through which `actual` is `expected`, with anything where `expected` has an elision; or None."""
    return _placed([read(piece) for piece in pieces(expected)], read(actual), mapping, starts=range(1))


def _placed(wanted: List[List[Reading]], real: List[Reading], mapping: Mapping, starts: range) -> Optional[Mapping]:
    """With the pieces `wanted` in `real` in their order: the first at one of `starts`, the last at the end."""
    piece, *rest = wanted
    for start in starts if rest else [len(real) - len(piece)]:
        end = start + len(piece)
        longer = _paired(piece, real[start:end], mapping) if start in starts else None
        if longer is not None and rest:
            longer = _placed(rest, real[end:], longer, starts=range(len(real) - end + 1))
        if longer is not None:
            return longer
    return None


def _paired(piece: List[Reading], real: List[Reading], mapping: Optional[Mapping]) -> Optional[Mapping]:
    if [line.text for line in piece] != [line.text for line in real]:
        return None
    for text, here in zip(piece, real):
        mapping = mapping and mapping.with_values(text.values, here.values)
    return mapping
