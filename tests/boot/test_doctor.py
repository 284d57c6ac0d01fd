"""doctor.py on machines that lack things or have them broken: a PATH of stand-ins and a small table. Nothing is built or
booted here; in the last tests stand-ins play `make` and the emulators."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from machine import doctor

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ROOT / "iso"

TABLE = """\
needed   | cross compiler | cross:g++ cross:g++-12 | compiles the kernel | cross-cxx/cross-cxx-12 | - | - | i686-elf-gcc
needed   | NASM           | command:nasm | assembles | nasm | nasm-rpm | nasm-arch | nasm-brew
needed   | Bochs' BIOS    | file:{folder}/BIOS-bochs-l* | firmware | bochsbios | bochs-bios | bochs | bochs
needed   | gdb            | command:gdb | debugs | gdb | gdb | gdb | i386-elf-gdb
needed   | Python         | python:sys | runs the tests | python3-pytest | python3-pytest | python-pytest | pytest
optional | clang          | command:clang++ | fuzzes | clang | clang | clang | llvm
"""
GDB = """\
case "$*" in
--version) echo "GNU gdb (Debian) 13.1" ;;
*architecture*) [ -z "$NO_I386" ] || echo 'Undefined item: "i386".' ;;
*python*) [ -n "$NO_PYTHON" ] || echo 42 ;;
esac
"""


class Computer:
    """A folder of stand-ins that is the whole PATH, with nothing missing at first."""

    def __init__(self, folder):
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.table = folder / "packages.table"
        self.table.write_text(TABLE.format(folder=folder))
        self.environment = {"PATH": str(self.bin), "PACKAGE_TABLE": str(self.table), "PYTHON": sys.executable}
        self.command("i686-linux-gnu-g++", 'case $1 in --version) echo "g++ (Debian 12.2.0-14) 12.2.0" ;; esac\n')
        self.command("nasm", '[ "$1" = -v ] && echo "NASM version 2.16.01"\n')
        self.command("gdb", GDB)
        self.command("dpkg-query", "echo 2.7+dfsg-4\n")
        self.command("apt-get", f"echo called >>{folder}/apt-get-was-called\n")
        for name in ("BIOS-bochs-latest", "BIOS-bochs-legacy"):
            (folder / name).touch()

    def command(self, name, text):
        path = self.bin / name
        path.write_text("#!/bin/sh\n" + text)
        path.chmod(0o755)

    def remove(self, name):
        (self.bin / name).unlink()

    def doctor(self, *arguments, packages=PACKAGES):
        done = subprocess.run(
            [sys.executable, "-m", "machine.doctor", *arguments], stdin=subprocess.DEVNULL,
            env={**self.environment, "PYTHONPATH": str(packages)},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120,
        )
        assert not (self.folder / "apt-get-was-called").exists(), "the doctor installs nothing"
        return done.returncode, done.stdout


@pytest.fixture
def computer(tmp_path):
    return Computer(tmp_path)


def row(output, what):
    """The lines that speak of one thing: its own and the indented ones below."""
    lines = output.splitlines()
    first = next(i for i, line in enumerate(lines) if line[11:].startswith(what))
    last = first + 1
    while lines[last].startswith(" " * 20):
        last += 1
    return "\n".join(lines[first:last])


def test_all_found_with_version_and_path(computer):
    code, output = computer.doctor("--no-boot")
    assert code == 0, output
    assert row(output, "cross compiler").split() == "found cross compiler i686-linux-gnu-g++ 12.2.0-14".split()
    assert row(output, "NASM").split() == ["found", "NASM", f"{computer.bin}/nasm", "2.16.01"]
    assert f"found    Python                {sys.executable}, sys 3." in output
    assert "MISSING" not in output and "whether it works together was not tried" in output


def test_what_is_optional_may_be_absent(computer):
    code, output = computer.doctor("--no-boot")
    assert code == 0 and row(output, "clang").startswith("  absent   clang")
    assert "for developers only; apt: clang, dnf: clang" in row(output, "clang")


def test_missing_things_are_named_with_packages_and_one_command(computer):
    computer.remove("nasm")
    computer.remove("gdb")
    code, output = computer.doctor()
    assert code == 1
    assert row(output, "NASM").startswith("  MISSING  NASM                  assembles\n")
    assert "apt: nasm, dnf: nasm-rpm, pacman: nasm-arch, brew: nasm-brew" in row(output, "NASM")
    assert "lacks 2 of the things" in output and "\n    make setup\n" in output
    assert "apt-get install -y --no-install-recommends nasm gdb\n" in output
    assert output.endswith("This machine cannot judge your work yet.\n")


@pytest.mark.parametrize(
    "manager, line",
    [("dnf", "dnf install nasm-rpm"), ("pacman", "pacman -S --needed nasm-arch"), ("brew", "    brew install nasm-brew")],
)
def test_the_command_fits_the_distribution(computer, manager, line):
    computer.remove("nasm")
    computer.remove("apt-get")
    computer.command(manager, "exit 1\n")
    code, output = computer.doctor()
    assert code == 1 and line + "\n" in output


def test_an_old_compiler_will_not_do(computer):
    computer.command("i686-linux-gnu-g++", "echo 'expected: No such file'; exit 1\n")
    code, output = computer.doctor()
    assert code == 1 and row(output, "cross compiler").startswith("  BROKEN   cross compiler")
    assert "does not compile C++23's <expected> (GCC 12 has it): expected: No such file" in row(output, "cross compiler")
    computer.remove("i686-linux-gnu-g++")
    code, output = computer.doctor()
    assert code == 1 and "apt: cross-cxx or cross-cxx-12, brew: i686-elf-gcc" in row(output, "cross compiler")


def test_another_cross_compiler_can_be_named(computer):
    computer.command("i686-elf-g++-12", "exit 0\n")
    computer.environment["CROSS"] = "i686-elf-"
    code, output = computer.doctor("--no-boot")
    assert code == 0 and "i686-elf-g++-12" in row(output, "cross compiler")


def test_a_distribution_without_a_cross_compiler(computer):
    computer.remove("i686-linux-gnu-g++")
    computer.remove("apt-get")
    computer.command("dnf", "exit 1\n")
    code, output = computer.doctor()
    assert code == 1 and "with CROSS=i686-elf-" in output


def test_a_bios_that_triple_faults_is_recognised(computer):
    computer.command("dpkg-query", "echo 2.7+dfsg-2\n")
    code, output = computer.doctor("--no-boot")
    assert code == 0 and "BIOS-bochs-legacy is used instead" in row(output, "Bochs' BIOS")
    (computer.folder / "BIOS-bochs-legacy").unlink()
    code, output = computer.doctor("--no-boot")
    assert code == 1 and "triple-faults by itself, and the legacy one is missing" in row(output, "Bochs' BIOS")


@pytest.mark.parametrize("defect, remark", [("NO_I386", "does not know the i386"), ("NO_PYTHON", "without Python")])
def test_a_gdb_that_will_not_do(computer, defect, remark):
    computer.environment[defect] = "1"
    code, output = computer.doctor("--no-boot")
    assert code == 1 and remark in row(output, "gdb") and "lacks 1 of the things" in output


# --- Tools that are there and will not do: broken stand-ins, first on a PATH that has the right ones too ---

TOOLS = [need for need in doctor.read_table(PACKAGES / "machine/packages.table")
         if need.level == "needed" and need.probes[0].partition(":")[0] in ("command", "cross", "host")]  # fmt: skip
BROKEN = 'echo "/usr/bin/tool: symbol lookup error: undefined symbol: there" >&2\nexit 127\n'


def names_of(need):
    """The commands that could serve the need."""
    return [doctor.CROSS * (kind == "cross") + name for kind, _, name in (probe.partition(":") for probe in need.probes)]


@pytest.fixture
def examined(computer):
    """What the doctor says of one line of the real table, with stand-ins of its commands first on the real PATH."""

    def examine(need, text):
        lines = (PACKAGES / "machine/packages.table").read_text().splitlines()
        [line] = [line for line in lines if line.startswith(need.level) and line.split("|")[1].strip() == need.what]
        computer.table.write_text(line + "\n")
        for name in names_of(need):
            computer.command(name, text)
        computer.environment["PATH"] += ":" + os.environ["PATH"]
        return computer.doctor("--no-boot")

    return examine


@pytest.mark.parametrize("need", TOOLS, ids=lambda need: need.what)
def test_a_tool_that_does_not_start_is_broken(examined, need):
    code, output = examined(need, BROKEN)
    assert code == 1, output
    assert row(output, need.what).startswith(f"  BROKEN   {need.what}") and "symbol lookup error" in row(output, need.what)
    assert "lacks 1 of the things above" in output and output.endswith("This machine cannot judge your work yet.\n")


@pytest.mark.parametrize("need", [need for need in TOOLS if need.what in doctor.LEAST], ids=lambda need: need.what)
def test_a_tool_that_is_too_old_or_tells_nothing(examined, need):
    least = doctor.LEAST[need.what]
    code, output = examined(need, "echo 'tool 1.0.2'\n")
    assert code == 1 and f"1.0.2\n{'':33}too old: {least} is the least that will do" in row(output, need.what), output


def test_a_tool_that_tells_no_version(examined):
    [nasm] = [need for need in TOOLS if need.what == "NASM"]
    code, output = examined(nasm, "echo hello\n")
    assert code == 1 and "it does not tell its version: hello" in row(output, "NASM")


def test_versions_are_compared_as_numbers():
    assert doctor.older("2.9", "2.15") and doctor.older("1.99.3", "2.0")
    assert not doctor.older("2.15", "2.15") and not doctor.older("2.15.05", "2.15") and not doctor.older("10.0~rc1", "6.2")


def test_a_host_compiler_without_its_sanitizers(examined):
    [host] = [need for need in TOOLS if need.what == "host compiler"]
    code, output = examined(host, 'case "$*" in *sanitize*) echo "cannot find -lasan"; exit 1 ;; *version) echo 12.2.0 ;; esac\n')
    assert code == 1 and "no program with sanitizers that runs: cannot find -lasan" in row(output, "host compiler")


def test_grubs_tools_must_be_called_by_one_name(computer):
    """The Makefile puts the same word before both."""
    grub = [line for line in (PACKAGES / "machine/packages.table").read_text().splitlines() if "| grub-" in line]
    computer.table.write_text("\n".join(grub) + "\n")
    computer.command("i686-elf-grub-mkrescue", "echo grub-mkrescue 2.06\n")
    computer.command("grub-file", "")
    code, output = computer.doctor("--no-boot")
    assert code == 1 and row(output, "grub-mkrescue").startswith("  found ") and row(output, "grub-file").startswith("  MISSING"), output
    computer.command("i686-elf-grub-file", "")
    assert computer.doctor("--no-boot")[0] == 0


def test_what_is_only_wanted_may_be_absent(computer):
    computer.table.write_text("wanted | the window | file:/nowhere | shows | window | - | - | -\n")
    code, output = computer.doctor("--no-boot")
    assert code == 0 and "absent   the window" in output and "all works without; apt: window" in output


# --- The chain: a copy of the doctor in a tree where `make` and the machines are stand-ins ---

MACHINES = """\
from pathlib import Path
from types import SimpleNamespace

