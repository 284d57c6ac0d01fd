"""QEMU as a machine, driven through its QMP channel (JSON, one object a line).

The machine is started stopped (-S) and set going over QMP, so that no event is missed. It stays standing at its
end (-no-reboot -no-shutdown): QEMU's exit status alone would call a triple fault a success.
"""

from __future__ import annotations

import os
import socket
import subprocess
from typing import List, Optional

from . import picture, version_differences as versions
from .base import Machine, end_of_emulator
from .confine import exit_code
from .endings import End, Ending
from .qmp import Protocol, Questions

EMULATOR = versions.QEMU
POWER_OFF = "power: off\n"  # drivers/power.cpp says so, and nothing after that


class Qemu(Questions, Machine):
    """Also: icount, a number n for `-icount shift=n,sleep=off`: virtual time follows executed instructions."""

    name = "QEMU"

    def __init__(self, *, icount: Optional[int] = None, **options):
        super().__init__(**options)
        self.icount = icount
        self._protocol = Protocol(self._take_event)
        self._running = False  # the processor was started
        self._shut_down = False  # by the guest

    # --- Beginning and end ---

    def arguments_of_machine(self) -> List[str]:
        """The part of the command line that describes the machine: the same by hand."""
        # No network card: the boot ROM of the default one takes longer than the kernel's whole boot.
        command = [EMULATOR, "-m", str(self.memory), "-nic", "none"]
        if self.cpu:
            command += ["-cpu", self.cpu]
        if self.icount is not None:
            command += ["-icount", f"shift={self.icount},sleep=off"]
        if self.iso:
            command += ["-cdrom", str(self.iso), "-boot", "d"]
        else:
            # QEMU makes its path the first word of the command line: one without blanks.
            (self._folder / "kernel.elf").symlink_to(self.kernel)
            command += ["-kernel", "kernel.elf"]
            if self.modules:
                command += ["-initrd", ",".join(self._module_words())]
            if self.append:
                command += ["-append", self.append]
        return command + ["-device", "isa-debug-exit,iobase=0xf4,iosize=4"] + self.extra

    def _module_words(self) -> List[str]:
        """QEMU makes a module's string of the file's name and what follows, so that name must be the first word:
        each module gets a link of that name in our folder."""
        words = []
        for number, module in enumerate(self.modules):
            name, _, arguments = module.string.partition(" ")
            if not name or "/" in name:
                raise ValueError(f"QEMU can't give a module the string {module.string!r}: put it on an ISO")
            link = self._folder / name
            if link.exists():  # a name used twice
                link = self._folder / str(number) / name
                link.parent.mkdir()
            link.symlink_to(module.path)
            words.append(f"{link.relative_to(self._folder)} {arguments}".rstrip().replace(",", ",,"))
        return words

    def _start(self) -> None:
        # Pipes for com1: a socket charges each single byte with most of a kilobyte of its buffer, so on a busy computer
        # a few hundred unread ones fill it, and in the end the kernel no longer waits for its UART.
        self._com1_input, self._com1_output = self._pipe("com1.in"), self._pipe("com1.out")
        self._qmp, qmp = self._channel()
        self._log_output, log_input = os.pipe()
        self._cleanup.callback(os.close, self._log_output)
        try:
            events = "int,cpu_reset,guest_errors" if self.log_interrupts else "cpu_reset,guest_errors"
            self._read_from(self._com1_output, self._take_serial)
            self._read_from(self._qmp.fileno(), self._protocol.take)
            self._read_from(self._log_output, self._take_log)
            command = self.arguments_of_machine() + ["-display", self.display]
            command += ["-chardev", "pipe,id=com1,path=com1", "-serial", "chardev:com1"]
            command += ["-chardev", f"socket,id=qmp,fd={qmp.fileno()}", "-qmp", "chardev:qmp"]
            command += ["-d", events, "-D", f"/dev/fd/{log_input}", "-S", "-no-reboot", "-no-shutdown"]
            fds = [qmp.fileno(), log_input]
            self._launch(command, pass_fds=fds, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
        finally:
            qmp.close()
            os.close(log_input)
        self.qmp("qmp_capabilities")
        self._running = True
        self.resume()

    def _pipe(self, name: str) -> int:
        """Makes a named pipe in our folder. Open for both directions, so that neither side waits for the other."""
        path = self._folder / name
        os.mkfifo(path)
        pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        self._cleanup.callback(os.close, pipe)
        return pipe

    def _channel(self):
        ours, theirs = socket.socketpair()
        self._cleanup.callback(ours.close)
        return ours, theirs

    def _classify_exit(self, code: int) -> End:
        code = code if self._shut_down else exit_code(code)
        # isa-debug-exit leaves with (status << 1) | 1; other ways to power off with 0. Code 1 is also what QEMU's own errors give, but those that
        # come before the machine runs are told by _running, and the later ones by what it says. A window's libraries complain of
        # much that is harmless, so the kernel's last line counts for more.
        powered_off = self._shut_down or self._serial.endswith(POWER_OFF) or not self._complaints
        if self._running and code > 0 and code & 1 and powered_off:
            return End(Ending.POWER_OFF, status=code >> 1)
        if code == 0:
            return End(Ending.POWER_OFF) if self._shut_down else End(Ending.CLOSED, killed=True)
        return end_of_emulator(self.name, code, self._complaints.decode(errors="replace").strip())

    # --- QMP ---

    def qmp(self, command: str, **arguments):
        number = self._request(command, **arguments)
        self._await(f"the QMP command {command}", lambda: number in self._protocol.answers)
        return self._protocol.answer(number, command)

    def _request(self, command: str, **arguments) -> int:
        """Sends a QMP command; the number that its answer will have."""
        with self._changed:
            number, request = self._protocol.request(command, arguments)
        self._send(self._qmp.fileno(), request)
        return number

    def _take_event(self, event: dict) -> None:
        if event["event"] == "SHUTDOWN":
            self._take_shutdown(event["data"]["reason"])

    def _take_shutdown(self, reason: str) -> None:
        self._take(self._com1_output, self._take_serial)  # what was sent before this event
        if self._shut_down:  # the second event tells of our quit
            return
        if reason == "guest-shutdown":
            self._shut_down = True
            self._request("quit")  # it leaves with the guest's exit status, where there is one: then it has ended
        elif reason == "guest-reset":
            self._take(self._log_output, self._take_log)  # what was logged before this event
            if b"Triple fault" in self._log:
                self.end = End(Ending.TRIPLE_FAULT)
            else:
                self.end = End(Ending.RESET)
        else:
            self.end = End(Ending.CLOSED, detail=reason, killed=True)

    def pause(self) -> None:
        self.qmp("stop")
        self._take(self._com1_output, self._take_serial)  # what was written up to now
        self._take(self._log_output, self._take_log)

    def resume(self) -> None:
        self.qmp("cont")

    # --- Typing ---

    def type_serial(self, text: str) -> None:
        self._send(self._com1_input, text.encode() if isinstance(text, str) else text)

    def _key(self, key, down: bool) -> None:
        code = {"type": "qcode", "data": key.qcode}
        self.qmp("input-send-event", events=[{"type": "key", "data": {"down": down, "key": code}}])

    # --- Looking inside ---

    def screenshot(self, path: os.PathLike) -> None:
        picture.ppm_to_png(self.saved("screendump"), path, "\n".join(self.screen_text()))
