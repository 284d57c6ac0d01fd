"""Bochs as a machine: its configuration made from what is installed, its built-in debugger on a pair of pipes.

Bochs' com1 is a TCP connection to us, its log comes down standard error, the debugger answers on standard output. It reads
its commands from a pipe with a name, as if that were a file of commands (-rc): standard input it would read with the readline
library, which may lose a character of a command when a SIGINT comes. It reads only while the machine stands: SIGINT makes
it stand.
"""

from __future__ import annotations

import contextlib
import ctypes
import glob
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import SimpleNamespace
from typing import List, Optional

from . import picture, version_differences as versions
from .base import PROMPTS, Machine, end_of_emulator
from .confine import exit_code
from .endings import End, Ending, MachineError
from .host import check_is_there
from .minimal_iso import make_iso
from .processor import INTERRUPT_FLAG, Descriptor
from .rfb import RfbClient
from .symbols import symbols

EMULATOR = versions.BOCHS

ANSWER_LIMIT = 60  # seconds that the debugger may take, on a busy machine
IPS = 4_000_000  # instructions that make a second of the machine's time
REALTIME_IPS = 50_000_000  # the same where a second of it takes a second
PICTURE_SECONDS = 3  # that a picture may take; then it is asked for again
UART_SECONDS = 0.01  # more than the 17 characters take that a UART may hold, its queue and the one on the line

PREFIXES = ("/usr", "/usr/local", "/opt/homebrew", "/opt/local")
# The legacy image can't switch the machine off through ACPI, so it comes last; but see bios_image.
BIOS_IMAGES = ("share/bochs/BIOS-bochs-latest", "share/bochs/bios.bin-1.13.0", "share/bochs/BIOS-bochs-legacy")
VGA_IMAGES = (
    "share/vgabios/vgabios.bin",
    "share/bochs/VGABIOS-lgpl-latest",
    "share/bochs/VGABIOS-lgpl-latest.bin",
    "share/vgabios/vgabios-stdvga.bin",
)

# What Bochs' log says at each end of a machine.
POWER_OFF = re.compile(r"soft power off|Shutdown port: shutdown requested")
TRIPLE_FAULT = re.compile(r"3rd \(\d+\) exception with no resolution")
HALTED_FOR_EVER = "HLT instruction with IF=0"
RESET = "bx_pc_system_c::Reset("
CLOSED = re.compile(r"POWER button turned off|quit_sim called with exit code 0")
PANIC = re.compile(r">>PANIC<< (.*)")
INFORMATION = re.compile(r"\d+[id]\[")  # a line of the log that is not an error: instruction count, level, device
# A file of commands has no prompt. So each command is followed by one that has a number printed; that it was printed shows
# that the command has ended.
NUMBER_COMMAND = "? {}"
NUMBER_ANSWER = "0x{0:x} {0}\n"
FIRST_NUMBER = 0x7E57_0000  # no answer has lines like this by chance
INTERRUPT_TAKEN = "Ctrl-C detected in signal handler"  # in the log, once for each SIGINT
# Where the VGA text screen lies on Bochs' RFB display: below a bar of buttons, above a status line and a spare part.
HEADER_BAR, TEXT_WIDTH, TEXT_HEIGHT = 32, 720, 400
RFB_PORT = re.compile(r"listening for connections on port (\d+)")


def find_image(names) -> Optional[Path]:
    for name in names:
        for prefix in PREFIXES:
            path = Path(prefix, name)
            if path.is_file():
                return path
    return None


def bios_image() -> Optional[Path]:
    """The BIOS to use: $BOCHS_BIOS, or the best that is installed."""
    if "BOCHS_BIOS" in os.environ:
        return Path(os.environ["BOCHS_BIOS"])
    release = Path("/etc/os-release")
    text = release.read_text() if release.is_file() else ""
    # BIOS-bochs-latest of Ubuntu 22.04's package falls into a triple fault by itself.
    broken = "ID=ubuntu" in text and 'VERSION_ID="22.04"' in text
    return find_image(reversed(BIOS_IMAGES) if broken else BIOS_IMAGES)


