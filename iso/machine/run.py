#!/usr/bin/python3
"""Runs the system for a human: `make run`, `make qemu` and `make bochs-debug` come here.

With a display the emulator opens its window. The serial console is printed in this terminal either way, and what
is typed here goes down the serial line. Without a terminal the lines of standard input are typed, each when the shell prompts
for it or the machine waits, and after the last one the end of input. Then it leaves when all programs have ended or the
machine has stopped, with an exit code that says whether all went well. A chapter's kernel has done all when it halts.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shlex
import signal
import sys
import tempfile
import termios
import textwrap
import threading
import tty
from pathlib import Path
from typing import Iterator, List, Optional

from . import Bochs, End, Ending, Machine, MachineError, Qemu, chapters, version_differences as versions
from . import bochs as bochs_facts
from .base import MEMORY, PROMPTS
from .diagnosis import autopsy
from .diagnosis.controllers import controllers_of
from .diagnosis.explain import PANIC, explain_scene
from .diagnosis.scene import scene_of
from .diagnosis.standing import where_it_stands
from .host import check_is_there, clean_up_when_ended, has_screen
from .symbols import function_and_line, name_of_kernel, symbol

ROOT = Path(__file__).resolve().parents[2]
ISO = ROOT / "build" / "trapgate.iso"

ALL_ENDED = "\n[info ] all programs have ended; the machine can be switched off\n"
PROCESS_ENDED = re.compile(r"process 1 \([^)\n]*\): (exited with status (\d+)|killed by [^\n]*)\n")
ON_PURPOSE = "on purpose"  # a chapter that shows a panic says so just before
READS_LINES = re.compile(r"[^\n]*ctrl-D ends\n|you typed: [^\n]*\n")  # chapter 6's prompts
END_OF_INPUT = b"\x04"
LEAVE = b"\x1d"  # Ctrl-]
CONTROL_A = b"\x01"  # and then x, as in QEMU and minicom; twice: itself

IDLES = "waits at hlt"
AT_END = "higher_half"  # the label in boot/start.asm that calls kernel_main
CHAPTER_DONE = "the processor has halted: this chapter's kernel has done its work"

OK, FAILED, INTERRUPTED = 0, 1, 130


class Output:
    """Standard output, for the machine's bytes and for lines of ours: each of these begins on a line of its own. A reader that
    has left (a closed pipe) is no reason to stop."""

    def __init__(self):
        self._lock = threading.Lock()  # the machine's bytes come from its reader's thread
        self._line_begun = False

    def write(self, data: bytes) -> None:
        with self._lock:
            self._write(data)

    def print(self, text: str) -> None:
        with self._lock:
            self._write(b"\n" * self._line_begun + text.encode() + b"\n")

    def _write(self, data: bytes) -> None:
        self._line_begun = not data.endswith(b"\n")
        try:
            while data:
                data = data[os.write(1, data) :]
        except OSError:
            pass


output = Output()


def say(text: str) -> None:
    """Prints a line of ours, told from the machine's by how it begins."""
    output.print(f"-- {text}")


def choose_display(emulator: str, wish: str) -> str:
    """The emulator's own name of the display to use, or "none"."""
    if wish != "auto":
        return wish
    if not has_screen():
        return "none"
    if emulator == "qemu":
        displays = versions.qemu_displays(versions.told_by(versions.QEMU, "-display", "help"))
        return next((name for name in ("gtk", "sdl") if name in displays), "none")
    wanted = ("x", "sdl2") if os.environ.get("DISPLAY") else ("sdl2",)
    return next((name for name in wanted if name in bochs_facts.display_libraries()), "none")


