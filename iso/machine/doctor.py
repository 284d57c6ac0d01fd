#!/usr/bin/python3
"""Says whether this machine can build Trapgate and judge a reader's work: `make doctor`.

First it looks for every thing in packages.table, the list that setup.sh installs from. Then it builds the ISO and boots
it in both emulators: what counts is not that a tool is there but that the whole chain works. Exit status 0 if so, else 1.

    doctor.py [--no-boot]       --no-boot   only looks; neither builds nor boots
Environment: CROSS, PYTHON and PACKAGE_TABLE as in setup.sh.
"""

import argparse
import glob
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = Path(os.environ.get("PACKAGE_TABLE", Path(__file__).with_name("packages.table")))
CROSS = os.environ.get("CROSS", "i686-linux-gnu-")
PYTHON = os.environ.get("PYTHON", "/usr/bin/python3")
MANAGERS = {  # in the table's order: what to type before the packages' names
    "apt": "apt-get install -y --no-install-recommends",
    "dnf": "dnf install",
    "pacman": "pacman -S --needed",
    "brew": "brew install",
}
PROBE_LIMIT = 60  # seconds for a tool to tell its version
BUILD_LIMIT = 1800
BOOT_LIMIT = 300  # seconds from power-on to the end of process 1, on a slow machine
USES_EXPECTED = "#include <expected>\nstd::expected<int, char> answer = 42;\n"

# GRUB's menu starts the first entry by itself; it runs a program, which the kernel reports so.
PROGRAM_ENDED = r"^\[info \] process 1 \(.*\): exited with status 0$"


@dataclass
class Need:
    needed: bool
    what: str
    probes: list
    purpose: str
    packages: dict  # by package manager


def read_table(path):
    needs = []
    for line in path.read_text().splitlines():
        fields = [field.strip() for field in line.split("|")]
        if fields[0] not in ("needed", "optional"):
            continue
        level, what, probes, purpose, *packages = fields
        needs.append(Need(level == "needed", what, probes.split(), purpose, dict(zip(MANAGERS, packages))))
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


def version(command):
    """The first number with a dot in what the tool says of itself, or nothing."""
    for option in ("--version", "-v"):
        done = run([command, option])
        found = done and done.returncode == 0 and re.search(r"\d+\.\d[\w.+~-]*", done.stdout)
        if found:
            return found[0].rstrip(".")
    return ""


def compiler(name):
    """Where the compiler is and its version, if it knows the C++ we write."""
    if shutil.which(name) is None:
        return None
    options = ["-std=c++23", "-ffreestanding", "-fsyntax-only", "-x", "c++", "-"]
    done = run([name, *options], stdin=None, input=USES_EXPECTED)
    return f"{name} {version(name)}" if done and done.returncode == 0 else None


def look(probe):
    """What a probe of the table finds, in words, or None. The kinds of probes are explained in the table."""
    kind, _, name = probe.partition(":")
    if kind == "command":
        path = shutil.which(name)
        if path is None:
            return None
        # Bochs has no quiet way to tell its version, and Xvfb none at all.
        number = "" if name in ("bochs", "Xvfb") else version(name)
        return f"{path} {number}".rstrip()
    if kind == "file":
        found = sorted(glob.glob(name))
        return ", ".join(found) or None
    if kind == "python":
        done = run([PYTHON, "-c", f"import sys, {name}\nprint(getattr({name}, '__version__', ''), sys.version)"])
        return f"{PYTHON}, {name} {done.stdout.split()[0]}" if done and done.returncode == 0 else None
    if kind in ("cross", "host"):
        return compiler(name if kind == "host" else CROSS + name)
    sys.exit(f"doctor: {TABLE} has an unknown probe '{probe}'")


def find(need):
    return next((found for found in map(look, need.probes) if found), None)


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
        mark = "found  " if found else "MISSING" if need.needed else "absent "
        print(f"  {mark}  {need.what:<21} {found or need.purpose}")
        if not found:
            optional = "" if need.needed else "for developers only; "
            print(f"  {'':<30} {optional}{names_of(need.packages)}")
            if need.needed:
                missing.append(need)
        elif need.what in REMARKS:
            remark, usable = REMARKS[need.what](found)
            if remark:
                print(f"  {'':<30} {remark}")
            if not usable:
                missing.append(need)
    return missing


# --- The chain ---


def build():
    """True if `make` builds the ISO."""
    print("\nBuilding build/trapgate.iso with `make` ...", flush=True)
    make = shutil.which("make") or "make"
    try:
        done = subprocess.run(
            [make, "-C", str(ROOT), "build/trapgate.iso"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", timeout=BUILD_LIMIT,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"  FAILED   {error}")
        return False
    if done.returncode != 0:
        print("  FAILED   the last lines of make:")
        print("\n".join("    " + line for line in done.stdout.splitlines()[-15:]))
        return False
    print("  built")
    return True


def boot(machine_class, iso):
    """True if a program ran to its end on the ISO's kernel."""
    from . import MachineError

    print(f"Booting it in {machine_class.name} ...", flush=True)
    try:
        with machine_class(iso=iso) as machine:
            machine.wait_for(PROGRAM_ENDED, limit=BOOT_LIMIT)
    except MachineError as error:
        print(f"  FAILED   {error}")
        return False
    print("  a program ran at privilege level 3 and ended")
    return True


def check_chain():
    if not build():
        return False
    from . import Bochs, Qemu

    # Both, even if the first fails: which one fails tells the reader something.
    return all([boot(machine_class, ROOT / "build/trapgate.iso") for machine_class in (Qemu, Bochs)])


def main():
    parser = argparse.ArgumentParser(description="Can this machine judge your work?")
    parser.add_argument("--no-boot", action="store_true", help="only look for the tools")
    arguments = parser.parse_args()

    print("What Trapgate needs, and what this machine has:")
    missing = look_for_everything()
    if missing:
        command = install_command(missing, manager_here())
        print(f"\nThis machine lacks {len(missing)} of the things above. To install them, type")
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
    sys.exit(main())
