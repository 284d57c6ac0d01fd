#!/usr/bin/python3
"""Records a run of the system in QEMU and opens gdb at its end, able to go backwards: `make rewind`.

    rewind.py [--kernel FILE] [PROGRAM ...] [-- GDB'S ARGUMENTS]

Programs and the ISO as in debug.py. The recording ends when the machine does (power off, a halt with interrupts off, a
triple fault or reset) or with Ctrl-C. Then QEMU repeats it, exactly, up to the last instruction; to go back it loads
the state at power-on and repeats the run up to one instruction less. Everything is kept in build/rewind/.

What QEMU 7.2 needs for that:
- No kvmvapic device. Its reset asks the processor's thread for something and waits, while the main thread, which loads
  the state, holds the lock that thread waits for: most steps backwards would hang. It serves KVM's guests only.
- A machine that can't be switched off (no ACPI, no isa-debug-exit). The request to shut down is put into the recording
  before the instructions that led to it, so the repeated machine would stop too early. The kernel then halts, with
  interrupts off, which is an end as good. Likewise the recorder is ended by a signal, which is not recorded, and not
  by a command, which is.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from . import MachineError, debug, version_differences as versions
from .host import clean_up_when_ended, ending_with_us, has_screen
from .processor import INTERRUPT_FLAG
from .qmp import Client

LOOK_INTERVAL = 0.2  # seconds between two looks at whether the machine has ended
LIMIT_WITHOUT_TERMINAL = 120  # seconds; nobody is there to press Ctrl-C


class Qemu(Client):
    """QEMU, stopped before the first instruction, as recorder ("record") or to repeat the recording ("replay")."""

    def __init__(self, arguments, folder: Path, sockets: Path, mode: str):
        command = [versions.QEMU, "-m", str(arguments.memory), "-machine", "pc,acpi=off"]
        command += ["-global", "apic-common.vapic=off", "-net", "none"]
        if arguments.programs:
            command += ["-kernel", arguments.kernel, "-initrd", debug.modules(arguments.programs), "-append", "poweroff"]
        else:
            command += ["-cdrom", "build/trapgate.iso", "-boot", "d"]
        if mode == "replay" or not has_screen():
            command += ["-display", "none"]
        state = folder / "state.qcow2"
        command += ["-icount", f"shift=auto,rr={mode},rrfile={folder / 'recording'},rrsnapshot=power-on"]
        command += ["-drive", f"file={state},if=none,id=state", "-no-reboot", "-no-shutdown", "-S"]
        # Each step backwards repeats the run, and would print it all again.
        command += ["-serial", "stdio" if mode == "record" else "file:/dev/null"]
        qmp = sockets / f"{mode}-qmp"
        command += ["-qmp", f"unix:{qmp},server=on,wait=off"]
        if mode == "replay":
            command += debug.listening_for_gdb(sockets)
        debug.show(command)
        # Ctrl-C is for us and for gdb: hence a session of its own.
        self.process = subprocess.Popen(ending_with_us(command), stdin=subprocess.PIPE, start_new_session=True)
        super().__init__(debug.connected(qmp, self.process))

    def instructions(self) -> int:
        """How many have been executed since power-on."""
        return self.qmp("query-replay")["icount"]

    def halted_for_ever(self) -> bool:
        registers = self.registers()
        return registers.halted and not registers.eflags & INTERRUPT_FLAG

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        super().close()


def pass_on_what_is_typed(qemu: Qemu) -> None:
    """To the serial line, a line at a time, as the terminal gives it."""
    try:
        while data := os.read(0, 1024):
            qemu.process.stdin.write(data)
            qemu.process.stdin.flush()
    except OSError:
        pass  # the recording is over


def record(arguments, folder: Path, sockets: Path) -> int:
    """Runs the machine to its end. The number of instructions it executed."""
    state = str(folder / "state.qcow2")
    command = ["qemu-img", "create", "-q", "-f", "qcow2", state, "64M"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise MachineError(f"no file for the machine's state: {done.stdout.strip()}")
    with Qemu(arguments, folder, sockets, "record") as qemu:
        if sys.stdin.isatty():
            threading.Thread(target=pass_on_what_is_typed, args=(qemu,), daemon=True).start()
        start = time.monotonic()
        end = "stopped by Ctrl-C"
        qemu.qmp("cont")
        stopped = threading.Event()
        before = signal.signal(signal.SIGINT, lambda *_: stopped.set())
        while not stopped.wait(LOOK_INTERVAL):
            if qemu.status() != "running":
                end = "a triple fault or reset"
                break
            if qemu.halted_for_ever():
                end = "halted with interrupts off"
                break
            if not sys.stdin.isatty() and time.monotonic() - start > arguments.limit:
                end = f"stopped after {arguments.limit} s"
                break
        qemu.qmp("stop")
        count = qemu.instructions()
        qemu.process.terminate()  # closes the recording
        qemu.process.wait()
        signal.signal(signal.SIGINT, before)
    print(f"\n-- {end}, after {count} instructions", flush=True)
    return count


def replay(arguments, folder: Path, sockets: Path, count: int) -> int:
    """Repeats the run and gives gdb the machine at its end. gdb's exit code."""
    with Qemu(arguments, folder, sockets, "replay") as qemu:
        qemu.qmp("replay-seek", icount=count)
        while qemu.status() == "running":
            time.sleep(0.05)
        if qemu.status() != "paused" or qemu.instructions() != count:
            sys.exit(f"rewind: QEMU left the recording's way at instruction {qemu.instructions()}")
        arguments.gdb = ["-ex", f"set $recording_end = {count}", "-x", "iso/machine/gdb/rewind.py"] + arguments.gdb
        command = debug.gdb_command(arguments, sockets, serial_line=False)
        debug.show(command)
        return debug.run_gdb(command)


