"""An emulator's log as a list of events: what was delivered to the processor, and in which order.

QEMU's log (`-d int,cpu_reset`) has all registers at each event. Bochs' (with the processor's debug messages) has vector and
error code, and of a page fault two addresses; the registers are those of the machine that stands at the end. A text tells
by itself whose it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import List, Optional

from ..processor import HAS_ERROR_CODE

REPEATS = 16  # the same exception at the same place so often in a row is a loop
TAIL = 1 << 20  # characters of the log that are read: some 800 events of QEMU's


@dataclass(frozen=True)
class Event:
    vector: int
    kind: str  # "exception", "interrupt" (from a device) or "int" (the instruction)
    error_code: Optional[int] = None
    registers: Optional[SimpleNamespace] = None  # at that moment; cr2 is the faulting address for a page fault
    nested: bool = False  # raised while the one before was being delivered, by the emulator's own word
    fault: str = ""  # Bochs' words on a page fault: its address, and the instruction's

    def same_place(self, other: "Event") -> bool:
        a, b = self.registers, other.registers
        if a is None or b is None:  # Bochs: only the events of the last instruction have registers
            return a is b
        return (a.eip, a.cs, a.esp, a.cr3) == (b.eip, b.cs, b.esp, b.cr3)


@dataclass
class Log:
    events: List[Event] = field(default_factory=list)
    triple_fault: bool = False
    messages: List[str] = field(default_factory=list)  # Bochs' words on what it refused in the last instruction
    resets: int = 0  # those after power-on
    cut: bool = False  # of a longer one, the end


def registers_in(text: str) -> SimpleNamespace:
    """The registers in QEMU's words, as Qemu.registers returns them. Empty if there are none."""
    values = {}
    for name, value in re.findall(r"\b(E[A-Z]{2}|CR[0234])=([0-9a-f]{8})", text):
        values["eflags" if name == "EFL" else name.lower()] = int(value, 16)
    for name, words in re.findall(r"^(ES|CS|SS|DS|FS|GS|LDT|TR) *=([0-9a-f ]+)", text, re.MULTILINE):
        name = "ldtr" if name == "LDT" else name.lower()
        selector, base, limit = (int(word, 16) for word in words.split()[:3])
        values.update({name: selector, f"{name}_base": base, f"{name}_limit": limit})
    for name, base, limit in re.findall(r"^(GDT|IDT)= *([0-9a-f]+) ([0-9a-f]+)", text, re.MULTILINE):
        values.update({f"{name.lower()}_base": int(base, 16), f"{name.lower()}_limit": int(limit, 16)})
    return SimpleNamespace(**values, halted="HLT=1" in text)


QEMU_EVENT = re.compile(
    r"^ *\d+: v=([0-9a-f]{2}) e=([0-9a-f]{4,8}) i=(\d) cpl=\d IP=[^\n]*?(?:CR2=([0-9a-f]+)|env->[^\n]*)$", re.MULTILINE
)
QEMU_CHECK = re.compile(r"check_exception old: 0x([0-9a-f]+) new 0x[0-9a-f]+\s*\Z")
QEMU_INTERRUPT = re.compile(r"Servicing hardware INT=0x([0-9a-f]+)\s*\Z")


def qemu_log(text: str) -> Log:
    log = Log(triple_fault="Triple fault" in text)
    log.resets = max(text.count("CPU Reset (CPU 0)") - 2, 0)
    found = list(QEMU_EVENT.finditer(text))
    for index, match in enumerate(found):
        vector, error_code, software = int(match[1], 16), int(match[2], 16), match[3] == "1"
        before = text[max(match.start() - 120, 0) : match.start()]
        end = found[index + 1].start() if index + 1 < len(found) else len(text)
        dump = text[match.end() : end]
        dump = dump[: dump.find("EFER=")] if "EFER=" in dump else dump
        registers = registers_in(dump)
        if not hasattr(registers, "idt_limit"):  # cut off
            continue
        if match[4]:
            registers.cr2 = int(match[4], 16)
        check = QEMU_CHECK.search(before)
        served = QEMU_INTERRUPT.search(before)
        kind = "int" if software else "interrupt" if served or vector > 31 else "exception"
        has_code = kind == "exception" and vector in HAS_ERROR_CODE
        nested = bool(check) and int(check[1], 16) != 0xFFFFFFFF
        log.events.append(Event(vector, kind, error_code if has_code else None, registers, nested))
    return log


