#!/usr/bin/python3
"""Says whether this machine can build Trapgate and judge a reader's work: `make doctor`.

First it looks for every thing in packages.table, the list that setup.sh installs from, and runs each tool: one that does
not start, or is too old, counts as missing. Then it copies the sources to a folder of its own, builds the ISO there from nothing,
boots it in both emulators, and asks them what the tests ask them. Exit status 0 if all that works, else 1.

    doctor.py [--no-boot]       --no-boot   only looks; neither builds nor boots
Environment: CROSS, PYTHON and PACKAGE_TABLE as in setup.sh.
"""

import argparse
import glob
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import Bochs, MachineError, Qemu, grub, inner_make
from .symbols import CROSS

ROOT = Path(__file__).resolve().parents[2]
TABLE = Path(os.environ.get("PACKAGE_TABLE", Path(__file__).with_name("packages.table")))
PYTHON = os.environ.get("PYTHON", "/usr/bin/python3")
MANAGERS = {  # in the table's order: what to type before the packages' names
    "apt": "apt-get install -y --no-install-recommends",
    "dnf": "dnf install",
    "pacman": "pacman -S --needed",
    "brew": "brew install",
}
PROBE_LIMIT = 60  # seconds for a tool to tell its version
BUILD_LIMIT = 1800
SOURCES = ("Makefile", "boot", "docs", "iso", "kernel", "linker", "programs")  # what an ISO is built from
BOOT_LIMIT = 300  # seconds from power-on to the end of process 1, on a slow machine
USES_EXPECTED = "#include <expected>\nstd::expected<int, char> answer = 42;\n"

# GRUB's menu starts the first entry by itself: the full system, to its shell.
PROMPT = r"^\$ "
STATUS = 42  # that a program gives QEMU to leave with

# The oldest versions that Trapgate was tried with, or that have what it needs.
LEAST = {
    "NASM": "2.15", "grub-mkrescue": "2.02", "xorriso": "1.4", "mtools": "4.0", "QEMU": "6.2", "qemu-img": "6.2", "Bochs": "2.7",
    "gdb": "12", "Python": "3.9", "pytest": "6.2", "clang-tidy": "16",
}  # fmt: skip
# How a tool tells of itself; --version where nothing else is said here. Xvfb has no version.
QUESTIONS = {"NASM": "-v", "Bochs": "--help", "Xvfb": "-help"}
WITHOUT_VERSION = ("Xvfb",)
# Both are called by the same name in front: the one without the other is of no use.
GRUBS_TOOLS = {"grub-mkrescue": [f"command:{grub.MKRESCUE}"], "grub-file": [f"command:{grub.FILE}"]}


@dataclass
class Finding:
    """What was found for a need."""

    words: str  # where it is, and which
    trouble: str = ""  # why it will not do


@dataclass
class Need:
    level: str  # needed, wanted, optional
    what: str
    probes: list
    purpose: str
    packages: dict  # by package manager


def read_table(path):
    needs = []
    for line in path.read_text().splitlines():
        fields = [field.strip() for field in line.split("|")]
        if fields[0] not in ("needed", "wanted", "optional"):
            continue
        level, what, probes, purpose, *packages = fields
        needs.append(Need(level, what, probes.split(), purpose, dict(zip(MANAGERS, packages))))
    return needs


# --- Looking for one thing ---


def run(command, **options):
    """The finished process, or None if it could not be run."""
    try:
        return subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            timeout=PROBE_LIMIT, **{"stdin": subprocess.DEVNULL, **options}
        )
    except (OSError, subprocess.TimeoutExpired):
        return None


def version_in(text):
    """The first number with a dot in it, or nothing."""
    found = re.search(r"\d+\.\d[\w.+~-]*", text)
    return found[0].rstrip(".") if found else ""


def older(version, least):
    """Whether a version lies before another: by their numbers."""
    numbers, others = ([int(number) for number in re.findall(r"\d+", one)] for one in (version, least))
    return numbers[: len(others)] < others


def last_line(done):
    """What a tool said last, for a remark."""
    lines = done.stdout.strip().splitlines() if done else []
    return lines[-1].strip()[:120] if lines else "it could not be run" if done is None else f"it left with status {done.returncode}"


def tool(need, path):
    """A tool that is on PATH: what it says of itself, and whether it will do."""
    if need.what == "grub-file":
        return grub_file(path)
    done = run([path, QUESTIONS.get(need.what, "--version")])
    if done is None or done.returncode != 0:
        return Finding(path, f"it does not work: {last_line(done)}")
    number = "" if need.what in WITHOUT_VERSION else version_in(done.stdout)
    least = LEAST.get(need.what)
    if least and not number:
        return Finding(path, f"it does not tell its version: {last_line(done)}")
    if least and older(number, least):
        return Finding(f"{path} {number}", f"too old: {least} is the least that will do")
    return Finding(f"{path} {number}".rstrip())


