"""Whether what a command prints now is what a document's session shows, on any machine and with any compiler.

- Compared as they are: words, programs' registers, control flags, selectors, and the fixed addresses of linker/layout.h.
- Compared through a one-to-one mapping, kept for a whole session: what moves with the kernel's size or with the compiler.
  One address in the text is always the same address here, and two in the text are two here.
- Not compared: what a compiler, or the order in which frames are free, chooses without a meaning for the reader.
    - which registers a function uses, the bytes of its instructions, the arithmetic flags that they leave;
    - where a function's prologue ends; a place in a header, for it is an inline function's;
    - the address of a frame in a backtrace where one of the debuggers shows none: the function is in another one;
    - an argument that one of the debuggers can't tell, or that only one of the compilers has;
    - whether a page of the kernel's code has been executed yet: what else is in it, the linker decides;
    - where a program's break is before it asks for memory: at the end of its last page;
    - which frames a program's pages are in: in `info tab`, and so how many ranges there are, and before an instruction in Bochs.
- Read in one form: what the versions of emulators and debuggers print in other words.

An author who wants less compared writes an elision. tests/course/test_session_agreement.py has an example of each, and changes lines
of all sessions of docs/ in ways that must be seen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Dict, List, Optional, Tuple

from .document import pieces
from machine.base import MEMORY
from machine.symbols import layout

LAYOUT = layout()
ARGUMENTS = 64  # bytes at the user stack's end: the kernel and the start code fill them, whatever the compiler
# Where things move, first and end. Of the image's addresses the physical and the virtual ones count as the same.
IMAGE = range(LAYOUT.KERNEL_LOAD + 1, LAYOUT.BOOT_MAP_SIZE - LAYOUT.PAGE_SIZE)  # and the modules and frames after it
ELF_PROGRAM = range(LAYOUT.ELF_BASE + 1, LAYOUT.ELF_BASE + 0x10000)
LOADER = range(0x10001, 0x11000)  # what GRUB hands over, but for its beginning
USER_CALLS = range(LAYOUT.USER_STACK_BOTTOM, LAYOUT.KERNEL_BASE - ARGUMENTS)
FRAMES = range(LAYOUT.BOOT_MAP_SIZE, MEMORY << 20)  # of these whole pages only, and their last bytes
NEW_STACK = 0x60  # bytes at a kernel stack's end: an interrupt and kernel/process/kernel_stack.cpp fill them
STEADY = ("frames", "KiB")  # of these all move by the same number
ARITHMETIC_FLAGS = 0x8D5  # of eflags
RESUME_FLAG = 0x10000  # QEMU sets it in the eflags that a fault saves, since version 11, as Bochs does
NOT_EFLAGS = 0xFFC08028  # bits of other numbers: eflags has 0 there
ARGUMENT, UNKNOWN = "argument", "<optimized out>"  # a kind of values; gdb's word for an argument that is nowhere
COMPILED = re.compile(r"^  at eip .*\.(?:cpp|c):\d+\)$")  # the report of a fault in compiled code begins

STOPPED = re.compile(r"reakpoint [\d.]+, .* at \S+\.(?:cpp|hpp|c|h):\d+$")  # gdb, at the beginning of a compiled function
INLINE = re.compile(r"^/usr/|\.(?:hpp|h)$")  # a file of inline functions
ARTIFICIAL = ("__in_chrg", "__vtt_parm")  # arguments that some compilers add
PUSHED_CODE = re.compile(r"\[0x000000(?:08|1b)\]")  # in Bochs: a code selector, so the next word is eflags
RANGE = re.compile(r"^0x([0-9a-f]{16})-0x([0-9a-f]{16}) -> 0x([0-9a-f]{12})-0x[0-9a-f]{12}$")  # in Bochs' `info tab`

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
    found = {name: value for name, value in found.items() if name not in ARTIFICIAL}
    for name in sorted(found):
        nested: Values = []
        text = found[name].rpartition("@entry=")[2]
        for expression, act in RULES:
            text = expression.sub(lambda one: act(one, nested), text)
        values.append((ARGUMENT, Reading(text, nested)))
    return f"{match[1]}({', '.join(sorted(found))})"


def _place(match: re.Match, values: Values) -> str:
    """Where gdb has stopped, or where a call in a backtrace is. A compiler may count this instruction to an inline function."""
    line: Values = [(f"line of {match[2]}", int(match[3]))]
    values.append((ARGUMENT, Reading(UNKNOWN, []) if INLINE.search(match[2]) else Reading(match[2], line)))
    return f"{match[1]} at its place"


def _frame(match: re.Match, values: Values) -> str:
    """The address at which gdb shows a function: none for one that is at its beginning, or that another one is in."""
    nested: Values = []
    if match[2] is None:
        text = UNKNOWN
    elif match[1].startswith("#"):
        text = _pointer(match[2], nested)
    else:
        text = _address(f"{int(match[2], 16):x}", nested)
    values.append((ARGUMENT, Reading(text, nested)))
    return match[1]


def _pointer(digits: str, values: Values) -> str:
    """An address that moves wherever it is: in a flat program, too, which begins at 0."""
    address = int(digits, 16)
    return _moving("address", key_of(address) or address, values)


def _eflags(digits: str) -> str:
    """What a compiler does not choose of it; other numbers as they are."""
    value = int(digits, 16)
    return digits if value & NOT_EFLAGS or not value & 2 else f"{value & ~(ARITHMETIC_FLAGS | RESUME_FLAG):08x}"


def _flags(match: re.Match, values: Values) -> str:
    """The flags' names in gdb."""
    control = [name for name in match[1].split() if not re.fullmatch("[CPAZSO]F|RF", name)]
    return f"eflags [ {' '.join(control)} ]"