def module(words: str):
    """ "FILE args", as a shell splits it, as a module: its string is the program's name and the arguments, as GRUB would give
    it."""
    file, *arguments = shlex.split(words)
    return file, " ".join([Path(file).name, *arguments])


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.py", description="Run the system in an emulator.")
    parser.add_argument("emulator", choices=("bochs", "qemu"))
    parser.add_argument("--iso", metavar="FILE", help="boot this ISO (default: build/trapgate.iso)")
    parser.add_argument("--chapter", metavar="N", type=int, help="boot this chapter's kernel, from an ISO of its own")
    parser.add_argument("--kernel", metavar="FILE", help="boot this kernel instead of an ISO")
    parser.add_argument("--module", metavar='"FILE args"', action="append", default=[], help="hand it this module")
    parser.add_argument("--append", metavar="WORDS", default="", help="and this command line")
    parser.add_argument("--memory", metavar="MIB", type=int, default=MEMORY)
    parser.add_argument("--cpu", metavar="MODEL", help="the emulator's name of a processor")
    parser.add_argument("--display", metavar="NAME", default="auto", help="auto, none, or the emulator's name of one")
    parser.add_argument("--debugger", action="store_true", help="stop at Bochs' debugger prompt")
    parser.add_argument("--typed", metavar="LINE", default=os.environ.get("TYPED", ""),
                        help="with --debugger: what is typed at the shell's first prompt (default: $TYPED)")  # fmt: skip
    parser.add_argument("--symbols", metavar="FILE", help="the ELF file that addresses are named from")
    arguments = parser.parse_args()
    if arguments.debugger and arguments.emulator != "bochs":
        parser.error("--debugger is Bochs' own; for QEMU see `make debug`")
    if not arguments.kernel and (arguments.module or arguments.append):
        parser.error("--module and --append go with --kernel; an ISO brings its own")
    if arguments.chapter is not None:
        if arguments.iso or arguments.kernel:
            parser.error("--chapter brings its own ISO and kernel")
        arguments.iso = str(chapters.chapter(arguments.chapter).iso())
        arguments.symbols = str(chapters.chapter(arguments.chapter).kernel)
    if not arguments.kernel and not arguments.iso:
        arguments.iso = str(ISO)
    arguments.symbols = arguments.symbols or arguments.kernel or str(ROOT / "build" / "kernel.elf")
    return arguments


class Terminal:
    """Standard input without line editing and echo: each key goes to the machine. Always restored."""

    def __enter__(self):
        self._before = termios.tcgetattr(0) if os.isatty(0) else None
        if self._before:
            tty.setraw(0)
            after = termios.tcgetattr(0)
            after[1] |= termios.OPOST  # line ends are still line ends on output
            termios.tcsetattr(0, termios.TCSANOW, after)
        return self

    def __exit__(self, *_):
        if self._before:
            termios.tcsetattr(0, termios.TCSADRAIN, self._before)


def by_hand(machine: Machine) -> Optional[str]:
    """The shortest command line that does about the same, for the reader to try; None where there is none: Bochs finds in
    .bochsrc what to boot, and that is the whole system."""
    if isinstance(machine, Bochs):
        if machine.iso != ISO:
            return None
        words = ["bochs", *versions.bochs_debugger_flags(bochs_facts.usage())]
        return f"{' '.join(words)}    (in the project's root: it reads .bochsrc; type c at its prompt)"
    words = [versions.QEMU, "-m", str(machine.memory)]
    if machine.iso:
        words += ["-cdrom", os.path.relpath(machine.iso)]
    else:
        words += ["-kernel", os.path.relpath(machine.kernel)]
        if machine.modules:
            files = (f"{os.path.relpath(m.path)} {m.string.partition(' ')[2]}".strip() for m in machine.modules)
            words += ["-initrd", ",".join(file.replace(",", ",,") for file in files)]
        if machine.append:
            words += ["-append", machine.append]
    return shlex.join(words + ["-serial", "stdio", "-device", "isa-debug-exit,iobase=0xf4,iosize=4"])


class Typist(threading.Thread):
    """Passes on what is typed in this terminal to the serial line, until the user leaves or standard input ends."""

    def __init__(self, machine: Machine):
        super().__init__(daemon=True)
        self.machine = machine
        self.left = False

    def run(self) -> None:
        control_a = False
        while True:
            byte = os.read(0, 1)
            if not byte:
                return
            if byte == CONTROL_A and not control_a:
                control_a = True
                continue
            if byte == LEAVE or control_a and byte in b"xX":
                self.left = True
                self.machine.wake()
                return
            control_a = False
            self.machine.type_serial(byte)


def tell_death(machine: Machine) -> None:
    """If the machine has died: says how and why, and keeps what `make autopsy` needs."""
    scene = scene_of(machine)
    explanation = explain_scene(scene)
    if explanation is None:
        return
    say("how it died:")
    output.print(textwrap.indent(explanation.text, "   "))
    try:
        autopsy.keep(scene, explanation, command=shlex.join(["run.py", *sys.argv[1:]]))
    except OSError as error:
        say(f"it could not be kept: {error}")
    else:
        say(f"kept in {os.path.relpath(autopsy.LAST_DEATH)}; `make autopsy` tells it again")


def tell_where_it_stands(machine: Machine) -> None:
    """For a reader who leaves a machine that runs: perhaps because it comes to no end."""
    for line in where_it_stands(machine):
        say(textwrap.fill(line, 76, subsequent_indent="   ", break_on_hyphens=False))


