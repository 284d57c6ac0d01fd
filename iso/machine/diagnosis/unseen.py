"""Why an exception could not be delivered, when only the log is at hand and no memory: by what was raised instead."""

from __future__ import annotations

from typing import Optional

from .delivery import Failure
from .events import Event
from ..processor import page_error, selector_error


def failure_by_log(event: Event, registers, raised: Optional[Event]) -> Optional[Failure]:
    """registers: those of the event. Intel SDM Vol. 3A, 6.13 Error Code; the processor's own accesses tell by CR2."""
    if raised is None:
        return None
    code = raised.error_code or 0
    if raised.vector == 14 and raised.registers is not None:
        return _page_fault(registers, raised.registers.cr2, code)
    if raised.vector == 8 and event.vector == 14:  # the same page was missing for both
        if registers.cr2 == registers.eip:
            return Failure("code-not-mapped", f"not even the code at {registers.eip:08x} is mapped", 14, 0, registers.cr2)
        return _page_fault(registers, registers.cr2, event.error_code or 0)
    if raised.vector == 8:
        return Failure("double-fault-gate", "the tables that the processor needs for it could not be read either", 8)
    words = f"the processor raised {'#NP' if raised.vector == 11 else '#TS' if raised.vector == 10 else '#GP'} for {selector_error(code)}"
    if raised.vector == 10:
        cause = "tss-limit" if code & ~7 == registers.tr & ~7 and code & ~7 else "tss-ss0"
    elif code & 2:
        cause = "gate-not-present" if raised.vector == 11 else "gate-type"
    else:
        cause = "gate-selector"
    return Failure(cause, words, raised.vector, code)


def _page_fault(registers, cr2: int, code: int) -> Failure:
    places = (
        ("idt-not-mapped", "the IDT", registers.idt_base, registers.idt_limit),
        ("gdt-not-mapped", "the GDT", registers.gdt_base, registers.gdt_limit),
        ("tss-not-mapped", "the TSS", registers.tr_base, registers.tr_limit),
    )
    for cause, name, base, limit in places:
        if limit and base <= cr2 <= base + limit:
            return Failure(cause, f"{name} at {base:08x} could not be read ({page_error(code)})", 14, code, cr2)
    if registers.cs & 3 == 0 and registers.esp - 32 <= cr2 < registers.esp:
        return Failure("stack-not-mapped", f"its frame can't be pushed at {cr2:08x} ({page_error(code)})", 14, code, cr2)
    if registers.cs & 3 and code & 2:
        return Failure("tss-esp0", f"its frame can't be pushed at {cr2:08x} ({page_error(code)}): esp0 is wrong", 14, code, cr2)
    return Failure("handler-not-mapped", f"{cr2:08x} could not be reached ({page_error(code)})", 14, code, cr2, delivered=True)
