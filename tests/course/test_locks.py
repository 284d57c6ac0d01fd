"""Whoever has to wait for another command in the same tree says for what, and who has it."""

import os
import re
import subprocess
import sys

import pytest

from course import locks
from course.document import ROOT

WAIT = """
import sys
from pathlib import Path
from course import locks
folder = Path(sys.argv[-1])
if sys.argv[1] in ("building", "removable"):
    with locks.building(folder) if sys.argv[1] == "building" else locks.removable(folder):
        pass
else:
    locks.folder_until_end(folder)
"""


def another(*words, code=WAIT, **streams):
    return subprocess.Popen([sys.executable, "-c", code, *map(str, words)], stderr=subprocess.PIPE, text=True, **streams,
                            env={**os.environ, "PYTHONPATH": os.pathsep.join(str(ROOT / one) for one in ("docs", "iso"))})


@pytest.mark.parametrize("lock", ["building", "removable", "folder"])
def test_who_waits_says_for_whom(lock, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["main.py", "--tree", "/home/x", "prove", "4.1"])
    if lock != "folder":
        with locks.building(tmp_path) if lock == "building" else locks.removable(tmp_path):
            other = another(lock, tmp_path)
            said = other.stderr.readline()
    else:
        holder = another("prove", "4.1", tmp_path, code=WAIT + "print(flush=True)\ninput()", stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE)
        holder.stdout.readline()
        other = another("folder", tmp_path)
        said = other.stderr.readline()
        holder.communicate("\n", timeout=60)
    assert re.search(r"^-- waiting for .*: `prove 4\.1.*` \(process \d+, since \d\d:\d\d\) uses it$", said.strip()), said
    assert other.wait(60) == 0


def test_who_need_not_wait_says_nothing(tmp_path):
    _, said = another("building", tmp_path).communicate(timeout=60)
    assert said == ""
