"""What the machine's state must be while a program runs at privilege level 3, read from outside. Used by the graders.

A check is a function of a judged_boot.Boot; it raises Failed. STATE is what every boot of the system is checked for; an
exercise names more (`check: ticks`) or brings its own, in N-name.check.py beside it, each a function called check_...
"""

from __future__ import annotations

import re
import struct
import time
from dataclasses import dataclass
from typing import Dict

from machine.processor import Descriptor
from machine.symbols import addresses


@dataclass
class Failed(Exception):
    """symptom: short words that hints are chosen by, "gdt: user code: DPL"."""

    symptom: str
    expected: str
    happened: str
    read: str = ""

    def __str__(self) -> str:
        return f"{self.symptom}: expected {self.expected}, but {self.happened}"


def need(condition: bool, symptom: str, expected: str, happened: str) -> None:
    if not condition:
        raise Failed(symptom, expected, happened)


# --- Pictures in a row of the screen, which the grader's kernel compares with its own ---

def need_pictures(boot, steps: int, place_of) -> None:
    """All `steps` pictures were right. place_of: words for the place of a wrong cell, given its column."""
    console = boot.serial.replace("\r", "")
    wrong = re.search(r"^step (\d+): (wrong\n\|(.*)\|\n\|(.*)\||outside)$", console, re.MULTILINE)
    if wrong and wrong[2] == "outside":
        need(False, "picture: outside", "nothing but the row to be written", f"step {wrong[1]} writes outside of it")
    if wrong:
        column = next((i for i, (have, want) in enumerate(zip(wrong[3], wrong[4])) if have != want), 0)
        need(False, f"picture: step {wrong[1]}", f"'{wrong[4][column]}' {place_of(column)} at step {wrong[1]}",
             f"it is '{wrong[3][column]}'")
    right = len(re.findall(r"^step \d+: right$", console, re.MULTILINE))
    need(right == steps, "picture: not called", f"{steps} pictures", f"there are {right}")


# --- The kernel's symbols ---

def symbol(boot, name: str) -> int:
    """The address of a variable or label: "kernel_text_begin", "kernel::pit::tick_count"."""
    table = addresses(boot.tree / "build/kernel.elf")
    if name not in table:
        raise KeyError(f"the kernel has no symbol {name}")
    return table[name]


# --- Segments ---

def _fields(entry: Descriptor) -> Dict[str, object]:
    """A descriptor taken apart (Intel SDM Vol. 3A, 3.4.5 Segment Descriptors)."""
    return {
        "base": hex(entry.base),
        "limit": hex(entry.raw_limit),
        "present bit": int(entry.present),
        "DPL": entry.dpl,
        "S bit": int(not entry.system),
        "type": f"{entry.type:04b}b",
        "granularity bit": int(entry.counts_pages),
        "D/B bit": int(entry.is_32_bit),
        "L bit": int(entry.is_long),
    }


def gdt(boot) -> None:
    """Null, kernel code and data, user code and data, TSS, each field by field. Accessed and busy bits are free."""
    registers = boot.registers
    data = boot.virtual(registers.gdt_base, 48)
    names = ("null descriptor", "kernel code", "kernel data", "user code", "user data", "TSS")
    base = registers.tr_base
    wanted = (0, 0x00CF9B000000FFFF, 0x00CF93000000FFFF, 0x00CFFB000000FFFF, 0x00CFF3000000FFFF,
              0x67 | (base & 0xFFFFFF) << 16 | 0x8B << 40 | (base >> 24) << 56)
    for index, (name, want, have) in enumerate(zip(names, wanted, struct.unpack("<6Q", data))):
        either = 0 if index == 0 else 1 << (41 if index == 5 else 40)
        want, have = _fields(Descriptor(want | either)), _fields(Descriptor(have | either))
        for field in want:
            need(want[field] == have[field], f"gdt: {name}: {field}",
                 f"{field} {want[field]} in entry {index} of the GDT ({name})", f"it is {have[field]}")
    is_longer = registers.gdt_base == symbol(boot, "kernel::gdt::longer_table")  # a program has asked for it
    entries = 7 if is_longer else 6
    need(registers.gdt_limit == 8 * entries - 1, "gdt: limit",
         f"a GDT limit of {8 * entries - 1:#x} ({entries} entries of 8 bytes, less 1)", f"it is {registers.gdt_limit:#x}")
    if is_longer:
        entry = struct.unpack("<Q", boot.virtual(registers.gdt_base + 48, 8))[0]
        need(entry == 0, "gdt: thread", "entry 6 of the GDT to be null while a program runs that has not asked for it", f"it is {entry:016x}")