def grub_file(path):
    """It has no way to tell its version: it is given a Multiboot header to find."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(struct.pack("<3I", 0x1BADB002, 0, 0xE4524FFE).ljust(8192, b"\0"))
        file.flush()
        done = run([path, "--is-x86-multiboot", file.name])
    return Finding(path, "" if done and done.returncode == 0 else f"it does not find a Multiboot header: {last_line(done)}")


def compiler(name, host):
    """A compiler, if it knows the C++ we write; the host's makes a program that runs, with the sanitizers."""
    if shutil.which(name) is None:
        return None
    options = ["-std=c++23", "-ffreestanding", "-c", "-o", os.devnull, "-x", "c++", "-"]
    done = run([name, *options], stdin=None, input=USES_EXPECTED)
    if done is None or done.returncode != 0:
        return Finding(name, f"it does not compile C++23's <expected> (GCC 12 has it): {last_line(done)}")
    told = run([name, "--version"])
    found = Finding(f"{name} {version_in(told.stdout) if told else ''}".rstrip())
    if host:
        with tempfile.TemporaryDirectory(prefix="trapgate-") as folder:
            program = os.path.join(folder, "program")
            options = ["-fsanitize=address,undefined", "-x", "c++", "-", "-o", program]
            done = run([name, *options], stdin=None, input="int main() { return 0; }\n")
            done = run([program]) if done and done.returncode == 0 else done
        if done is None or done.returncode != 0:
            found.trouble = f"it makes no program with sanitizers that runs: {last_line(done)}"
    return found


def look(need, probe):
    """What a probe of the table finds, or None. The kinds of probes are explained in the table."""
    kind, _, name = probe.partition(":")
    if kind == "command":
        path = shutil.which(name)
        return tool(need, path) if path else None
    if kind == "file":
        found = sorted(glob.glob(name))
        return Finding(", ".join(found)) if found else None
    if kind == "python":
        done = run([PYTHON, "-c", f"import sys, {name}\nprint(getattr({name}, '__version__', ''), sys.version)"])
        if not done or done.returncode != 0:
            return None
        number, least = done.stdout.split()[0], LEAST.get(need.what)
        trouble = f"too old: {least} is the least that will do" if least and older(number, least) else ""
        return Finding(f"{PYTHON}, {name} {number}", trouble)
    if kind in ("cross", "host"):
        return compiler(name if kind == "host" else CROSS + name, kind == "host")
    sys.exit(f"doctor: {TABLE} has an unknown probe '{probe}'")


def find(need):
    """The first that will do; else the first that is there, with its trouble; or None."""
    probes = GRUBS_TOOLS.get(need.what, need.probes)
    found = [one for one in (look(need, probe) for probe in probes) if one]
    return next((one for one in found if not one.trouble), found[0] if found else None)


# --- What a tool's presence does not tell: a remark, and whether the tool is usable for all that ---


def bochs_bios_remark(bios):
    """Ubuntu 22.04's package has a BIOS that resets the machine for ever before GRUB is read."""
    if "BIOS-bochs-latest" not in bios:
        return "", True
    done = run(["dpkg-query", "-W", "-f", "${Version}", "bochsbios"])
    if not (done and done.returncode == 0 and re.match(r"2\.7\+dfsg-2\b", done.stdout)):
        return "", True
    remark = f"BIOS-bochs-latest of bochsbios {done.stdout.strip()} triple-faults by itself"
    if "BIOS-bochs-legacy" in bios:
        return remark + "; BIOS-bochs-legacy is used instead", True
    return remark + ", and the legacy one is missing", False


def gdb_remark(path):
    """gdb must know the i386, and have Python for our commands."""
    command = path.split()[0]
    done = run([command, "-nx", "-batch", "-ex", "set architecture i386"])
    if not done or "Undefined item" in done.stdout or done.returncode != 0:
        return "this gdb does not know the i386: on Debian install gdb or gdb-multiarch", False
    done = run([command, "-nx", "-batch", "-ex", "python print(6 * 7)"])
    if not done or done.stdout.strip() != "42":
        return "this gdb was built without Python, which Trapgate's commands are written in", False
    return "", True


REMARKS = {"Bochs' BIOS": bochs_bios_remark, "gdb": gdb_remark}


# --- The report ---


def manager_here():
    commands = {"apt-get": "apt", "dnf": "dnf", "pacman": "pacman", "brew": "brew"}
    return next((name for command, name in commands.items() if shutil.which(command)), None)


def names_of(packages):
    """The packages in one line, for every distribution."""
    return ", ".join(f"{manager}: {' or '.join(p.split('/'))}" for manager, p in packages.items() if p != "-")


