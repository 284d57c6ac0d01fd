"""The state of the two interrupt controllers, and what it says about a machine that runs on and comes to no end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import List, Optional

from ..endings import MachineError

LINES = {0: "the timer", 1: "the keyboard", 2: "the second controller", 4: "the serial line"}


@dataclass(frozen=True)
class Controllers:
    """A bit for each line, 0 to 15 (8259A data sheet, "Programming the 8259A")."""

    requested: int  # IRR: has asked and was not yet served
    in_service: int  # ISR: was given to the processor, and its end has not come
    masked: int  # IMR

    def lines(self, bits: int) -> str:
        """ "IRQ 0 (the timer), IRQ 4 (the serial line)"."""
        return ", ".join(line_name(line) for line in range(16) if bits >> line & 1)


def line_name(line: int) -> str:
    return f"IRQ {line} ({LINES[line]})" if line in LINES else f"IRQ {line}"


def controllers_of(machine) -> Optional[Controllers]:
    """From the emulator's monitor; None where it does not tell."""
    try:
        return controllers_in(machine.monitor("info pic" if machine.name == "QEMU" else 'info device "pic"'))
    except (MachineError, OSError, AttributeError, TypeError):
        return None


def keyboard_full(machine) -> bool:
    """Whether the keyboard's controller holds a byte that was not read: bit 0 of its status at port 0x64. Reading it changes
    nothing. Bochs' debugger has no words for it."""
    if machine.name != "QEMU":
        return False
    try:
        found = re.search(r"= 0x([0-9a-f]+)", machine.monitor("i /b 0x64"))
    except (MachineError, OSError, AttributeError, TypeError):
        return False
    return found is not None and bool(int(found[1], 16) & 1)


def controllers_in(text: str) -> Optional[Controllers]:
    """From QEMU's words ("pic0: irr=01 imr=e8 isr=00 ...") or Bochs' ("master IMR = e8", ...)."""
    values = {}
    for number, irr, imr, isr in re.findall(r"^pic(\d): irr=([0-9a-f]+) imr=([0-9a-f]+) isr=([0-9a-f]+)", text, re.MULTILINE):
        values.update({("IRR", number): irr, ("IMR", number): imr, ("ISR", number): isr})
    for which, name, value in re.findall(r"^(master|slave) (I[RMS]R) = ([0-9a-f]+)", text, re.MULTILINE):
        values[name, "0" if which == "master" else "1"] = value
    if len(values) != 6:
        return None
    both = {name: int(values[name, "0"], 16) | int(values[name, "1"], 16) << 8 for name in ("IRR", "ISR", "IMR")}
    return Controllers(requested=both["IRR"], in_service=both["ISR"], masked=both["IMR"])


def served(events) -> List[str]:
    """How often each line's interrupt was delivered, by what is left of the log: "IRQ 1 (the keyboard) came once"."""
    counts = {line: sum(event.kind == "interrupt" and event.vector == 0x20 + line for event in events) for line in range(16)}
    return [f"{line_name(line)} came {'once' if n == 1 else f'{n} times'}" for line, n in counts.items() if n]
