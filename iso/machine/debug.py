#!/usr/bin/python3
"""Starts QEMU stopped before its first instruction and gdb attached to it: `make debug`.

    debug.py [PROGRAM ...] [-- GDB'S ARGUMENTS]
    debug.py --chapter N [-- GDB'S ARGUMENTS]

Without a PROGRAM the machine boots build/trapgate.iso through GRUB, or with --chapter that chapter's kernel and modules.
With programs (names in build/programs, or files) QEMU loads build/kernel.elf and hands them over as modules, without
GRUB: quicker. gdb has the kernel's symbols, and those of the programs (of a chapter's programs, of the first). The serial
console is printed here, between gdb's own lines; gdb's command `type` types there.
The command lines are printed first: by hand it works just so.
"""

import argparse
import contextlib
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Iterator, List

from . import MachineError, chapters, version_differences as versions
from .base import MEMORY
from .host import clean_up_when_ended, ending_with_us, has_screen

ROOT = Path(__file__).resolve().parents[2]
ROOT_FILES = Path("build/initrd.tar")
START_LIMIT = 20  # seconds until QEMU must listen
GDB, SERIAL = "gdb", "serial"  # in the folder of a run: the socket for gdb, and how the serial line's pipes begin


def program_file(name: str) -> Path:
    """The module file that a name on the command line means, as `make qemu` reads it (program_file in iso/run.mk)."""
    built = ROOT / "build/programs"
    for candidate in (built / f"{name}.bin", built / f"{name}.elf", built / name, Path(name)):
        if candidate.is_file():
            return Path(os.path.relpath(candidate, ROOT))  # where we work: a path of the tree may have blanks, which end a name
    sys.exit(f"debug: there is no program {name} in build/programs, and no such file: `make` first?")


def modules(programs: List[str]) -> str:
    """What QEMU is told of them, and of the root file system that a program may need, as `make qemu` hands it over."""
    files = [program_file(name) for name in programs]
    if not any(file.suffix == ".tar" for file in files) and (ROOT / ROOT_FILES).is_file():
        files.append(ROOT_FILES)
    return ",".join(str(file).replace(",", ",,") for file in files)


def emulator_command(arguments, folder: Path) -> list:
    # One thread for processor and devices: with two, QEMU 7.2 now and then reports a breakpoint a second time, and a
    # `stepi` or `continue` from there gets nowhere.
    command = [versions.QEMU, "-accel", "tcg,thread=single"]
    command += ["-m", str(arguments.memory), "-nic", "none"]
    if arguments.programs:
        command += ["-kernel", arguments.kernel]
        command += ["-initrd", modules(arguments.programs)]
    else:
        command += ["-cdrom", arguments.iso, "-boot", "d"]
    if not has_screen():
        command += ["-display", "none"]
    # Standard input is gdb's, so the serial line is two pipes with names. Not a socket: one is full after 278 characters that
    # are not read at once, where a pipe takes 65,536.
    command += ["-chardev", f"pipe,id=com1,path={folder}/{SERIAL}", "-serial", "chardev:com1"]
    # Stays standing after a triple fault, to be looked at.
    return command + ["-no-reboot", "-no-shutdown", "-S", *listening_for_gdb(folder)]


def listening_for_gdb(folder: Path) -> list:
    return ["-chardev", f"socket,id=gdb,path={folder}/{GDB},server=on,wait=off", "-gdb", "chardev:gdb"]


def gdb_command(arguments, folder: Path, serial_line: bool = True) -> list:
    command = [os.environ.get("GDB", "gdb"), "-q", arguments.kernel, "-x", "iso/machine/gdb/start.gdb"]
    # A chapter's programs all lie at the same addresses, so gdb gets the first one's names: with all of them it would show
    # one program's functions in the other, and stop at two places for each name of the C library.
    modules = [Path(os.path.relpath(module, ROOT)) for module in arguments.modules]
    programs = [file for file in modules if file.suffix != ".tar"][:1] + [program_file(name) for name in arguments.programs]
    for file in programs:
        if file.suffix == ".tar":  # an archive is no program
            continue
        # A flat program is linked as an ELF file first: NAME.flat is NAME.bin with symbols.
        symbols = file.with_suffix(".flat") if file.suffix == ".bin" else file
        if symbols.is_file():
            command += ["-ex", f"add-symbol-file {symbols}"]
    if serial_line:
        command += ["-ex", f"serial-line {folder}/{SERIAL}.in"]
    return command + ["-ex", f"target remote {folder}/{GDB}"] + arguments.gdb


def folder_for_sockets() -> tempfile.TemporaryDirectory:
    """A folder with a path that is short enough for a socket's name (108 bytes), and has nothing that QEMU or gdb would read
    as something else."""
    fits = len(tempfile.gettempdir()) < 60 and re.fullmatch(r"[\w/.-]+", tempfile.gettempdir())
    return tempfile.TemporaryDirectory(prefix="trapgate-", dir=None if fits else "/tmp")


