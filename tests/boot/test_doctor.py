"""doctor.py on machines that lack things: a PATH of stand-ins and a small table. Nothing is built or booted here
but in the last tests, where stand-ins play `make` and the emulators."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ROOT / "iso"

TABLE = """\
needed   | cross compiler | cross:g++ cross:g++-12 | compiles the kernel | cross-cxx/cross-cxx-12 | - | - | i686-elf-gcc
needed   | NASM           | command:nasm | assembles | nasm | nasm-rpm | nasm-arch | nasm-brew
needed   | Bochs' BIOS    | file:{folder}/BIOS-bochs-l* | firmware | bochsbios | bochs-bios | bochs | bochs
needed   | gdb            | command:gdb | debugs | gdb | gdb | gdb | i386-elf-gdb
needed   | pytest         | python:sys | runs the tests | python3-pytest | python3-pytest | python-pytest | pytest
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
    assert f"found    pytest                {sys.executable}, sys 3." in output
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


def test_an_old_compiler_is_missing(computer):
    computer.command("i686-linux-gnu-g++", "exit 1\n")
    code, output = computer.doctor()
    assert code == 1 and row(output, "cross compiler").startswith("  MISSING")
    assert "apt: cross-cxx or cross-cxx-12, brew: i686-elf-gcc" in row(output, "cross compiler")


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


# --- The chain: a copy of the doctor in a tree where `make` and the machines are stand-ins ---

MACHINES = """\
from pathlib import Path

class MachineError(Exception):
    pass

class Qemu:
    name = "QEMU"
    serial = "[info ] process 1 (hello): exited with status 0"

    def __init__(self, iso):
        assert Path(iso).read_text() == "an ISO"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def wait_for(self, pattern, limit):
        import re
        if not re.search(pattern, self.serial, re.MULTILINE):
            raise MachineError(f"{self.name}: triple fault")

class Bochs(Qemu):
    name = "Bochs"
    serial = BOCHS_SAYS
"""


@pytest.fixture
def tree(computer, tmp_path):
    """Makes the tree; a function of what Bochs' serial line says and what make does."""

    def make_tree(bochs="[info ] process 1 (hello): exited with status 0", make="echo >/dev/null"):
        package = tmp_path / "tree/iso/machine"
        package.mkdir(parents=True)
        (package / "doctor.py").write_text((PACKAGES / "machine/doctor.py").read_text())
        (package / "__init__.py").write_text(MACHINES.replace("BOCHS_SAYS", repr(bochs)))
        (tmp_path / "tree/build").mkdir()
        (tmp_path / "tree/build/trapgate.iso").write_text("an ISO")
        computer.command("make", make + "\n")
        return computer.doctor(packages=package.parent)

    return make_tree


def test_a_machine_that_can_judge(tree):
    code, output = tree()
    assert code == 0 and output.endswith("\nThis machine can judge your work.\n")
    assert output.count("a program ran at privilege level 3 and ended") == 2


def test_a_build_that_fails_shows_why(tree):
    code, output = tree(make="echo 'main.cpp: error: no'; exit 2")
    assert code == 1 and "FAILED" in output and "    main.cpp: error: no" in output and "Booting" not in output
    assert output.endswith("This machine cannot judge your work yet.\n")


@pytest.mark.parametrize(
    "serial", ["", "[info ] process 1 (hello): exited with status 1", "process 1 (hello): exited with status 0"]
)
def test_one_emulator_that_fails_is_enough(tree, serial):
    code, output = tree(bochs=serial)
    assert code == 1 and "FAILED   Bochs: triple fault" in output
    assert "Booting it in QEMU ...\n  a program ran" in output