def main() -> int:
    parser = argparse.ArgumentParser(description="Records a run, and opens gdb at its end.")
    parser.add_argument("programs", nargs="*", metavar="PROGRAM", help="modules to run; none: boot the ISO")
    parser.add_argument("--kernel", default="build/kernel.elf", help="instead of build/kernel.elf; needs a PROGRAM")
    parser.add_argument("--memory", type=int, default=debug.MEMORY, help="of the machine, in MiB")
    parser.add_argument("--folder", type=Path, default=Path("build/rewind"), help="for the recording")
    parser.add_argument("--commands", metavar="FILE", help="run these commands of gdb, then leave")
    parser.add_argument("--limit", type=float, default=LIMIT_WITHOUT_TERMINAL, help="seconds, where no terminal is")
    arguments = debug.parse(parser)
    if arguments.commands:
        arguments.gdb += ["-batch", "-x", os.path.abspath(arguments.commands)]
    arguments.kernel = os.path.abspath(debug.ROOT / arguments.kernel)
    arguments.modules = []
    if not arguments.programs and arguments.kernel != str(debug.ROOT / "build/kernel.elf"):
        parser.error("the ISO brings its own kernel: name a PROGRAM to run on this one")

    clean_up_when_ended()
    os.chdir(debug.ROOT)
    for wanted in (arguments.kernel, *([] if arguments.programs else ["build/trapgate.iso"])):
        if not Path(wanted).is_file():
            sys.exit(f"rewind: {wanted} is not there: `make` first")
    if not shutil.which("qemu-img"):
        sys.exit("rewind: qemu-img is missing, which makes the file for the machine's state: `make setup` installs it")
    try:
        arguments.folder.mkdir(parents=True, exist_ok=True)
        with debug.folder_for_sockets() as sockets:
            count = record(arguments, arguments.folder, Path(sockets))
            return replay(arguments, arguments.folder, Path(sockets), count)
    except (MachineError, OSError) as error:
        sys.exit(f"rewind: {error}")


if __name__ == "__main__":
    sys.exit(main())