def segments(boot) -> None:
    """The segment registers of a program."""
    for name in ("cs", "ds", "es", "fs", "gs", "ss"):
        want = boot.layout.USER_CODE | 3 if name == "cs" else boot.layout.USER_DATA | 3
        have = getattr(boot.registers, name)
        need(have == want, f"segments: {name}", f"{name} = {want:#x} in a program", f"it is {have:#x}")


def flags(boot) -> None:
    eflags = boot.registers.eflags
    need(eflags & 1 << 9 != 0, "flags: IF", "interrupts on (EFLAGS.IF) in a program", "IF is 0: no tick can come")
    need(eflags & 3 << 12 == 0, "flags: IOPL", "EFLAGS.IOPL = 0 in a program",
         f"it is {eflags >> 12 & 3}: it may use cli and in")


def task_register(boot) -> None:
    need(boot.registers.tr == boot.layout.TSS_SEGMENT, "tss: TR",
         f"the task register to hold {boot.layout.TSS_SEGMENT:#x}",
         f"it holds {boot.registers.tr:#x}")
    need(boot.registers.tr_limit == 0x67, "tss: limit", "a TSS limit of 0x67", f"it is {boot.registers.tr_limit:#x}")


def tss(boot) -> None:
    esp0, ss0, io_map_base = boot.processor.tss()
    need(ss0 == boot.layout.KERNEL_DATA, "tss: ss0", f"ss0 = {boot.layout.KERNEL_DATA:#x} in the TSS",
         f"it is {ss0:#x}")
    slot = boot.layout.KERNEL_STACK_SLOT
    need(esp0 % slot == 0 and esp0 > boot.layout.KERNEL_STACKS, "tss: esp0",
         "esp0 to be the end of the process's kernel stack", f"it is {esp0:#x}")
    need(io_map_base >= 104, "tss: I/O map base", "an I/O map base at or past the TSS's end (104)",
         f"it is {io_map_base}: programs may use ports")


# --- Interrupts ---

def idt(boot) -> None:
    """256 interrupt gates into the kernel's code; int may use those of the system call, of int3 and of into only."""
    need(boot.registers.idt_limit == 0x7FF, "idt: limit", "an IDT limit of 0x7ff (256 entries of 8 bytes, less 1)",
         f"it is {boot.registers.idt_limit:#x}")
    text, end = symbol(boot, "kernel_text_begin"), symbol(boot, "kernel_read_only_end")
    stubs = struct.unpack("<256I", boot.virtual(symbol(boot, "interrupt_stubs"), 1024))
    for vector, gate in enumerate(boot.processor.gates()):
        dpl = 3 if vector in (3, 4, boot.layout.SYSTEM_CALL_VECTOR) else 0
        name = f"idt: gate {vector:#x}"
        need(gate.selector == boot.layout.KERNEL_CODE, f"{name}: selector",
             f"the kernel's code selector in gate {vector:#x}", f"it is {gate.selector:#x}")
        need(gate.present, f"{name}: present", f"gate {vector:#x} to be present", "its P bit is 0")
        need(gate.dpl == dpl, f"{name}: DPL", f"DPL {dpl} in gate {vector:#x}", f"it is {gate.dpl}")
        need(gate.type == 0x0E and gate.reserved == 0, f"{name}: type",
             f"gate {vector:#x} to be a 32-bit interrupt gate (type 01110b)", f"its type is {gate.type:05b}b")
        need(text <= gate.offset < end and gate.offset == stubs[vector], f"{name}: offset",
             f"gate {vector:#x} to lead to {stubs[vector]:#x}", f"it leads to {gate.offset:#x}")