def display_libraries() -> List[str]:
    """The display libraries that are installed as plug-ins: "x", "sdl2", "rfb", "term"..."""
    found = set()
    for prefix in PREFIXES:
        for place in ("lib*", "lib/*"):  # Debian has a folder for each kind of processor in between
            for file in glob.glob(f"{prefix}/{place}/bochs/plugins/libbx_*_gui.so"):
                found.add(re.search(r"libbx_(\w+)_gui\.so", file)[1])
    return sorted(found)


def usage() -> str:
    """What this Bochs says of its own command line."""
    return versions.told_by(EMULATOR, "--help")


def write_symbols(elf: os.PathLike, file: Path) -> None:
    """The ELF file's symbols as Bochs' debugger reads them (`ldsym global`): address and name, one a line. Not the absolute
    ones: they are numbers, and it would name other small numbers after them. It finds no name for addresses from the last
    symbol on, so the last one is at the end of all addresses."""
    names = sorted((one.address, versions.mangled(one.name)) for one in symbols(elf) if one.kind not in "aA")
    file.write_text("".join(f"{address:08x} {name}\n" for address, name in [*names, (0xFFFFFFFF, "end_of_addresses")]))


def _unacknowledged(connection: socket.socket) -> bool:
    """Whether the other side of a TCP connection on this machine has sent something that has not been acknowledged: the
    column tx_queue of Linux' table. False where there is no such table, or the other side has gone."""
    try:
        ours, theirs = connection.getsockname()[1], connection.getpeername()[1]
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
    except OSError:
        return False
    ends = [f"0100007F:{theirs:04X}", f"0100007F:{ours:04X}"]  # 127.0.0.1, bytes in the host's order
    return any(row[1:3] == ends and int(row[4].partition(":")[0], 16) > 0 for row in rows)


def _check_loopback(server: socket.socket) -> None:
    """Bochs comes to `server`, or stays away without a word where this machine's own network is down."""
    try:
        with socket.create_connection(server.getsockname(), timeout=ANSWER_LIMIT):
            server.accept()[0].close()
    except OSError as error:
        raise MachineError(f"Bochs' serial line needs the loopback interface, and that is down ({error}): "
                           "as root, `ip link set lo up`") from None  # fmt: skip


