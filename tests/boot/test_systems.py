"""tests/systems.py, as far as it goes without making a system."""

import os
import subprocess
import sys

import pytest

import systems
from boots import ROOT


def test_the_mirror_is_the_one_that_apt_uses():
    lists = "http://one.example/debian-security/\nhttp://two.example/debian/\nhttp://two.example/debian/\n"
    assert systems.mirror_in(lists) == "http://two.example/debian"
    assert systems.mirror_in("http://one.example/ubuntu/\n") is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can take another user's place")
def test_what_cannot_be_tried_is_skipped_with_its_reason():
    done = subprocess.run(["setpriv", "--reuid", "65534", "--clear-groups", sys.executable, ROOT / "tests/systems.py", "trixie"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)  # fmt: skip
    checks = sum(check[3] in ("both", "quick") for check in systems.CHECKS)
    assert done.stdout == f"trixie: skipped: only root can make a system (sudo make test-systems)\n0 passed, 0 failed, {checks} skipped\n"
    assert done.returncode == 0
