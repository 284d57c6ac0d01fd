"""What every machine can do, whichever emulator runs it.

One thread per machine (the reader) takes whatever the emulator sends: serial line, log, answers. So the
emulator never waits for a slow test, and a test that waits is woken by the event itself. All that the reader
changes is guarded by one condition variable, `_changed`.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import re
import select
import selectors
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Callable, List, Optional, Sequence, Tuple

from . import confine, host, keys
from .diagnosis.controllers import controllers_of
from .diagnosis.events import read_log, repeated
from .diagnosis.explain import explain
from .diagnosis.standing import has_sleepers, ticks
from .endings import End, Ending, MachineError
from .processor import INTERRUPT_FLAG

MEMORY = 32  # MiB of a machine: what the course says that it has
PROMPTS = ("\n$ ", "\n> ")  # of the shell, at the end of what has come down the serial line
LOG_LIMIT = 8 << 20  # bytes of the emulator's log that are kept, the newest
LOG_TAIL = 64 << 10  # bytes: some 50 exceptions of QEMU's
SAMPLES_FOR_SPIN = 8  # looks that must find the very same registers before a loop counts as a hang
# Looks that must find interrupts off and the timer waiting. A program that calls the kernel without a pause is found so
# half of the time if the emulator gets little of the processor: a row of so many is then rarer than one in a million.
SAMPLES_FOR_OFF = 24
LEAST_WORK = 0.02  # seconds that the emulator must have had a processor between two looks, unless the machine has halted
TYPING_PERIOD = 0.03  # seconds between two keys: a fast typist; the controllers buffer about 16 bytes

SCREEN_ADDRESS = 0xB8000  # physical: VGA text mode 3, 80 x 25 cells of (character, attribute)
SCREEN_COLUMNS = 80
SCREEN_ROWS = 25
SCREEN_BYTES = 2 * SCREEN_COLUMNS * SCREEN_ROWS

JUMPS_TO_SELF = (b"\xeb\xfe", b"\xe9\xfb\xff\xff\xff")  # jmp $, short and near


@dataclass(frozen=True)
class Module:
    """A file that is handed to the kernel, and its string: the first word names the program."""

    path: Path
    string: str


class Machine:
    """A machine with one processor, a serial line, a keyboard and a VGA screen. Use it in a `with` statement.

    Boots either `iso`, or `kernel` with `modules` and the command line `append`. A module is a path, or a pair
    (path, string); without a string it gets its file name, and "" means no string at all.
    memory: MiB. cpu: the emulator's own name of a model. display: the emulator's own name of a display, or
    "none". extra: more words for the emulator's command line. on_serial: called with each piece of serial output
    (bytes), from the reader's thread; on_log: the same, for the emulator's own log. folder: where temporary files go; by
    default a folder that is removed.
    log_interrupts: put each interrupt and exception in log_text, QEMU with all registers (costs time, not memory).
    """

    name = "machine"
    needs_network = False  # to talk to us, over the loop-back device
    sample_period = 0.25  # seconds of silence on the serial line before a look at the registers
    samples_for_idle = 16  # looks: some seconds of the machine's time

    def __init__(
        self,
        *,
        iso: Optional[os.PathLike] = None,
        kernel: Optional[os.PathLike] = None,
        modules: Sequence = (),
        append: str = "",
        memory: int = MEMORY,
        cpu: Optional[str] = None,
        display: str = "none",
        extra: Sequence[str] = (),
        on_serial: Optional[Callable[[bytes], None]] = None,
        on_log: Optional[Callable[[bytes], None]] = None,
        folder: Optional[os.PathLike] = None,
        log_interrupts: bool = True,
    ):
        if (iso is None) == (kernel is None):
            raise ValueError("a machine boots either an ISO or a kernel")
        if iso is not None and (modules or append):
            raise ValueError("an ISO brings its own modules and command line")
        self.iso = _existing(iso)
        self.kernel = _existing(kernel)
        self.symbols = self.kernel  # the ELF file that addresses are named from; build/kernel.elf where there is none
        self.modules = [as_module(module) for module in modules]
        self.append = append
        self.memory = memory
        self.cpu = cpu
        self.display = display
        self.extra = list(extra)
        self.on_serial = on_serial
        self.on_log = on_log
        self.log_interrupts = log_interrupts
        self.on_start: Optional[Callable[[], None]] = None  # called when command_line is known, before it is run
        self.end: Optional[End] = None  # set by the reader when the machine ends by itself
        self.command_line: List[str] = []  # of the emulator, once started
        self._folder = Path(folder).resolve() if folder is not None else None
        self._process: Optional[subprocess.Popen] = None
        self._cleanup = contextlib.ExitStack()
        self._left = False  # the emulator, and all that it wrote was read
        self._delay = 0  # nanoseconds that the emulator has waited for a processor
        self._changed = threading.Condition()
        self._selector = self._cleanup.enter_context(selectors.DefaultSelector())
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._looks_off = 0  # in a row, since the last serial output, that found interrupts off
        self._ticks: Optional[int] = None  # of the kernel's clock, when it was last asked whether that will wake a program
        self._serial = ""
        self._seen = 0  # wait_for has used the serial text up to here
        self._log = bytearray()
        self._complaints = bytearray()  # what the emulator wrote to standard error

    # --- Beginning and end ---

    def __enter__(self) -> "Machine":
        try:
            if self._folder is None:
                name = self._cleanup.enter_context(tempfile.TemporaryDirectory(prefix="trapgate-"))
                self._folder = Path(name)
            else:
                self._folder.mkdir(parents=True, exist_ok=True)
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        """Ends the emulator and removes its files. What was read (serial, log, end) stays."""
        if self._process is not None:
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait()
            self._reader.join()
            self._process = None
        self._cleanup.close()

    def kill(self) -> None:
        """Ends the emulator at once; from any thread: who waits for the machine sees its end."""
        process = self._process
        if process is not None:
            process.kill()

    def _launch(self, command: List[str], pass_fds: Sequence[int] = (), **streams) -> None:
        """Starts the emulator's process and the reader. Standard error is read as the emulator's complaints."""
        self.command_line = command
        if self.on_start is not None:
            self.on_start()
        reads = [self.iso or self.kernel, *(module.path for module in self.modules)]
        command = confine.confined(command, reads, self._folder, pass_fds, self.needs_network)
        self._process = subprocess.Popen(
            host.ending_with_us(command), cwd=self._folder, stderr=subprocess.PIPE, pass_fds=pass_fds, **streams
        )
        self._cleanup.callback(self._process.stderr.close)
        self._read_from(self._process.stderr.fileno(), self._take_complaint)
        self._reader = threading.Thread(target=self._read, daemon=True, name=f"{self.name} reader")
        self._reader.start()

    def emulator_pid(self) -> int:
        """The emulator's process: in a sandbox it is below those that made the sandbox."""
        pid = self._process.pid
        while confine.sandbox is not None:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            if not children:
                break
            pid = int(children[0])
        return pid

    def _start(self) -> None:
        raise NotImplementedError

    def _classify_exit(self, code: int) -> End:
        """How the machine ended, now that the emulator's process has left with `code` (negative: a signal)."""
        raise NotImplementedError

    # --- The reader ---

    def _read_from(self, fd: int, take: Callable[[bytes], None]) -> None:
        """Has the reader pass what arrives at `fd` to `take`, which is called with `_changed` held.
        Call it before _launch, or in the reader itself."""
        os.set_blocking(fd, False)
        self._on_readable(fd, lambda: self._take(fd, take))

    def _on_readable(self, fd: int, act: Callable[[], bool]) -> None:
        """Has the reader call `act` when something has come at `fd`, until it returns false."""
        self._selector.register(fd, selectors.EVENT_READ, act)

    def _read(self) -> None:
        errors = self._process.stderr.fileno()
        while errors in self._selector.get_map():  # its end is the process' end
            for key, _ in self._selector.select():
                if not key.data():
                    self._selector.unregister(key.fd)
        for key in list(self._selector.get_map().values()):
            key.data()
        code = self._process.wait()
        with self._changed:
            if self.end is None:
                self.end = self._classify_exit(code)
            self._left = True
            self._changed.notify_all()

    def _take(self, fd: int, take: Callable[[bytes], None]) -> bool:
        """Reads all there is at `fd` now; false at its end."""
        while True:
            with self._changed:  # around the reading too: what is read first is taken first, whichever thread it is
                try:
                    data = os.read(fd, 1 << 16)
                except BlockingIOError:
                    return True
                except OSError:
                    return False
                if not data:
                    return False
                take(data)
                self._changed.notify_all()

    def _take_serial(self, data: bytes) -> None:
        self._serial += self._decoder.decode(data).replace("\r", "")
        if self.on_serial is not None:
            self.on_serial(data)

    def _take_log(self, data: bytes) -> None:
        if self.on_log is not None:
            self.on_log(data)
        self._log += data
        if len(self._log) > 2 * LOG_LIMIT:
            del self._log[:-LOG_LIMIT]

    def _take_complaint(self, data: bytes) -> None:
        self._complaints += data
        del self._complaints[:-LOG_LIMIT]

    # --- What it wrote ---

    @property
    def serial(self) -> str:
        """All serial output so far, without carriage returns."""
        with self._changed:
            return self._serial

    @property
    def log_text(self) -> str:
        """The emulator's own log (its newest 8 MiB at least): exceptions, resets, complaints."""
        with self._changed:
            return self._log.decode(errors="replace")

    # --- Waiting ---

    def clock(self) -> float:
        """Seconds, for limits: those in which the emulator was ready to run, but the computer had no processor for it, do not
        count. Where the system does not tell of them (Linux does, in schedstat), the clock on the wall."""
        self._delay = max(self._delay, *(delay for _, delay in self._schedstat()), 0)
        return time.monotonic() - self._delay / 1e9

    def work(self) -> float:
        """Seconds that the emulator has had a processor; where the system does not tell of them, the clock on the wall."""
        return sum(run for run, _ in self._schedstat()) / 1e9 or time.monotonic()

    def _schedstat(self) -> List[Tuple[int, int]]:
        """Of each of the emulator's threads: nanoseconds since its start in which it ran, and waited for a processor."""
        rows = []
        with contextlib.suppress(OSError, ValueError):
            for thread in Path(f"/proc/{self.emulator_pid()}/task").iterdir():
                run, delay, _ = (thread / "schedstat").read_text().split()
                rows.append((int(run), int(delay)))
        return rows

    @property
    def interrupts_off_for_good(self) -> bool:
        """Whether so many looks in a row, in silence, found interrupts off that a kernel that is called often is no reason."""
        return self._looks_off >= SAMPLES_FOR_OFF

    def wait_for(self, pattern: str, limit: float) -> "re.Match[str]":
        """Waits until `pattern` (a regular expression, multi-line) stands in the serial output after the last match.

        Raises MachineError when `limit` seconds of clock() have gone, or as soon as the machine has ended or hangs for sure.
        """
        expression = re.compile(pattern, re.MULTILINE)
        end = self.wait_until(lambda: expression.search(self._serial, self._seen), limit)
        with self._changed:
            found = expression.search(self._serial, self._seen)
            if found:
                self._seen = found.end()
                return found
        raise MachineError(f"{self.name}: waited for {pattern!r}, but: {end or 'time-out'}\n{self.report()}")

    def wait_for_end(self, limit: float) -> End:
        """Waits until the machine ends, and says how. After `limit` seconds of clock(): TIME_OUT, and it runs on.

        Also an end: silence while the processor runs on the spot, whatever the state of interrupts."""
        return self.wait_until(lambda: False, limit, loops_hang=True) or End(Ending.TIME_OUT, detail=f"after {limit} s")

    def report(self) -> str:
        """The end of the serial output and of the emulator's complaints, and how the machine died, for a human."""
        explanation = self.explanation() if self.end is not None else None
        with self._changed:
            complaints = self._complaints.decode(errors="replace").strip().splitlines()[-5:]
            text = self._serial.splitlines()[-25:]
        lines = ["--- the last lines on the serial console:", *text, "--- emulator:", *complaints]
        return "\n".join(lines + (["--- how it died:", explanation.text] if explanation else []))

    def explanation(self):
        """How the machine died, in words (see explain.py), or None. Best while it stands: its tables are looked at."""
        return explain(self)

    def wait_until(
        self,
        until: Callable[[], object],
        limit: Optional[float],
        look: bool = True,
        loops_hang: bool = False,
        on_idle: Callable[[], Optional[End]] = lambda: None,
    ) -> Optional[End]:
        """Waits until `until()` (called with each new output) is true or the machine ends: returns its end, or None
        when it runs on. limit: seconds of clock(), or None for no limit; a row of looks that may show a hang is brought to
        its end first. look: in silence, look at the registers now and then,
        because no event tells of a hang; that stops the machine for a moment. on_idle: called when all of the last looks
        found the kernel at hlt, interrupts on, and silent; whoever knows that nothing can come then returns the end."""
        deadline = None if limit is None else self.clock() + limit
        last, same, off, unended, idle, pause = None, 0, 0, 0, 0, self.sample_period if look else threading.TIMEOUT_MAX
        worked = 0.0
        while True:
            suspected = loops_hang and (same or off or unended or 0 < self._looks_off < SAMPLES_FOR_OFF)
            rest = pause if deadline is None or suspected else min(pause, max(deadline - self.clock(), 0))
            with self._changed:
                length = len(self._serial)
                self._changed.wait_for(lambda: until() or self.end, rest)
                if self.end or until() or rest == 0:
                    break
                silent = len(self._serial) == length
            if not silent:
                last, same, off, unended, idle = None, 0, 0, 0, 0
                self._looks_off = 0
            if not silent or not look:
                continue
            start = time.monotonic()
            registers = self._look()
            if registers is None:
                continue
            pause = max(self.sample_period, 5 * (time.monotonic() - start))  # looking may stop the machine: not too often
            work = self.work()
            if not registers.halted and work < worked + LEAST_WORK:
                continue  # the computer is busy: the machine is where it was because it has not run since the last look
            worked = work
            interrupts_off = not registers.eflags & INTERRUPT_FLAG
            self._looks_off = self._looks_off + 1 if interrupts_off and registers.cr0 & 1 else 0  # firmware does not count
            if interrupts_off and registers.halted:
                # A kernel that has switched the machine off halts as well, and QEMU may answer once more before it says so:
                # the end comes before the answer to a second question.
                if self._look() is None or self.end:
                    continue
                return self._ended(End(Ending.HANG, detail=f"halted with interrupts off at {registers.eip:#x}"))
            if interrupts_off and registers.cr0 & 1 and self._jumps_to_self(registers):
                return self._ended(End(Ending.HANG, detail=f"jumps to itself at {registers.eip:#x}, interrupts off"))
            same = same + 1 if registers == last and not registers.halted else 0
            last = registers
            if loops_hang and same >= SAMPLES_FOR_SPIN and registers.cs & 3 and not interrupts_off and self.clock_will_wake():
                same = 0  # a program runs on the spot, but another one may end it
            if loops_hang and same >= SAMPLES_FOR_SPIN:
                return self._ended(End(Ending.HANG, detail=f"runs on the spot at {registers.eip:#x}"))
            # Firmware and boot loader work long with interrupts off; they don't write to the serial line. Many a look may
            # find a kernel with interrupts off that is called often; but then no request of the timer waits for long.
            off = off + 1 if interrupts_off and registers.cr0 & 1 and self._serial and self._timer_waits() else 0
            if loops_hang and off >= SAMPLES_FOR_OFF:
                return self._ended(End(Ending.HANG, detail=f"runs with interrupts off, silent, at {registers.eip:#x}"))
            unended = unended + 1 if loops_hang and self._timer_is_unended() else 0
            if unended >= SAMPLES_FOR_SPIN:
                return self._ended(End(Ending.HANG, detail=f"no end of the timer's interrupt was sent, silent, at {registers.eip:#x}"))
            idle = idle + 1 if registers.halted and not interrupts_off and registers.cr0 >> 31 else 0
            if idle >= self.samples_for_idle:
                idle = 0
                end = on_idle()
                if end is not None:
                    return self._ended(end)
            if self._faults_for_ever():
                return self._ended(End(Ending.HANG, detail=f"takes the same exception again and again, at {registers.eip:#x}"))
        if look and self.end:
            self._hear_out()
        return self.end

    def _hear_out(self) -> None:
        """The machine has ended. Waits until all that it still had to say is in `serial`, where that takes time."""

    def _look(self) -> Optional[SimpleNamespace]:
        """The registers, or None when the machine has just ended."""
        try:
            return self.registers()
        except MachineError:
            if self.end is None:
                raise
            return None

    def clock_will_wake(self) -> bool:
        """Whether a program sleeps until a later tick, and ticks have come since this was last asked: silence is no hang then."""
        before = self._ticks
        try:
            self._ticks = ticks(self)
            return self._ticks != before and has_sleepers(self)
        except MachineError:
            return False

    def _timer_waits(self) -> bool:
        """Whether IRQ 0 has been requested, and waits though no other is being served. Unknown counts as yes."""
        controllers = controllers_of(self)
        if controllers is None:
            return True
        return bool(controllers.requested & ~controllers.masked & 1 and not controllers.in_service)

    def _timer_is_unended(self) -> bool:
        """Whether IRQ 0 is requested again while the controller still serves it. A handler does that for a moment only."""
        controllers = controllers_of(self)
        return controllers is not None and bool(controllers.requested & controllers.in_service & 1)

    def _faults_for_ever(self) -> bool:
        """Whether the log shows one exception at one place again and again."""
        with self._changed:
            tail = self._log[-LOG_TAIL:].decode(errors="replace")
        return repeated(read_log(tail).events) is not None

    def _jumps_to_self(self, registers: SimpleNamespace) -> bool:
        try:
            code = self.read_virtual((registers.cs_base + registers.eip) & 0xFFFFFFFF, 5)
        except MachineError:
            return False
        return any(code.startswith(jump) for jump in JUMPS_TO_SELF)

    def _ended(self, end: End) -> End:
        with self._changed:
            self.end = self.end or end
            self._changed.notify_all()
            return self.end

    def wake(self) -> None:
        """Has whoever waits look again at what he waits for."""
        with self._changed:
            self._changed.notify_all()

    @property
    def running(self) -> bool:
        """Whether the emulator itself is still there, or has last words that were not read: it may outlive the machine's
        end, but when it has left the end is known. (The process' own code is known earlier: sending a signal asks for it.)"""
        return self._process is not None and not self._left

    def wait_for_process(self, unless: Callable[[], object] = lambda: False) -> None:
        """Waits until the emulator itself has left, or `unless()` is true (see wake)."""
        with self._changed:
            self._changed.wait_for(lambda: not self.running or unless())

    def _await(self, what: str, ready: Callable[[], object], limit: float = 10) -> None:
        """Waits until the emulator has answered; MachineError if it left or took too long."""
        deadline = self.clock() + limit
        with self._changed:
            while not ready() and self.running and (rest := deadline - self.clock()) > 0:
                self._changed.wait_for(lambda: ready() or not self.running, rest)
            if not ready():
                raise MachineError(f"{self.name}: no answer to {what}\n" + self._complaints.decode(errors="replace"))

    def _send(self, fd: int, data: bytes) -> None:
        """Writes all of `data`. If the emulator has left, nothing is said here: the wait that follows says so."""
        while data and self._process.returncode is None:
            select.select([], [fd], [])
            try:
                data = data[os.write(fd, data) :]
            except BlockingIOError:
                continue
            except OSError:
                return

    # --- Typing ---

    def type_serial(self, text: str) -> None:
        """Sends `text` (or bytes) down the serial line."""
        raise NotImplementedError

    def type_keys(self, text: str) -> None:
        """Types printable ASCII, tabs, newlines (Enter) and backspaces (\\b) on the keyboard (US layout)."""
        for character in text:
            self.press(*keys.keys_for(character))

    def press(self, *names: str) -> None:
        """Presses keys together (`press("ctrl", "c")`) and lets go of them. keys.py has their names."""
        for name in names:
            self._key(keys.KEYS[name], down=True)
        for name in reversed(names):
            self._key(keys.KEYS[name], down=False)
        time.sleep(TYPING_PERIOD)

    def _key(self, key: keys.Key, down: bool) -> None:
        raise NotImplementedError

    # --- Looking inside ---

    def registers(self) -> SimpleNamespace:
        """eax ebx ecx edx esi edi ebp esp eip eflags cr0 cr2 cr3 cr4; for each segment register s of cs ds es fs gs
        ss tr ldtr: its selector s, s_base and s_limit; gdt_base gdt_limit idt_base idt_limit; halted (bool)."""
        raise NotImplementedError

    def read_physical(self, address: int, size: int) -> bytes:
        raise NotImplementedError

    def read_virtual(self, address: int, size: int) -> bytes:
        """Memory as the processor sees it now, through its page tables. MachineError where nothing is mapped."""
        raise NotImplementedError

    def monitor(self, command: str) -> str:
        """The answer to a command in the emulator's own language: QEMU's monitor, Bochs' debugger."""
        raise NotImplementedError

    def pause(self) -> None:
        raise NotImplementedError

    def resume(self) -> None:
        raise NotImplementedError

    def screen_text(self) -> List[str]:
        """The 25 lines of the VGA text screen, without trailing spaces."""
        return screen_lines(self.read_physical(SCREEN_ADDRESS, SCREEN_BYTES))

    def screenshot(self, path: os.PathLike) -> None:
        """Writes a picture of the screen to `path`, as PNG with the screen's text in it (picture.read_text)."""
        raise NotImplementedError


