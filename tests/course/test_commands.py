"""What the course's commands make of odd words, files and streams, without judging anything."""

import os
import shlex
import subprocess
import sys

import pytest
from course import commands
from course.document import ROOT
from readers import environment

ODD = "it's a \"file\", twice"


@pytest.mark.parametrize("goal, values, words", [
    ("check", ["ANSWER"], ["--answer", ODD]),
    ("learn", ["PROGRESS"], ["--progress", ODD]),
    ("handout", ["OUT"], ["handout", ODD]),
    ("report", ["OUT"], ["report", ODD]),
    ("grade", ["SUBMISSIONS", "OUT", "POINTS", "HIDDEN"], ["grade", "--points", ODD, "--hidden", ODD, ODD, ODD]),
    ("autopsy", ["LOG", "QMP", "KERNEL"], ["--log", ODD, "--qmp", ODD, "--kernel", ODD]),
    ("rewind", ["GDB_COMMANDS", "KERNEL"], ["--kernel", ODD, "--commands", ODD]),
])
def test_what_is_given_to_make_comes_as_one_word(goal, values, words):
    command = ["make", "-n", goal, *(f"{name}={ODD}" for name in values)]
    said = subprocess.run(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True, timeout=120).stdout
    last = shlex.split(said.replace("\\\n", " ").strip().splitlines()[-1])
    assert last[-len(words):] == words, last


@pytest.mark.parametrize("error", [FileNotFoundError(2, "No such file or directory", "git"), OSError(28, "No space left on device"),
                                   PermissionError(13, "Permission denied", "/tree/.course/lock")])
def test_what_this_machine_refuses_is_told_in_a_sentence(tmp_path, monkeypatch, capsys, error):
    def fails(*_):
        raise error

    monkeypatch.setitem(commands.FOR_READERS, "exercises", fails)
    assert commands.main(tmp_path, ["exercises"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and error.strerror in said and (error.filename or "") in said


@pytest.mark.parametrize("stream", (0, 1, 2))
def test_a_closed_stream_is_no_reason_to_break(stream):
    code = ("import os, sys; from course import main; main.commands.main = lambda *_: "
            "print(sys.stdin.read(), end='') or print(end='', file=sys.stderr, flush=True) or sys.stdout.flush() or 7; "
            "sys.argv = ['', '--tree', '/nowhere', 'exercises']; sys.exit(main.main())")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60,
                          stdout=subprocess.PIPE, preexec_fn=lambda: os.close(stream))
    assert (done.returncode, done.stderr) == (7, b"")
