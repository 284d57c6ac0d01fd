"""Where a machine is that somebody leaves, or that waits for what never comes: a line each for the processor, the clock and the
interrupt controllers."""

from __future__ import annotations

import struct
from types import SimpleNamespace
from typing import List, Optional

from ..endings import MachineError
from ..processor import INTERRUPT_FLAG
from ..symbols import layout, object_called, objects, place
from .controllers import Controllers, controllers_of


def where_it_stands(machine) -> List[str]:
    """Nothing, if the emulator has left."""
    try:
        registers = machine.registers()
        lines = [f"it stood: {doing(registers, machine.symbols)}"]
        lines += _ticks(machine)
    except (MachineError, OSError):
        return []
    controllers = controllers_of(machine)
    return lines + ([in_words(controllers)] if controllers is not None else [])


def doing(registers: SimpleNamespace, kernel) -> str:
    """ "at hlt, interrupts on, at c0109ad5, cpu::wait_for_interrupt (...)"."""
    user = bool(registers.cs & 3 == 3 and registers.cr0 & 1)
    state = "at hlt" if registers.halted else "in a program" if user else "in the kernel"
    off = not registers.eflags & INTERRUPT_FLAG
    return f"{state}, interrupts {'off' if off else 'on'}, at {registers.eip:08x}, {place(kernel, registers.eip, user)}"


def ticks(machine) -> Optional[int]:
    """The kernel's own count, where this kernel has one that is in use."""
    address = object_called(machine.symbols, "tick_count")
    return struct.unpack("<I", machine.read_virtual(address, 4))[0] if address is not None else None


def has_sleepers(machine) -> bool:
    """Whether a program has a time at which it will be woken: it is in one of process/timer.cpp's lists. These are empty if their
    first word is 0 or their own address."""
    address = object_called(machine.symbols, "alarms")
    if address is None:
        return False
    size = objects(machine.symbols)[address]
    heads = struct.iter_unpack("<II", machine.read_virtual(address, size))
    return any(head not in (0, address + 8 * number) for number, (head, _) in enumerate(heads))


def _ticks(machine) -> List[str]:
    count = ticks(machine)
    if count is None:
        return []
    return [f"last tick: {count}, after {count / layout().TICKS_PER_SECOND:.2f} s of the kernel's time"]


def in_words(controllers: Controllers) -> str:
    """ISR, IMR and IRR, each line by its name."""
    open_lines = ~controllers.masked & 0xFFFF
    return (
        f"interrupt controllers: in service (ISR) {controllers.lines(controllers.in_service) or 'none'}; "
        f"not masked (IMR {controllers.masked:#06x}) {controllers.lines(open_lines) or 'none'}; "
        f"requested (IRR) {controllers.lines(controllers.requested) or 'none'}"
    )