BOCHS_INTERRUPT = re.compile(r"interrupt\(\): vector = ([0-9a-f]{2}), TYPE = (\d), EXT = \d")
BOCHS_EXCEPTION = re.compile(r"exception\(0x([0-9a-f]{2})\): error_code=([0-9a-f]{4})")
BOCHS_FAULT = re.compile(r"page fault for address [0-9a-f]+ @ [0-9a-f]+")
BOCHS_LINE = re.compile(r"^(\d+)([ide])\[CPU0 *\] (.*)$", re.MULTILINE)
BOCHS_EXTERNAL, BOCHS_SOFTWARE = "0", ("4", "5")  # TYPE: bochs/cpu/cpu.h, the types of the SDM's table 24-16


def bochs_log(text: str, registers: Optional[SimpleNamespace] = None) -> Log:
    """registers: of the machine as it stands, given to the events of the last instruction."""
    log = Log(triple_fault="exception with no resolution" in text)
    log.resets = max(text.count("bx_pc_system_c::Reset(") - 1, 0)
    rows = [(match[1], match[2], match[3]) for match in BOCHS_LINE.finditer(text)]
    last = next((time for time, level, words in reversed(rows) if BOCHS_INTERRUPT.match(words)), None)
    previous = None
    fault = ""
    for time, level, words in rows:
        exception, interrupt = BOCHS_EXCEPTION.match(words), BOCHS_INTERRUPT.match(words)
        if BOCHS_FAULT.match(words):
            fault = words
        here = registers if time == last else None
        if exception:
            vector = int(exception[1], 16)
            code = int(exception[2], 16) if vector in HAS_ERROR_CODE else None
            # A #DF takes the place of an exception that was raised in vain.
            if vector == 8 and log.events and previous == time and log.events[-1].kind == "exception":
                log.events.pop()
            log.events.append(Event(vector, "exception", code, here, previous == time, fault if vector == 14 else ""))
            previous = time
        elif interrupt and interrupt[2] == BOCHS_EXTERNAL:
            log.events.append(Event(int(interrupt[1], 16), "interrupt", None, here))
            previous = time
        elif interrupt and interrupt[2] in BOCHS_SOFTWARE:
            log.events.append(Event(int(interrupt[1], 16), "int", None, here))
            previous = time
        elif level == "e" and time == last:
            if words not in log.messages:
                log.messages.append(words)
    if log.triple_fault and log.events:
        log.events.pop()  # the third, which nobody tried to deliver
    return log


def read_log(text: str, registers: Optional[SimpleNamespace] = None) -> Log:
    end = text[-TAIL:]
    log = bochs_log(end, registers) if re.search(r"^\d{11}[ide]\[", end, re.MULTILINE) else qemu_log(end)
    log.cut = len(end) < len(text)
    return log


def repeated(events: List[Event]) -> Optional[Event]:
    """The exception that comes again and again at one place, with nothing in between but devices' interrupts, or None."""
    tail = [event for event in events if event.kind != "interrupt"][-REPEATS:]
    if not all(event.registers or event.fault for event in tail):
        tail = events[-REPEATS:]  # with no place told, an interrupt may have led to another one
    places = {(e.vector, e.kind, e.fault, e.registers and (e.registers.eip, e.registers.cr2, e.registers.esp)) for e in tail}
    same = len(tail) == REPEATS and len(places) == 1 and tail[-1].kind == "exception"
    return tail[-1] if same and tail[-1].vector not in (1, 3) else None  # a debugger's are meant to come often