def say_how_to_do_without_window(emulator: str) -> None:
    say(f"if its window is the trouble: DISPLAY= WAYLAND_DISPLAY= make {'qemu' if emulator == 'qemu' else 'run'}")


def verdict(machine: Machine) -> int:
    """Says how it ended, and if that is badly, of which kernel; the exit code."""
    code = _ending(machine)
    never_ran = machine.end is not None and machine.end.ending is Ending.EMULATOR_DIED and not machine.serial
    if never_ran and machine.display != "none":
        say_how_to_do_without_window(machine.name.lower())
    elif code != OK:
        say(f"the kernel was {name_of_kernel(machine.symbols)}")
    return code


def _ending(machine: Machine) -> int:
    end = machine.end
    process = PROCESS_ENDED.search(machine.serial)
    if end and end.ending is not Ending.POWER_OFF and PANIC.search(machine.serial):  # else a program wrote it
        say("the kernel panicked: its report is above")
        tell_death(machine)
        return FAILED
    if end and end.ending is Ending.CLOSED:
        say("the emulator was closed")
        return OK
    if end and end.ending is not Ending.POWER_OFF:
        say(f"{machine.name}: {str(end).splitlines()[0]}")
        if end.detail.startswith(IDLES):
            tell_where_it_stands(machine)
        tell_death(machine)
        return FAILED
    if end:
        say(str(end))
    if process:
        say(f"process 1 {process[1]}")
        return int(process[2] or FAILED)
    if end is None:
        say("no program has run")
    return FAILED if end is None or end.status else OK


def halted_as_it_should(machine: Machine) -> bool:
    """A chapter's kernel ends by halting with interrupts off, in boot/start.asm when kernel_main has returned; it panics only if
    it says so before. To be asked while the machine stands."""
    panic = PANIC.search(machine.serial)
    announced = panic and ON_PURPOSE in machine.serial[: panic.start()].strip().rpartition("\n")[2]
    halted = machine.end is not None and machine.end.detail.startswith("halted with interrupts off")
    if not halted or panic and not announced:
        return False
    if not panic and symbol(machine.symbols, AT_END) is None:
        return True  # chapter 1's has nothing else than its halt
    try:
        function, _ = function_and_line(machine.symbols, machine.registers().eip)
    except MachineError:
        return False
    return function.partition(".")[0] == ("stop_machine" if panic else AT_END)  # NASM's local labels: higher_half.stop


class Unattended(threading.Thread):
    """Types the lines of standard input, and then its end, when the machine asks for one: at the shell's prompt, or when it
    idles (see Machine.wait_until). If it idles on after the end of input and no program sleeps for a time, nothing that it
    waits for will come."""

    def __init__(self, machine: Machine):
        super().__init__(daemon=True)
        self.machine = machine
        self.lines: List[bytes] = []  # that were read and not typed yet
        self.has_read_all = False
        self.answered: Optional[int] = None  # the last line was typed after so much output

    def run(self) -> None:
        with open(0, "rb", closefd=False) as standard_input:
            for line in standard_input:
                self.lines.append(line if line.endswith(b"\n") else line + b"\n")
                self.machine.wake()
        self.has_read_all = True
        self.machine.wake()

    def is_asked(self) -> bool:
        """Whether the machine prompts for a line, and there is one, or the end of all."""
        serial = self.machine.serial
        prompts = serial.endswith(PROMPTS) or READS_LINES.fullmatch(serial, serial.rfind("\n", 0, -1) + 1)
        return bool(prompts) and len(serial) != self.answered and bool(self.lines or self.has_read_all)

    def answer(self) -> None:
        self.answered = len(self.machine.serial)
        self.machine.type_serial(self.lines.pop(0) if self.lines else END_OF_INPUT)

    def __call__(self) -> Optional[End]:
        controllers = controllers_of(self.machine)
        if controllers is not None and controllers.masked & 1:
            return End(Ending.HANG, detail=f"{IDLES}, and IRQ 0 (the timer) is masked")
        if not self.lines and not self.has_read_all:
            return None
        if not self.lines and self.answered == len(self.machine.serial):
            if self.machine.clock_will_wake():
                return None
            return End(Ending.HANG, detail=f"{IDLES} for what does not come; there is no one to type")
        self.answer()
        return None