def wait_for_socket(path: Path, emulator: subprocess.Popen) -> None:
    deadline = time.monotonic() + START_LIMIT
    while not path.exists():
        if emulator.poll() is not None:
            sys.exit(f"debug: QEMU left with code {emulator.returncode}; its message is above")
        if time.monotonic() > deadline:
            sys.exit("debug: QEMU does not listen")
        time.sleep(0.02)


def connected(path: Path, emulator: subprocess.Popen) -> socket.socket:
    """A connection to a socket of QEMU's. It may be there already, and not listen yet."""
    deadline = time.monotonic() + START_LIMIT
    while True:
        wait_for_socket(path, emulator)
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(str(path))
            return connection
        except ConnectionRefusedError:
            connection.close()
        if time.monotonic() > deadline:
            sys.exit("debug: QEMU does not listen")
        time.sleep(0.02)


def serial_pipes(folder: Path) -> list:
    """Those of QEMU's names: what is typed goes into the first, and what the machine says comes out of the other."""
    return [f"{folder}/{SERIAL}.in", f"{folder}/{SERIAL}.out"]


@contextlib.contextmanager
def started(arguments, folder: Path, output=None) -> Iterator[None]:
    """QEMU, listening for gdb, and whatever copies the serial line to `output` (standard output if None)."""
    for pipe in serial_pipes(folder):
        os.mkfifo(pipe)
    # Ctrl-C at gdb's prompt stops the machine; it must not reach QEMU, which would leave. Hence a session of its own.
    apart = dict(stdout=output, start_new_session=True)
    emulator = subprocess.Popen(ending_with_us(emulator_command(arguments, folder)), cwd=ROOT, stdin=subprocess.DEVNULL, **apart)
    try:
        wait_for_socket(Path(folder, GDB), emulator)
        # QEMU has opened its end. Opened here, and not by cat, which would wait for a QEMU that has been killed meanwhile.
        with open(os.open(serial_pipes(folder)[1], os.O_RDONLY | os.O_NONBLOCK), "rb", buffering=0) as serial:
            os.set_blocking(serial.fileno(), True)
            with subprocess.Popen(["cat"], stdin=serial, **apart):  # ends when QEMU does
                try:
                    yield
                finally:
                    emulator.kill()
    finally:
        emulator.kill()
        emulator.wait()


def show(command: list) -> None:
    print(shlex.join(command), flush=True)


def run_gdb(command: list) -> int:
    """Its exit code. Ctrl-C is gdb's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return subprocess.run(command, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)).returncode


def parse(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Our words of the command line, and as `gdb` those after `--`."""
    words = sys.argv[1:]
    end = words.index("--") if "--" in words else len(words)
    arguments = parser.parse_args(words[:end])
    arguments.gdb = words[end + 1 :]
    return arguments


def main() -> int:
    parser = argparse.ArgumentParser(description="QEMU stopped at its start, with gdb attached.")
    parser.add_argument("programs", nargs="*", metavar="PROGRAM", help="modules to run; none: boot the ISO")
    parser.add_argument("--chapter", type=int, metavar="N", help="boot this chapter's kernel")
    parser.add_argument("--memory", type=int, default=MEMORY, help="of the machine, in MiB")
    parser.add_argument("--print", action="store_true", help="only print the two command lines")
    arguments = parse(parser)

    clean_up_when_ended()
    os.chdir(ROOT)
    arguments.kernel, arguments.iso, arguments.modules = "build/kernel.elf", "build/trapgate.iso", []
    if arguments.chapter is not None:
        if arguments.programs:
            parser.error("a chapter brings its own modules")
        try:
            chapter = chapters.chapter(arguments.chapter)
            arguments.kernel, arguments.iso = (os.path.relpath(file, ROOT) for file in (chapter.kernel, chapter.iso()))
            arguments.modules = [module.path for module in chapter.modules]
        except MachineError as error:
            sys.exit(f"debug: {error}")
    wanted = arguments.kernel if arguments.programs else arguments.iso
    if not Path(wanted).is_file():
        sys.exit(f"debug: {wanted} is not there: `make` first")
    with folder_for_sockets() as folder:
        gdb_line = gdb_command(arguments, folder)
        typed, said = serial_pipes(folder)
        for command in (["mkfifo", typed, said], emulator_command(arguments, folder), ["cat", said], gdb_line):
            show(command)
        if arguments.print:
            return 0
        with started(arguments, folder):
            print("To type to the program: `type some words` at gdb's prompt, then `continue`. Or in a second terminal, if it has socat:")
            show(["socat", "-u", "-,raw,echo=0,escape=0x1d", f"OPEN:{typed}"])
            return run_gdb(gdb_line)


if __name__ == "__main__":
    sys.exit(main())