class MachineError(Exception):
    pass

class Qemu:
    name = "QEMU"
    serial = "Welcome to Trapgate.\\n$ "
    cr0 = 0x80010011
    status = STATUS

    def __init__(self, iso=None, kernel=None, modules=(), append=""):
        if iso:
            assert Path(iso).read_text() == "an ISO\\n"
        else:
            assert Path(kernel).read_text() == "a kernel\\n" and modules[0][1] == "exit-status 42" and append == "poweroff"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def wait_for(self, pattern, limit):
        import re
        if not re.search(pattern, self.serial, re.MULTILINE):
            raise MachineError(f"{self.name}: triple fault")

    def wait_for_end(self, limit):
        return SimpleNamespace(status=self.status)

    def registers(self):
        return SimpleNamespace(cr0=self.cr0, cs=8)

    def screen_text(self):
        return ["text"]

class Bochs(Qemu):
    name = "Bochs"
    serial = BOCHS_SAYS
    cr0 = BOCHS_CR0
"""
GOOD = "Welcome to Trapgate.\n$ "
MAKE = "mkdir -p build; echo an ISO >build/trapgate.iso; echo a kernel >build/kernel.elf; pwd"


@pytest.fixture
def tree(computer, tmp_path):
    """Makes the tree; a function of what Bochs' serial line says, what make does, and more that may be wrong."""

    def make_tree(bochs=GOOD, make=MAKE, status=42, cr0=0x80010011):
        package = tmp_path / "tree/iso/machine"
        package.mkdir(parents=True)
        for name in ("confine.py", "doctor.py", "grub.py", "inner_make.py", "symbols.py"):
            (package / name).write_text((PACKAGES / "machine" / name).read_text())
        (package / "packages.table").write_text("")
        text = MACHINES.replace("BOCHS_SAYS", repr(bochs)).replace("STATUS", repr(status)).replace("BOCHS_CR0", repr(cr0))
        (package / "__init__.py").write_text(text)
        (tmp_path / "tree/Makefile").touch()
        for name in ("boot", "docs", "kernel", "linker", "programs"):
            (tmp_path / "tree" / name).mkdir()
        (tmp_path / "tree/build").mkdir()
        (tmp_path / "tree/build/trapgate.iso").write_text("of another time")
        for tool in ("mkdir", "pwd"):
            (computer.bin / tool).symlink_to(f"/usr/bin/{tool}")
        computer.command("make", make + "\n")
        return computer.doctor(packages=package.parent)

    return make_tree


