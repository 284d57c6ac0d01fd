"""Runs for a human where something around is not as it mostly is: closed streams, no network of this machine's own, blanks in
the tree's path, a temporary folder with a long name."""

import os
import pwd
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from boots import LIMIT, PROGRAMS, ROOT
from linux import jobs
from machine import Bochs, Qemu
from machine.bochs import display_libraries
from machine.debug import folder_for_sockets
from machine.diagnosis import autopsy
from machine.host import has_screen

RUN = [sys.executable, "-m", "machine.run"]
HELLO = ["qemu", "--kernel", "build/kernel.elf", "--module", "build/programs/hello.bin", "--append", "poweroff"]
NO_SCREEN = {name: value for name, value in os.environ.items() if name != "V"}


def test_tests_see_nothing_of_their_users():
    """A ~/.gdbinit would be executed, emulators would open their windows, `make autopsy` would tell of a test's kernel."""
    assert not has_screen() and Path.home() != Path(pwd.getpwuid(os.getuid()).pw_dir)
    assert ROOT / "build" not in autopsy.LAST_DEATH.parents


def run_in_shell(command, folder=ROOT, **environment):
    return subprocess.run(["bash", "-c", command, *RUN], cwd=folder, env={**NO_SCREEN, **environment}, timeout=LIMIT[Bochs],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # fmt: skip


@pytest.mark.parametrize("closed", ["<&-", "2>&-", ">/dev/null <&-"])
def test_closed_streams(closed):
    done = run_in_shell(f'"$0" "$@" {" ".join(HELLO)} {closed}')
    assert done.returncode == 0 and "Traceback" not in done.stdout, done.stdout
    assert ("Hello from privilege level 3!" in done.stdout) == (">/dev/null" not in closed), done.stdout


def test_a_reader_that_has_left():
    done = run_in_shell(f'set -o pipefail; "$0" "$@" {" ".join(HELLO)} | head -1')
    assert done.stdout.startswith("-- by hand: qemu") and done.stdout.count("\n") == 1, done.stdout


def test_the_emulators_own_command_line_is_shown_when_asked_for():
    assert "-- here: " not in run_in_shell(f'"$0" "$@" {" ".join(HELLO)}').stdout
    assert "-- here: qemu-system-i386 -m 32 " in run_in_shell(f'"$0" "$@" {" ".join(HELLO)}', V="1").stdout


def may_make_a_network():
    return subprocess.run(["unshare", "--net", "true"], stderr=subprocess.DEVNULL).returncode == 0


@pytest.mark.skipif(not may_make_a_network(), reason="no network namespace may be made here")
def test_bochs_says_that_the_loopback_is_down():
    done = subprocess.run(["unshare", "--net", *RUN, "bochs", "--iso", "build/trapgate.iso"], cwd=ROOT, env=NO_SCREEN,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    assert done.returncode == 1 and "as root, `ip link set lo up`" in done.stdout, done.stdout


@pytest.mark.skipif("x" not in display_libraries(), reason="Bochs' window is not installed")
def test_a_display_that_is_gone():
    done = run_in_shell('"$0" "$@" bochs --iso build/trapgate.iso', DISPLAY=":77")
    assert done.returncode == 1 and "-- if its window is the trouble: DISPLAY= WAYLAND_DISPLAY= make run\n" in done.stdout, done.stdout


@pytest.mark.parametrize("folder", ["x" * 90, "a b"])
def test_a_temporary_folder_that_no_socket_fits_into(tmp_path, monkeypatch, folder):
    (tmp_path / folder).mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / folder))
    with folder_for_sockets() as name:
        assert len(name) < 60 and " " not in name and Path(name).is_dir()


@pytest.fixture
def tree_with_a_blank(tmp_path):
    tree = tmp_path / "a b"
    for name in ("iso", "docs"):
        (tree / name).parent.mkdir(exist_ok=True)
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("*.png", "__pycache__"))
    for file in (ROOT / "build/kernel.elf", PROGRAMS / "hello.bin", PROGRAMS / "hello.flat"):
        copy = tree / file.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, copy)
    shutil.copytree(ROOT / "linker", tree / "linker")
    return tree


def test_a_tree_whose_path_has_a_blank(tree_with_a_blank):
    packages = str(tree_with_a_blank / "iso")
    done = run_in_shell(f'"$0" "$@" {" ".join(HELLO)}', tree_with_a_blank, PYTHONPATH=packages)
    assert done.returncode == 0 and "Hello from privilege level 3!" in done.stdout, done.stdout
    whole = shlex.quote(str(tree_with_a_blank / "build/programs/hello.bin"))  # as for a mutation's programs
    done = run_in_shell(f'"$0" "$@" {shlex.join(["qemu", "--kernel", "build/kernel.elf", "--module", whole])} --append poweroff',
                        tree_with_a_blank, PYTHONPATH=packages)
    assert done.returncode == 0 and "Hello from privilege level 3!" in done.stdout, done.stdout
    told = tree_with_a_blank / "told"  # by gdb alone: on its standard output the machine's words may be in the middle of its own
    command = [sys.executable, "-m", "machine.debug", "hello", "--", "-batch", "-ex", f"set logging file {told}",
               "-ex", "set logging enabled on", "-ex", "tbreak *0", "-ex", "continue"]  # fmt: skip
    done = subprocess.run(command, cwd=tree_with_a_blank, env={**NO_SCREEN, "PYTHONPATH": packages}, timeout=LIMIT[Qemu],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # fmt: skip
    assert "breakpoint 1, start () at programs/hello.asm:" in told.read_text(), done.stdout


def test_the_driver_of_the_linux_jobs_removes_its_own_folder_only(tmp_path):
    """In a temporary folder with blanks in its name. The folder before the blank is somebody else's."""
    base = tmp_path / "a folder"
    for folder in (base / "bin", base / "jobs", tmp_path / "a"):
        folder.mkdir(parents=True)
    (tmp_path / "a/kept").touch()
    for name in ("sh", "rm", "mkdir", "cat"):
        (base / "bin" / name).symlink_to(shutil.which(name))
    (base / "jobs/1.sh").write_text("echo one > file; cat file; exit 3\n")
    (base / "jobs/2.sh").write_text("cat file\n")
    command = [base / "bin/sh", "-c", jobs.DRIVER, "driver", base, "1.sh", "2.sh"]
    done = subprocess.run(command, cwd=tmp_path, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)  # fmt: skip
    found = jobs.results(done.stdout)
    assert found["1.sh"] == ("one\n", 3) and "No such file" in found["2.sh"][0] and found["2.sh"][1] != 0, done.stdout
    assert (tmp_path / "a/kept").exists()
