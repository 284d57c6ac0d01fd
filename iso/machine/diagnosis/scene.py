"""What is known of a machine that has died: its registers, memory, log, serial line and screen, wherever they come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Callable, Dict, List, Optional

from ..endings import End, Ending, MachineError
from .controllers import Controllers, controllers_of, keyboard_full
from .events import Event, Log, read_log, registers_in
from ..processor import NoMemory, Processor
from ..symbols import ROOT, segments

PAGE = 4096


@dataclass
class Scene:
    emulator: str
    ending: Optional[Ending]  # None: the machine still runs
    detail: str
    serial: str
    log_text: str
    registers: Optional[SimpleNamespace]
    screen: List[str]
    memory_size: Optional[int]
    kernel: Optional[Path]
    read: Optional[Callable[[int, int], bytes]] = None
    pages: Dict[int, bytes] = field(default_factory=dict)  # all that was read of the memory
    log: Log = field(default_factory=Log)
    controllers: Optional[Controllers] = None  # of interrupts
    keyboard_full: bool = False  # the keyboard's controller has a byte that was not read
    interrupts_off_for_good: bool = False  # so many looks in a row have found them off

    def __post_init__(self):
        if self.registers is None:
            found = registers_in(self.detail)  # QEMU's last words
            self.registers = found if hasattr(found, "idt_limit") else None
        self.log = read_log(self.log_text, self.registers)

    def read_physical(self, address: int, size: int) -> bytes:
        """By whole pages, which are kept: what a report was made from can be saved with it."""
        data = b""
        for number in range(address // PAGE, (address + size - 1) // PAGE + 1):
            if number not in self.pages:
                if self.read is None:
                    raise NoMemory("the machine's memory was not kept")
                try:
                    self.pages[number] = self.read(number * PAGE, PAGE)
                except (MachineError, OSError) as error:
                    raise NoMemory(str(error)) from error
            data += self.pages[number]
        return data[address % PAGE :][:size]

    def at(self, registers: Optional[SimpleNamespace]) -> Optional[Processor]:
        """The processor with these registers, and the memory as it is."""
        return Processor(registers, self.read_physical, self.memory_size) if registers is not None else None

    def at_event(self, event: Event) -> Optional[Processor]:
        return self.at(event.registers or self.registers)

    def in_kernel(self, address: int) -> bool:
        """Whether the address lies in what the kernel's file says is loaded, at its physical or its linked place."""
        return any(0 <= address - begin < one.size for one in segments(self.kernel) for begin in (one.linked, one.physical))


def scene_of(machine, kernel: Optional[Path] = None, end: Optional[End] = None) -> Scene:
    """Of a machine that stands or runs. One that has gone leaves its log and its last words. end: where the machine itself
    does not know it, as when its time was over."""
    kernel = kernel or machine.symbols or ROOT / "build" / "kernel.elf"
    registers, screen, read = None, [], None
    try:
        registers = machine.registers()
        read = machine.read_physical
        screen = machine.screen_text()
    except (MachineError, OSError, AttributeError, TypeError):
        pass  # the emulator is no more
    end = machine.end or end
    size = machine.memory << 20
    return Scene(machine.name, end.ending if end else None, end.detail if end else "", machine.serial, machine.log_text,
                 registers, screen, size, Path(kernel), read, controllers=controllers_of(machine),
                 keyboard_full=keyboard_full(machine), interrupts_off_for_good=machine.interrupts_off_for_good)  # fmt: skip