def run_unattended(machine: Machine, chapter: bool) -> int:
    """Prints what comes until all programs have ended or the machine has stopped. The registers are looked at in silence, so
    that a hang is noticed though nobody watches."""
    typist = Unattended(machine)
    typist.start()
    options = dict(limit=None, loops_hang=True, on_idle=typist)
    while not machine.wait_until(lambda: not chapter and ALL_ENDED in machine.serial or typist.is_asked(), **options):
        if not typist.is_asked():
            break
        typist.answer()
    return last_words(machine, chapter and halted_as_it_should(machine))


def last_words(machine: Machine, chapter_done: bool) -> int:
    """Of a run; the exit code."""
    if not chapter_done:
        return verdict(machine)
    say(CHAPTER_DONE)
    return OK


@contextlib.contextmanager
def failure_told(machine: Machine) -> Iterator[None]:
    """What fails with a window may fail for it, once the emulator has been started; before, nothing has asked for one."""
    try:
        yield
    except MachineError as error:
        say(str(error))
        if machine.command_line and machine.display != "none":
            say_how_to_do_without_window(machine.name.lower())
        sys.exit(FAILED)


def what_is_booted(arguments: argparse.Namespace) -> dict:
    """As the emulators' classes want to be told, and the machine that it is booted on."""
    return dict(iso=arguments.iso, kernel=arguments.kernel, modules=[module(m) for m in arguments.module],
                append=arguments.append, memory=arguments.memory, cpu=arguments.cpu)  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    if arguments.emulator == "qemu":
        check_is_there("QEMU", versions.QEMU)
    display = choose_display(arguments.emulator, arguments.display)
    interactive = os.isatty(0)
    options = dict(what_is_booted(arguments), display=display, on_serial=output.write)
    if arguments.emulator == "qemu":
        machine = Qemu(**options)
    else:
        machine = Bochs(realtime=interactive or display != "none", **options)
    machine.symbols = Path(arguments.symbols)
    autopsy.forget()
    if by_hand(machine):
        say("by hand: " + by_hand(machine))
    if os.environ.get("V") == "1":
        machine.on_start = lambda: say("here: " + shlex.join(machine.command_line))
    if interactive:
        say("what you type goes down the serial line; Ctrl-] (or Ctrl-A x) leaves")
    with Terminal(), failure_told(machine), machine:
        if not interactive:
            return run_unattended(machine, chapter=arguments.chapter is not None)
        typist = Typist(machine)
        typist.start()
        # Bochs' log tells of a halt with interrupts off; QEMU's registers must be looked at, which nobody notices.
        machine.sample_period = 1
        machine.wait_until(lambda: typist.left, limit=None, look=arguments.emulator == "qemu")
        chapter_done = arguments.chapter is not None and halted_as_it_should(machine)
        if not typist.left and display != "none" and machine.running:
            end = CHAPTER_DONE if chapter_done else f"{machine.name}: {machine.end}"
            say(f"{end}. Close its window, or leave with Ctrl-] here")
            machine.wait_for_process(unless=lambda: typist.left)
        if typist.left:
            tell_where_it_stands(machine)
            return OK
        return last_words(machine, chapter_done)


def run_debugger(arguments: argparse.Namespace) -> int:
    """Bochs at its debugger's prompt, with the kernel's symbols."""
    with tempfile.TemporaryDirectory(prefix="trapgate-") as folder:
        symbols = Path(folder, "kernel.sym")
        bochs_facts.write_symbols(arguments.symbols, symbols)
        machine = Bochs(
            **what_is_booted(arguments),
            display=choose_display("bochs", arguments.display),
            debugger=[f'ldsym global "{symbols}"'],
            on_serial=output.write,
            realtime=True,
            typed=arguments.typed,
        )
        if os.environ.get("V") == "1":
            machine.on_start = lambda: say(shlex.join(machine.command_line))
        say("c goes on, Ctrl-C stops, lb ADDRESS or lb \"SYMBOL\" sets a breakpoint, s steps, r shows registers, q leaves")
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for Bochs
        with failure_told(machine), machine:
            machine.wait_for_process()
    return OK


def open_what_is_closed() -> None:
    """`make qemu <&-`: what is opened next would take the place of a standard stream that was closed."""
    for stream in range(3):
        try:
            os.fstat(stream)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for stream, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:  # it was closed when Python began
            setattr(sys, name, open(stream, "w" if stream else "r", encoding="utf-8"))


def main() -> int:
    open_what_is_closed()
    clean_up_when_ended()
    try:
        arguments = parse_arguments()
        return run_debugger(arguments) if arguments.debugger else run(arguments)
    except MachineError as error:
        say(str(error))
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