def _offset(match: re.Match, values: Values) -> str:
    """A place in a function or an object, in Bochs: 3.1 gives all 16 digits."""
    digits = match[2].lstrip("0")
    return f"({match[1]}+{_moving(f'place in {match[1]}', digits, values) if digits else '0'}"


def key_of(address: int) -> Optional[int]:
    """What stands for an address that moves; None for one that is fixed."""
    if LAYOUT.KERNEL_BASE <= address < LAYOUT.KERNEL_BASE + LAYOUT.BOOT_MAP_SIZE:
        image = address - LAYOUT.KERNEL_BASE
        return image if image in IMAGE else None
    begins_or_ends_page = address % LAYOUT.PAGE_SIZE in (0, LAYOUT.PAGE_SIZE - 1)
    if address in FRAMES:
        return address if begins_or_ends_page and address + 1 != FRAMES.stop else None
    if address in USER_CALLS:
        return None if begins_or_ends_page else address
    if address >= LAYOUT.KERNEL_STACKS:
        in_slot = (address - LAYOUT.KERNEL_STACKS) % LAYOUT.KERNEL_STACK_SLOT
        return address if LAYOUT.KERNEL_STACK_SIZE < in_slot < LAYOUT.KERNEL_STACK_SLOT - NEW_STACK else None
    return address if any(address in one for one in (IMAGE, ELF_PROGRAM, LOADER)) else None


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


def _entry(match: re.Match, values: Values) -> str:
    """Where an entry of a page table is: in a frame."""
    address = int(match[2], 16)
    return match[0] if key_of(address & -LAYOUT.PAGE_SIZE) is None else match[1] + _moving("address", address, values)


def _register(match: re.Match, values: Values) -> str:
    """A line of gdb's `info registers`: its decimal number is the hexadecimal one."""
    return match[0] if key_of(int(match[2], 16)) is None else match[1] + _address(match[2], values)


