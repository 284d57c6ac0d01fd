"""tests/systems.py, as far as it goes without making a system."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import systems
from boots import ROOT


def test_the_mirror_is_the_one_that_apt_uses():
    lists = "http://one.example/debian-security/\nhttp://two.example/debian/\nhttp://two.example/debian/\n"
    assert systems.mirror_in(lists) == "http://two.example/debian"
    assert systems.mirror_in("http://one.example/ubuntu/\n") is None


NOTHING = "setup: everything Trapgate needs is here (`make doctor` says more)\n"


@pytest.mark.parametrize("said, status, good", [
    (NOTHING, 0, True), ("setup: missing on this machine:\n" + NOTHING, 0, False), (NOTHING, 2, False), ("", 0, False),
])  # fmt: skip
def test_a_second_setup_must_say_one_line_and_succeed(tmp_path, said, status, good):
    [command] = [command for what, _, command, _ in systems.CHECKS if what.startswith("a second setup")]
    (tmp_path / "said").write_text(said)
    (tmp_path / "make").write_text(f'#!/bin/sh\ncat {tmp_path}/said\nexit {status}\n')
    (tmp_path / "make").chmod(0o755)
    done = subprocess.run(["sh", "-c", command], env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}, timeout=60)
    assert (done.returncode == 0) == good
    assert f'"{NOTHING.strip()}"'.replace("`", "\\`") in (ROOT / "iso/machine/setup.sh").read_text()


def test_each_run_begins_with_what_debootstrap_made(tmp_path, monkeypatch):
    """What `make setup` has installed in the run before is not there."""
    made = []

    def debootstrap(command, **_):
        made.append(command)
        (Path(command[-2]) / "etc").mkdir(parents=True)

    monkeypatch.setattr(systems, "PLACE", tmp_path)
    monkeypatch.setattr(systems, "debootstrap", lambda: (["debootstrap"], {}))
    monkeypatch.setattr(systems, "mirror", lambda: "http://one.example/debian")
    real = subprocess.run
    monkeypatch.setattr(subprocess, "run", lambda command, **options: (debootstrap if command[0] == "debootstrap" else real)(command, **options))
    with (tmp_path / "log").open("w") as log:
        system = systems.fresh_copy("trixie", log)
        (system / "etc/installed").touch()
        again = systems.fresh_copy("trixie", log)
        monkeypatch.setenv("FRESH", "1")
        systems.fresh_copy("trixie", log)
    assert again == system and (again / "etc").is_dir() and not (again / "etc/installed").exists()
    assert len(made) == 2


def test_an_unknown_system_is_an_error():
    done = subprocess.run([sys.executable, ROOT / "tests/systems.py", "trixie", "trixy"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=60)  # fmt: skip
    assert done.returncode == 2 and "there is no system trixy" in done.stdout, done.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can take another user's place")
def test_what_cannot_be_tried_is_skipped_with_its_reason():
    done = subprocess.run(["setpriv", "--reuid", "65534", "--clear-groups", sys.executable, ROOT / "tests/systems.py", "trixie"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)  # fmt: skip
    checks = sum(check[3] in ("both", "quick") for check in systems.CHECKS)
    assert done.stdout == f"trixie: skipped: only root can make a system (sudo make test-systems)\n0 passed, 0 failed, {checks} skipped\n"
    assert done.returncode == 0