def screen_lines(cells: bytes) -> List[str]:
    """The text in the screen's cells of (character, attribute), a line each."""
    text = cells[::2].replace(b"\0", b" ").decode("cp437")
    return [text[i : i + SCREEN_COLUMNS].rstrip() for i in range(0, len(text), SCREEN_COLUMNS)]


def _existing(path: Optional[os.PathLike]) -> Optional[Path]:
    if path is None:
        return None
    path = Path(path).resolve()
    if not path.is_file():
        raise MachineError(f"{path} is not there: build it first")
    return path


def as_module(module) -> Module:
    """A Module from a path (its name becomes its string) or a pair (path, string)."""
    path, string = (module, None) if isinstance(module, (str, os.PathLike)) else module
    path = _existing(path)
    return Module(path, path.name if string is None else string)


def end_of_emulator(name: str, code: int, complaint: str) -> End:
    """That of one that left by itself, or was killed: by somebody else on this computer, as no crash is a SIGKILL or SIGTERM."""
    detail = f"{name} {describe_signal(code)}: {complaint}"
    return End(Ending.EMULATOR_DIED, detail=detail, killed=-code in (signal.SIGKILL, signal.SIGTERM))


def describe_signal(code: int) -> str:
    """An exit code of subprocess in words: "left with code 1", "was ended by SIGABRT"."""
    if code >= 0:
        return f"left with code {code}"
    return f"was ended by {signal.Signals(-code).name}"