# Each: what is looked for, and what takes its place; in this order. Numbers are hexadecimal unless a rule says otherwise.
RULES = [
    (r"^(.*?)\((\w+=.*)\)(?= at )", _arguments),
    (r"^(#\d+ .*) at (\S+):(\d+)$", _place),
    (r"^(.*reakpoint [\d.]+, .*) at (\S+):(\d+)$", _place),
    (r"^(#\d+ +|.*reakpoint [\d.]+, )(?:0x([0-9a-f]+) in )?", _frame),
    # Other words of Bochs 3.
    (r"^Global Descriptor Table(?= \(base=)", lambda m, v: "gdt"),
    (r"^GDT\[", lambda m, v: "gdt["),
    (r"\?\?\? descriptor hi=0x00000000, lo=0x00000000$", lambda m, v: "<null entry>"),
    (r"(target=.* DPL=\d) \(\w+\+0+\)$", lambda m, v: m[1]),
    (r"^ +(P[DT]E:)(?: 0x[0-9a-f]{16} :(?= 0x))?", lambda m, v: f" {m[1]}"),
    (r"^(CR4=0x[0-9a-f]+:).*?(?= pks )", lambda m, v: m[1]),
    (r"(\(_Z\w+\+[0-9a-f]+\):) .*", lambda m, v: f"{m[1]} INSTRUCTION"),  # of C++: which it is, the compiler chooses
    (r"(\beflags 000)1(?=[0-9a-f]{4}\b)", lambda m, v: f"{m[1]}0"),  # RESUME_FLAG
    (r"(\beflags = 0x)10*(?=[0-9a-f]{3,4}\b)", lambda m, v: m[1]),
    (r"(0x0*(?:8|1b)(?:, |\t)0x)([0-9a-f]{1,8})\b", lambda m, v: m[1] + _eflags(m[2])),  # what an interrupt pushes
    (r"^eflags +0x[0-9a-f]+ +\[ (.*) \]$", _flags),
    (r"(dh=0x|\b)(?P<high>[0-9a-f]{8})(,? +(?:dl=0x)?)(?P<low>[0-9a-f]{8})\b", _descriptor),
    # Where gdb sets a breakpoint is said once more when it is met; how many places it has differs with inlining.
    (r"([Bb]reakpoint \d+ at 0x)([0-9a-f]+)[:.].*", lambda m, v: m[1] + _moving("address", int(m[2], 16), v)),
    (r"([Bb]reakpoint \d+)\.\d+,", lambda m, v: f"{m[1]},"),
    (r"^\d+(?=\t)", lambda m, v: "LINE"),  # a line of source text: the text is compared
    (r"([\w./+-]+\.\w+):(\d+)\b", lambda m, v: f"{m[1]}:{_moving(f'line of {m[1]}', int(m[2]), v)}"),
    (r"\bt=(\d+)", lambda m, v: "t=" + _moving("instruction count", int(m[1]), v)),
    (r"\b(ELF|flat), (\d+) bytes", lambda m, v: f"{m[1]}, {_moving('size', int(m[2]), v)} bytes"),
    (r"^ +(\d+)\t +(\d+)\t +(\d+)\t +\d+\t +[0-9a-f]+(?=\tbuild/)",  # `size`
     lambda m, v: " ".join(_moving("size", int(size), v) for size in m.groups())),
    (r"^(\d+)(?= build/)", lambda m, v: _moving("size", int(m[1]), v)),  # `wc -c`
    (r"^(  LOAD +)0x([0-9a-f]+)( .*)0x([0-9a-f]+) +0x([0-9a-f]+)( .* 0x1000)$",  # `readelf -l`
     lambda m, v: m[1] + _moving("place in the file", m[2], v) + m[3] + _moving("size", m[4], v) + _moving("size", m[5], v) + m[6]),
    (r"\bhad \d+ and \d+ of (\d+) ticks", lambda m, v: f"had about half each of {m[1]} ticks"),  # the program judges it
    (r"\b(\d+)(?= KiB free)", lambda m, v: _moving("KiB", int(m[1]), v)),
    (r"\b(\d+)(?=(?: of \d+)? frames free)", lambda m, v: _moving("frames", int(m[1]), v)),
    (r"\b0x([0-9a-f]+)(?= \")", lambda m, v: _pointer(m[1], v)),  # of a text
    (r"<(.+?) ?\+ ?([0-9a-f]+)(?=>)", lambda m, v: f"<{m[1]}+" + _moving(f"place in {m[1]}", m[2], v)),  # in a function or an object
    (r"^(.+) \+ (\d+)(?= in section )", lambda m, v: f"{m[1]} + " + _moving(f"place in {m[1]}", int(m[2]), v)),  # `info symbol`
    (r"\(([^()]+)\+([0-9a-f]+)(?=\))", _offset),
    (r"^eflags:? 0x[0-9a-f]+: (?=id vip )", lambda m, v: ""),  # of the flags' names Bochs 3 has the number too
    (r"^id vip .* cf$", lambda m, v: re.sub(r"\b[ozapcs]f\b", lambda flag: flag[0].lower(), m[0], flags=re.IGNORECASE)),
    (r"^(\(0\) \[0x)[0-9a-f]{12}(?=\] 001b:)", lambda m, v: m[1]),  # the frame that a program's instruction is in
    (r" *; [0-9a-f]{2,}$", lambda m, v: ""),  # an instruction's bytes in Bochs: addresses are among them
    (r"\b(call|j\w+) \.[+-]\d+ +\(0x([0-9a-f]+)\)", lambda m, v: f"{m[1]} {_moving('address', int(m[2], 16), v)}"),  # in Bochs
    (r"^(\w+ +0x)([0-9a-f]+) +-?\d+$", _register),
    (r"^(\$\d+ = 0x)([123][0-9a-f]{2})$", lambda m, v: m[1] + _moving("address", int(m[2], 16) << 12, v)),  # a frame's number
    (r"^(P[DT]E +\d+ +at 0x)([0-9a-f]+)", _entry),
    (r"^(  program break +)0x08[0-9a-f]{3}000$", lambda m, v: f"{m[1]}at the program's end"),
    (r"^PTE +(\d+)(?= +at )", lambda m, v: "PTE " + _moving("table entry", int(m[1]), v)),
    (r"^(P[DT]E.*: 0x[0-9a-f]{5}0)[02](1 present, read-only, kernel only)(?:, accessed)?$", lambda m, v: f"{m[1]}0{m[2]}"),
    (r"^( PTE: 0x[0-9a-f]{14})[02](1 .*) [aA] (?=pcd pwt S R P$)", lambda m, v: f"{m[1]}0{m[2]} a "),  # likewise
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


def without_frames(lines: List[str]) -> List[str]:
    """Bochs' `info tab` without the frames that pages happen to have: neighbours are one range, whatever frames they are in.
    Where the direct map, or the identity map, is, the physical addresses stay."""
    found: List[str] = []
    first = end = None
    for line in lines:
        match = RANGE.match(line)
        start, last, physical = (int(digits, 16) for digits in match.groups()) if match else (None, None, None)
        if match is None or start - physical in (0, LAYOUT.KERNEL_BASE):
            found.append(line)
            end = None
            continue
        if start == end:
            found.pop()
        else:
            first = start
        found.append(f"0x{first:016x}-0x{last:016x} -> frames")
        end = last + 1
    return found


def read(lines: List[str]) -> List[Reading]:
    found, compiled, stopped, pushed_code = [], False, False, False
    for line in without_frames(lines):
        values: Values = []
        if pushed_code:
            line = re.sub(r"(?<=\[0x)([0-9a-f]{8})(?=\])", lambda match: _eflags(match[1]), line)
        pushed_code = PUSHED_CODE.search(line) is not None
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
