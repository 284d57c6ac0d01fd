"""One boot of a chapter's kernel, to the point where it halts: what it left."""

import struct

from machine import Bochs, Ending, Qemu, chapters
from machine.symbols import symbol
from machine.base import SCREEN_ADDRESS, SCREEN_COLUMNS, SCREEN_ROWS

LIMIT = {Qemu: 300, Bochs: 600}  # seconds; an idle computer needs a fiftieth of it
HALTED = "halted with interrupts off"
# What to wait for; what is then typed on the keyboard; the answer; and what is typed on the serial line.
TYPED = {
    6: ("ctrl-D ends", "hello, keyboard\n", "you typed: ", "\x04"),
    18: (r"^\$ ", "cat /etc/rc | wc; for i in 1 2; do echo $i; done | sort -r\n", r"^2\n1\n\$ ", "exit\n"),
}


class Boot:
    """What a chapter's kernel left when it halted."""

    def __init__(self, emulator, number, picture=None):
        chapter = chapters.chapter(number)
        with emulator(iso=chapter.iso()) as machine:
            if number in TYPED:
                sign, keys, answer, bytes_after = TYPED[number]
                machine.wait_for(sign, LIMIT[emulator])
                machine.type_keys(keys)
                machine.wait_for(answer, LIMIT[emulator])
                machine.type_serial(bytes_after)
            end = machine.wait_for_end(LIMIT[emulator])
            self.report = f"{end}\n{machine.report()}"
            assert end.ending is Ending.HANG and HALTED in end.detail, self.report
            self.serial = machine.serial
            if picture is not None:
                machine.screenshot(picture)
            self.registers = machine.registers()
            self.cells = machine.read_physical(SCREEN_ADDRESS, 2 * SCREEN_COLUMNS * SCREEN_ROWS)
            self.words = {}
            if number == 2:
                for name in ("sum", "counted"):
                    self.words[name] = struct.unpack("<I", machine.read_virtual(symbol(chapter.kernel, name), 4))[0]

    def screen(self):
        """The rows of the screen, without trailing blanks."""
        text = self.cells[::2].decode("cp437")
        rows = (text[row * SCREEN_COLUMNS :][:SCREEN_COLUMNS] for row in range(SCREEN_ROWS))
        return [row.rstrip(" \0") for row in rows]

    def attribute(self, text):
        """The colours of the first character of `text` on the screen."""
        position = self.cells[::2].decode("cp437").index(text)
        return self.cells[2 * position + 1]