def install_command(missing, manager):
    """The one line to type for all that is missing, or None where this machine has no package manager we know."""
    if manager is None:
        return None
    names = []
    for need in missing:
        for package in need.packages[manager].split():
            package = package.partition("/")[0]
            if package != "-" and package not in names:
                names.append(package)
    if not names:
        return None
    as_root = "" if manager == "brew" or os.geteuid() == 0 else "sudo "
    return f"{as_root}{MANAGERS[manager]} {' '.join(names)}"


def look_for_everything():
    """Prints the table. The needed things that are missing, or there but unusable."""
    missing = []
    for need in read_table(TABLE):
        found = find(need)
        remark = found.trouble if found else ""
        usable = found is not None and not found.trouble
        if usable and need.what in REMARKS:
            remark, usable = REMARKS[need.what](found.words)
        needed = need.level == "needed"
        mark = "found  " if usable else "BROKEN " if found else "MISSING" if needed else "absent "
        print(f"  {mark}  {need.what:<21} {found.words if found else need.purpose}")
        if remark:
            print(f"  {'':<30} {remark}")
        if not found:
            level = {"needed": "", "wanted": "all works without; ", "optional": "for developers only; "}[need.level]
            print(f"  {'':<30} {level}{names_of(need.packages)}")
        if needed and not usable:
            missing.append(need)
    return missing


# --- The chain ---


def build(folder):
    """True if `make` builds the ISO from nothing, in a copy of the sources."""
    print("\nBuilding everything from nothing with `make`, in a folder of its own ...", flush=True)
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "pictures"))
        else:
            shutil.copy2(source, folder / name)
    make = shutil.which("make") or "make"
    try:
        done = subprocess.run(
            [make, "-j", str(os.cpu_count()), "build/trapgate.iso"], cwd=folder, env=inner_make.environment(), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace", timeout=BUILD_LIMIT,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"  FAILED   {error}")
        return False
    if done.returncode != 0:
        print("  FAILED   the last lines of make:")
        print("\n".join("    " + line for line in done.stdout.splitlines()[-15:]))
        return False
    print("  built")
    return True


def boot(machine_class, folder):
    """True if the ISO boots to the shell's prompt, and the emulator tells of the machine what the tests ask."""
    print(f"Booting it in {machine_class.name} ...", flush=True)
    try:
        with machine_class(iso=folder / "build/trapgate.iso") as machine:
            machine.wait_for(PROMPT, limit=BOOT_LIMIT)
            print("  the shell has started, at privilege level 3")
            registers = machine.registers()
            screen = machine.screen_text()
        if not registers.cr0 >> 31 or registers.cs not in (0x08, 0x1B) or not any(screen):  # the kernel's, or a program's
            raise MachineError(f"what it tells of registers and screen can't be: cr0 {registers.cr0:#x}, cs {registers.cs:#x}")
    except MachineError as error:
        print(f"  FAILED   {error}")
        return False
    print("  registers and screen can be read")
    return True


def power_off(machine_class, folder):
    """True if the exit status of a program comes out of QEMU, as the tests' answers do."""
    program = folder / "build/programs/exit-status.bin"
    options = dict(kernel=folder / "build/kernel.elf", modules=[(program, f"exit-status {STATUS}")], append="poweroff")
    try:
        with machine_class(**options) as machine:
            end = machine.wait_for_end(limit=BOOT_LIMIT)
        if end.status != STATUS:
            raise MachineError(f"the machine was to leave with status {STATUS}, but: {end}")
    except MachineError as error:
        print(f"  FAILED   {error}")
        return False
    print("  it powers off, and tells the exit status")
    return True


def check_chain():
    with tempfile.TemporaryDirectory(prefix="trapgate-doctor-") as name:
        folder = Path(name)
        # Both emulators, even if the first fails: which one fails tells the reader something.
        return build(folder) and all([boot(Qemu, folder) and power_off(Qemu, folder), boot(Bochs, folder)])


def main():
    parser = argparse.ArgumentParser(description="Can this machine judge your work?")
    parser.add_argument("--no-boot", action="store_true", help="only look for the tools")
    arguments = parser.parse_args()

    print("What Trapgate needs, and what this machine has:")
    missing = look_for_everything()
    if missing:
        command = install_command(missing, manager_here())
        print(f"\nThis machine lacks {len(missing)} of the things above, or has them broken or too old. To install them, type")
        print("    make setup" + (f"\nor\n    {command}" if command else ""))
        if any(need.packages.get(manager_here()) == "-" for need in missing):
            print("A cross compiler of your own will do too: g++ 12 or later for i686-elf, with CROSS=i686-elf-")
        print("This machine cannot judge your work yet.")
        return 1
    if arguments.no_boot:
        print("\nEverything is here; whether it works together was not tried.")
        return 0
    if not check_chain():
        print("\nThe tools are here, but the chain from compiler to emulator is broken where it says FAILED above.")
        print("If you have changed the kernel, try it on a fresh clone: if that works, the change is the reason.")
        print("This machine cannot judge your work yet.")
        return 1
    print("\nThis machine can judge your work.")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