class Bochs(Machine):
    """Also: realtime: the machine's clock is no faster than ours (for humans); else as fast as it can be.
    debugger: these commands are given to Bochs' debugger at the start, and then its prompt is on our standard
    input and output; the machine can't be asked for anything then.
    held: it stands before its first instruction until `resume`.
    typed: this line is typed down the serial line at the shell's first prompt.
    A kernel without an ISO is put on one. cpu: see `bochs --help cpu`."""

    name = "Bochs"
    needs_network = True  # com1 is a connection to us
    sample_period = 1.5  # a look stops the machine; and Bochs' log tells of most hangs at once
    samples_for_idle = 4  # at hlt its time runs faster than ours

    def __init__(self, *, realtime: bool = False, debugger: Optional[List[str]] = None, held: bool = False, typed: str = "",
                 **options):
        super().__init__(**options)
        self.realtime = realtime
        self._ips = REALTIME_IPS if realtime else IPS
        self.held = held
        self._to_be_typed = typed
        self.debugger = debugger
        self._commands: Optional[int] = None  # the pipe from which the debugger reads
        self._number = FIRST_NUMBER  # that follows the last command
        self._answers = ""  # of the debugger to the last command
        self._started = False  # the debugger is there; before that a SIGINT would kill
        self._standing = False  # the last command has ended: the machine stands
        self._interrupts_on_their_way = 0
        self._log_line = ""
        self._resets = 0
        self._halted_for_ever = False
        self._halted_at: Optional[int] = None  # in instructions; then what it had to say may be on its way
        self._rfb_port: Optional[int] = None
        self._rfb: Optional[RfbClient] = None
        self._com1: Optional[socket.socket] = None

    # --- Beginning and end ---

    def _start(self) -> None:
        check_is_there(self.name, EMULATOR)
        if not versions.bochs_has_debugger(usage()):
            raise MachineError("this Bochs was built without its debugger: `make doctor` says which package has it")
        iso = self.iso
        if iso is None:
            iso = self._folder / "machine.iso"
            make_iso(iso, self._folder / "iso", self.kernel, self.modules, self.append)
        server = self._cleanup.enter_context(socket.create_server(("127.0.0.1", 0)))
        _check_loopback(server)
        server.setblocking(False)
        self._on_readable(server.fileno(), lambda: self._accept_com1(server))
        configuration = self._folder / "bochsrc"
        configuration.write_text(self.configuration(iso, server.getsockname()[1]))
        command = [EMULATOR, "-q", *versions.bochs_debugger_flags(usage()), "-f", str(configuration)] + self.extra
        if self.debugger is not None:
            commands = self._folder / "bochs.rc"
            commands.write_text("\n".join(self.debugger) + "\n")
            self._launch(command + ["-rc", str(commands)])
            return
        commands = self._folder / "commands"
        os.mkfifo(commands)
        self._commands = os.open(commands, os.O_RDWR)  # for reading as well: then it needn't wait for the other side
        self._cleanup.callback(os.close, self._commands)
        output, their_output = os.pipe()
        self._cleanup.callback(os.close, output)
        self._read_from(output, self._take_answer)
        try:
            # In a session of its own: a Ctrl-C in our terminal would stop the machine for its debugger.
            # restore_signals=False: SIGPIPE stays ignored, or Bochs would die of a viewer that leaves its display.
            streams = dict(stdin=subprocess.DEVNULL, stdout=their_output)
            self._launch(command + ["-rc", str(commands)], start_new_session=True, restore_signals=False, **streams)
        finally:
            os.close(their_output)
        self._command("blist")  # which has no effect: when it has ended the debugger is there

    def _accept_com1(self, server: socket.socket) -> bool:
        try:
            connection, _ = server.accept()
        except BlockingIOError:  # asked once more at the end of a Bochs that never came so far
            return False
        with self._changed:
            self._com1 = self._cleanup.enter_context(connection)
            self._read_from(connection.fileno(), self._take_serial)
            self._changed.notify_all()
        return False  # no second one

    def configuration(self, iso: Path, com1_port: int) -> str:
        """The text of a bochsrc for this machine."""
        bios, vga = bios_image(), find_image(VGA_IMAGES)
        if bios is None or vga is None:
            raise MachineError("no BIOS for Bochs: `make doctor` says which packages have it")
        headless = self.display == "none"  # RFB with nobody looking: there is no display library that is no display
        cpu = [f"model={self.cpu}"] if self.cpu else []
        cpu += ["reset_on_triple_fault=0", f"ips={self._ips}"]
        lines = [
            f"memory: guest={self.memory}, host={self.memory}",
            f"romimage: file={bios}, options=fastboot",  # nobody is asked for a key: three of the machine's seconds
            f"vgaromimage: file={vga}",
            f'ata0-master: type=cdrom, path="{iso}", status=inserted',
            "boot: cdrom",
            'display_library: rfb, options="timeout=0"' if headless else f"display_library: {self.display}",
            f"cpu: {', '.join(cpu)}",
            "vga: extension=vbe, update_freq=10, realtime=0",  # in the machine's time; RFB never draws in ours
            "clock: sync=slowdown, time0=local" if self.realtime else "clock: sync=none, time0=0",
            f"com1: enabled=1, mode=socket-client, dev=127.0.0.1:{com1_port}",
            "speaker: enabled=0",
            "log: /dev/stderr",
            # With "report" the processor tells each interrupt and exception: events.py reads that.
            f"debug: action=ignore, cpu0={'report' if self.log_interrupts else 'ignore'}",
            # A panic ends Bochs, but one of the processor (a triple fault) leaves it at the debugger's prompt.
            "panic: action=fatal, cpu0=report",
        ]
        return "\n".join(lines) + "\n"

    def _classify_exit(self, code: int) -> End:
        said = self._complaints.decode(errors="replace").strip().splitlines()[-3:]
        return end_of_emulator(self.name, exit_code(code), " / ".join(said))

    # --- The log ---

    def _take_complaint(self, data: bytes) -> None:
        self._take_log(data)
        *lines, self._log_line = (self._log_line + data.decode(errors="replace")).split("\n")
        for line in lines:
            if not INFORMATION.match(line):
                super()._take_complaint(line.encode() + b"\n")
            if INTERRUPT_TAKEN in line and self._interrupts_on_their_way > 0:  # else it was not ours
                self._interrupts_on_their_way -= 1
            port = RFB_PORT.search(line)
            if port:
                self._rfb_port = int(port[1])
            end = self._end_in(line) if self.end is None else None
            if end is not None:
                self._take_what_was_sent()
                self.end = end

    def _take_what_was_sent(self) -> None:
        """Reads what the machine had sent down the serial line by now. TCP holds small pieces back in the sender until the
        last one is acknowledged, which a receiver does when it pleases; here at once."""
        if self._com1 is None:
            return
        waiting = True
        while waiting:
            waiting = _unacknowledged(self._com1)  # looked at first: what does not wait has come
            self._take(self._com1.fileno(), self._take_serial)
            if waiting and hasattr(socket, "TCP_QUICKACK"):
                self._com1.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def _end_in(self, line: str) -> Optional[End]:
        """The end of the machine that a line of the log tells of, or None."""
        panic = PANIC.search(line)
        if POWER_OFF.search(line):
            return End(Ending.POWER_OFF)
        if TRIPLE_FAULT.search(line):
            return End(Ending.TRIPLE_FAULT, detail=panic[1] if panic else line)
        if HALTED_FOR_EVER in line:
            self._halted_for_ever = True
            self._halted_at = int(re.match(r"\d+", line)[0])
            return End(Ending.HANG, detail="halted with interrupts off")
        if CLOSED.search(line):
            return End(Ending.CLOSED)
        if RESET in line:
            self._resets += 1
            if self._resets > 1:  # the first is power-on
                if self.debugger is None:
                    self._interrupt()  # stand still
                return End(Ending.RESET)
        if panic:
            return End(Ending.EMULATOR_DIED, detail=f"Bochs panicked: {panic[1]}")
        return None

    def _hear_out(self) -> None:
        """A processor may halt while its UART still sends, and the machine's time goes on: the UART sends the rest."""
        while self._halted_at is not None:
            self.pause()
            stands = re.search(r"Next at t=(\d+)", self._answers)
            if stands and int(stands[1]) - self._halted_at > self._ips * UART_SECONDS:
                self._halted_at = None
                with self._changed:
                    self._take_what_was_sent()
            else:
                self.resume()

    # --- The debugger ---

    def _take_answer(self, data: bytes) -> None:
        self._answers += data.decode(errors="replace")
        end = NUMBER_ANSWER.format(self._number)
        if not self._standing and self._answers.endswith(end):
            self._answers = self._answers[: -len(end)]
            self._standing = True
            if not self._started:
                self._started = True
                if not self.held:
                    self.resume()

    def pause(self) -> None:
        if self.debugger is not None:
            raise MachineError("Bochs' debugger belongs to the user")
        self._await("its start", lambda: self._started, ANSWER_LIMIT)
        deadline = time.monotonic() + ANSWER_LIMIT
        if self.end is not None and self.end.ending is Ending.TRIPLE_FAULT:
            self._await("the triple fault", lambda: self._standing, ANSWER_LIMIT)  # Bochs stops by itself
        while not self._standing and self.running and time.monotonic() < deadline:
            # Bochs forgets a SIGINT that comes between its reading of "c" and the first instruction. So one that was taken
            # and is not answered in a while is sent again.
            if self._interrupts_on_their_way == 0:
                self._interrupt()
            with self._changed:
                self._changed.wait_for(lambda: self._standing or not self.running, 2)
        if not self._standing:
            waits = "it has not taken SIGINT" if self._interrupts_on_their_way else "it has taken SIGINT"
            raise MachineError(
                f"Bochs did not stop for its debugger: {self.end}; {waits}; its threads: {self._threads()};"
                f" it said: {self._answers[-300:]!r}"
            )
        # One that came when it stood already must not stop it after the next "c".
        self._await("SIGINT", lambda: self._interrupts_on_their_way == 0, ANSWER_LIMIT)

    def _threads(self) -> str:
        """Where each of Bochs' threads waits in this machine's kernel, by number; 0 for one that runs. As far as that is told."""
        waits = []
        for task in sorted(Path(f"/proc/{self.emulator_pid()}/task").glob("*")):
            with contextlib.suppress(OSError):  # it has ended meanwhile
                waits.append(f"{task.name} {(task / 'wchan').read_text()}")
        return ", ".join(waits)

    def _interrupt(self) -> None:
        """Sends SIGINT, to have Bochs stand for its debugger. Its handler writes to the log, under the log's lock: in
        the thread that runs the machine it would wait for ever, if it came while that writes there itself. So it goes to
        another of Bochs' threads, where the system offers that."""
        with self._changed:
            self._interrupts_on_their_way += 1
        pid = self.emulator_pid()
        tasks = Path(f"/proc/{pid}/task")
        others = sorted(int(task.name) for task in tasks.iterdir() if int(task.name) != pid) if tasks.is_dir() else []
        tgkill = getattr(ctypes.CDLL(None), "tgkill", None)
        if others and tgkill is not None:
            tgkill(pid, others[0], signal.SIGINT)
        else:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)

    def resume(self) -> None:
        if self._standing:
            self._command("c")

    def _command(self, command: str) -> None:
        with self._changed:
            self._answers = ""
            self._standing = False
            self._number += 1
        self._send(self._commands, f"{command}\n{NUMBER_COMMAND.format(self._number)}\n".encode())

    def monitor(self, command: str) -> str:
        """The answer of Bochs' debugger. The machine is stopped for it, and goes on if it ran."""
        ran = not self._standing
        self.pause()
        self._command(command)
        self._await(f"the debugger command {command}", lambda: self._standing, ANSWER_LIMIT)
        answer = self._answers
        if ran and self.end is None:
            self.resume()
        return answer

    def _look(self) -> Optional[SimpleNamespace]:
        return super()._look() if self._started else None

    @contextlib.contextmanager
    def _stopped(self):
        """Holds the machine for several commands."""
        ran = not self._standing
        self.pause()
        try:
            yield
        finally:
            if ran and self.end is None:
                self.resume()

    # --- Typing ---

    def _take_serial(self, data: bytes) -> None:
        super()._take_serial(data)
        if self._to_be_typed and self._serial.endswith(PROMPTS):
            line, self._to_be_typed = self._to_be_typed, ""
            self.type_serial(line + "\n")

    def type_serial(self, text: str) -> None:
        self._await("the connection of com1", lambda: self._com1, ANSWER_LIMIT)
        self._send(self._com1.fileno(), text.encode() if isinstance(text, str) else text)

    def _key(self, key, down: bool) -> None:
        self._viewer().key(key.keysym, down)

    def _viewer(self) -> RfbClient:
        """Our viewer of its display: one, from the first use to the end. A second, after the first has gone, may be sent
        the rest of a picture that Bochs still writes to the first's socket, whose number it has got."""
        if self.display != "none":
            raise MachineError("Bochs' keyboard and picture can be reached only without a window")
        if self._rfb is None:
            self._await("its display", lambda: self._rfb_port, ANSWER_LIMIT)
            # A machine that runs draws, and may send a picture in the middle of the display's greeting.
            with self._stopped() if self.debugger is None else contextlib.nullcontext():
                self._rfb = self._cleanup.enter_context(contextlib.closing(RfbClient(self._rfb_port)))
        return self._rfb

    # --- Looking inside ---

    def registers(self) -> SimpleNamespace:
        with self._stopped():
            general, segments, control = (self.monitor(command) for command in ("r", "sreg", "creg"))
            values = {}
            for name, value in re.findall(r"\br(ax|bx|cx|dx|si|di|bp|sp|ip): *[0-9a-f]+_([0-9a-f]{8})", general):
                values["e" + name] = int(value, 16)
            for name, value in re.findall(r"\be(ax|bx|cx|dx|si|di|bp|sp|ip): *0x([0-9a-f]{8})", general):
                values["e" + name] = int(value, 16)  # a Bochs without 64-bit registers
            values["eflags"] = versions.bochs_eflags(general)
            for name, value in re.findall(r"^(CR[0234])=(?:.*=)?0x([0-9a-f]+)", control, re.MULTILINE):
                values[name.lower()] = int(value, 16)
            for name, selector, high, low in re.findall(
                r"^(es|cs|ss|ds|fs|gs|ldtr|tr):0x([0-9a-f]+), dh=0x([0-9a-f]+), dl=0x([0-9a-f]+)", segments, re.MULTILINE
            ):
                descriptor = Descriptor(int(high, 16) << 32 | int(low, 16))
                values.update({name: int(selector, 16), f"{name}_base": descriptor.base, f"{name}_limit": descriptor.limit})
            for name, base, limit in re.findall(r"^(gdt|idt)r:base=0x([0-9a-f]+), limit=0x([0-9a-f]+)", segments, re.MULTILINE):
                values.update({f"{name}_base": int(base, 16), f"{name}_limit": int(limit, 16)})
            registers = SimpleNamespace(**values)
            registers.halted = self._has_halted(registers)
            return registers

    def _has_halted(self, registers: SimpleNamespace) -> bool:
        """The debugger doesn't tell. A processor that has halted points just behind a hlt instruction; where it halted with
        interrupts off, the log said so."""
        if not registers.eflags & INTERRUPT_FLAG:
            return self._halted_for_ever
        try:
            return self.read_virtual((registers.cs_base + registers.eip - 1) & 0xFFFFFFFF, 1) == b"\xf4"
        except MachineError:
            return False

    def read_physical(self, address: int, size: int) -> bytes:
        return self._read_memory("xp", address, size)

    def read_virtual(self, address: int, size: int) -> bytes:
        return self._read_memory("x", address, size)

    def _read_memory(self, command: str, address: int, size: int) -> bytes:
        data = bytearray()
        with self._stopped():
            while len(data) < size:
                piece = min(size - len(data), 4096)
                answer = self.monitor(f"{command} /{piece}bx {address + len(data):#x}")
                found = bytes.fromhex("".join(re.findall(r"\t0x([0-9a-f]{2})", answer)))
                if len(found) != piece:
                    raise MachineError(f"Bochs: no memory at {address + len(data) + len(found):#x}: {answer[-200:]}")
                data += found
        return bytes(data)

    def screenshot(self, path: os.PathLike) -> None:
        stood = self._standing
        viewer = self._viewer()
        deadline = time.monotonic() + ANSWER_LIMIT
        come = False
        while not come:
            if time.monotonic() > deadline:
                raise MachineError("Bochs' display sends no picture")
            self.pause()
            viewer.ask()
            self.resume()  # Bochs draws only while it runs
            come = viewer.has_come(PICTURE_SECONDS)
        width, height, pixels = viewer.picture()
        if stood:
            self.pause()
        if (width, height) < (TEXT_WIDTH, HEADER_BAR + TEXT_HEIGHT):
            raise MachineError(f"Bochs' display of {width} x {height} pixels has no text screen on it")
        lines = (pixels[3 * width * y :][: 3 * TEXT_WIDTH] for y in range(HEADER_BAR, HEADER_BAR + TEXT_HEIGHT))
        picture.write_png(path, TEXT_WIDTH, TEXT_HEIGHT, b"".join(lines), "\n".join(self.screen_text()))