def test_a_machine_that_can_judge(tree):
    code, output = tree()
    assert code == 0 and output.endswith("\nThis machine can judge your work.\n"), output
    assert output.count("the shell has started, at privilege level 3") == 2
    assert output.count("registers and screen can be read") == 2 and output.count("tells the exit status") == 1


def test_a_build_that_fails_shows_why(tree):
    code, output = tree(make="echo 'main.cpp: error: no'; exit 2")
    assert code == 1 and "FAILED" in output and "    main.cpp: error: no" in output and "Booting" not in output
    assert output.endswith("This machine cannot judge your work yet.\n")


def test_what_was_built_before_does_not_count(tree):
    code, output = tree(make="exit 2")
    assert code == 1 and "FAILED" in output


@pytest.mark.parametrize(
    "serial", ["", "Welcome to Trapgate.\n", "no prompt $ "]
)
def test_one_emulator_that_fails_is_enough(tree, serial):
    code, output = tree(bochs=serial)
    assert code == 1 and "FAILED   Bochs: triple fault" in output
    assert "Booting it in QEMU ...\n  the shell has started" in output


def test_an_emulator_that_boots_but_cannot_be_asked(tree):
    code, output = tree(cr0=0x10)
    assert code == 1 and "FAILED   what it tells of registers and screen can't be: cr0 0x10" in output


def test_a_qemu_that_swallows_the_exit_status(tree):
    code, output = tree(status=None)
    assert code == 1 and "FAILED   the machine was to leave with status 42" in output