def ticks(boot) -> None:
    """The ticks of the PIT are counted: three more come while a program runs."""
    place = symbol(boot, "kernel::pit::tick_count")
    before = struct.unpack("<I", boot.virtual(place, 4))[0]
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        boot.machine.resume()
        time.sleep(0.1)
        boot.machine.pause()
        now = struct.unpack("<I", boot.virtual(place, 4))[0]
        if now >= before + 3:
            return
    raise Failed("ticks: none", "the tick count to grow while a program runs", f"it stays at {now}")


# --- Constructors ---

def constructors(boot) -> None:
    """For a `## Main` with three global objects: they were constructed once each, in the order of their priorities."""
    first, second, third = boot.numbers[1:4]
    wanted = {"early": first, "middle": first ^ second, "late": first ^ second ^ third}
    found = {name: (int(value), int(place)) for name, value, place in
             re.findall(r"(early|middle|late) (\d+) at place (\d+)", boot.serial)}
    need(set(found) == set(wanted), "constructors: no answer", "the kernel to print what its objects hold",
         "it doesn't")
    places = [found[name][1] for name in wanted]
    need(any(places), "constructors: none", "the constructors of three global objects to have run",
         "none has: all three are full of zeros")
    missing = [name for name in wanted if found[name][1] == 0]
    need(not missing, "constructors: some missing", "the constructors of early, middle and late to have run",
         f"that of {' and '.join(missing)} has not")
    calls = re.search(r"(\d+) constructors have run", boot.serial)
    need(calls is not None and int(calls[1]) == 3, "constructors: twice", "three constructors to have run",
         f"{calls[1] if calls else 'some'} have")
    need(places == [1, 2, 3], "constructors: order", "the objects to be constructed in the order early, middle, late",
         "it was " + ", ".join(sorted(wanted, key=lambda name: found[name][1])))
    for name, value in wanted.items():
        need(found[name][0] == value, "constructors: value", f"the object {name} to hold {value}",
             f"it holds {found[name][0]}")


# --- Paging ---

def paging(boot) -> None:
    registers, where = boot.registers, boot.layout
    for bit, name in ((0, "PE"), (16, "WP"), (31, "PG")):
        need(registers.cr0 >> bit & 1 == 1, f"paging: CR0.{name}", f"CR0.{name} = 1", "it is 0")
    mapped = list(boot.processor.pages())
    own = {0} | set(range(where.USER_STACK_BOTTOM, where.KERNEL_BASE, 0x1000))
    for page in mapped:
        need(not page.user or page.address in own, "paging: user may reach", "a program to reach only its own pages",
             f"it may touch {page.address:#010x}")
        need(page.user or page.address >= where.KERNEL_BASE, "paging: identity map",
             "nothing but the program's pages below the kernel", f"{page.address:#010x} is mapped")
    missing = {0, where.KERNEL_BASE - 0x1000} - {page.address for page in mapped}  # from chapter 19 on the stack grows down from there
    need(not missing, "paging: program not mapped", "the program's pages to be mapped",
         f"{min(missing or {0}):#010x} is not")
    begin, end = symbol(boot, "kernel_text_begin"), symbol(boot, "kernel_read_only_end")
    for page in mapped:
        inside = page.physical < end - where.KERNEL_BASE and begin - where.KERNEL_BASE < page.physical + page.size
        need(not (page.writable and inside), "paging: kernel text writable",
             "the kernel's code and constants to be read-only", f"{page.address:#010x} may be written")
    guard = symbol(boot, "boot_stack_guard")
    need(guard not in {page.address for page in mapped}, "paging: guard page",
         "the page below the boot stack to be unmapped", "it is mapped")


STATE = (segments, gdt, task_register, tss, idt, flags, paging)
NAMED = {function.__name__: function for function in (*STATE, ticks, constructors)}
