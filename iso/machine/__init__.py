"""Drives whole machines for tests and readers: QEMU and Bochs behind one interface.

    from machine import Bochs, Ending, Qemu

    with Qemu(kernel="build/kernel.elf", modules=[("build/programs/hello.bin", "hello")],
              append="poweroff") as machine:
        machine.wait_for("process 1 .*: started", limit=10)
        assert machine.wait_for_end(limit=10).ending is Ending.POWER_OFF

base.py says what every machine can do; qemu.py and bochs.py how each emulator does it.
"""

from .base import Machine
from .bochs import Bochs
from .endings import End, Ending, MachineError
from .qemu import Qemu

__all__ = ["Bochs", "End", "Ending", "Machine", "MachineError", "Qemu"]
