"""What the course's commands make of odd words, files and streams, without judging anything."""

import os
import shlex
import subprocess
import sys

import pytest
from course import commands, page_progress
from course.document import ROOT
from machine import inner_make
from machine.symbols import name_of_kernel
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


@pytest.mark.parametrize("goal, values, word", [
    ("exercise", ["N=4.1", "RESET=0"], "--reset"), ("exercise", ["N=4.1", "RESET=1"], "--reset"),
    ("check", ["JSON=0"], "--json"), ("check", ["JSON=1"], "--json")])
def test_what_is_zero_is_not_asked_for(goal, values, word):
    done = subprocess.run(["make", "-n", goal, *values], cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True, timeout=120)
    assert (word in done.stdout) == values[-1].endswith("1")


@pytest.mark.parametrize("goal", ["debug", "bochs-debug"])
def test_a_debugger_does_not_start_a_right_kernel_where_a_mistake_is_asked_for(goal):
    done = subprocess.run(["make", "-n", goal, "MUTATION=iret-rpl-0"], cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True,
                          stdout=subprocess.DEVNULL, timeout=120)
    assert done.returncode and "make rewind MUTATION=iret-rpl-0" in done.stderr


def test_a_death_in_the_readers_kernel_is_kept_where_autopsy_looks(tmp_path, monkeypatch):
    monkeypatch.delenv("TRAPGATE_LAST_DEATH", raising=False)
    monkeypatch.setattr(commands.signal, "signal", lambda *_: None)
    (tmp_path / "iso").mkdir()
    (tmp_path / "iso/told.py").write_text("import os, sys; open(sys.argv[1], 'w').write(os.environ['TRAPGATE_LAST_DEATH'])")
    assert commands.in_emulator(tmp_path / "root", tmp_path, ["told", str(tmp_path / "said")]) == 0
    assert (tmp_path / "said").read_text() == str(tmp_path / "root/build/last-death")


def test_a_kernel_is_called_as_it_is_found_from_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert name_of_kernel(tmp_path / ".course/grown/build/kernel.elf") == ".course/grown/build/kernel.elf"
    assert name_of_kernel(tmp_path / "closed/build/chapters/04/kernel.elf") == "closed/build/chapters/04/kernel.elf (chapter 4)"


def test_an_inner_make_speaks_english(monkeypatch):
    monkeypatch.setenv("LANGUAGE", "fr")
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    assert inner_make.environment()["LC_ALL"] == "C.UTF-8" and "LANGUAGE" not in inner_make.environment()


def test_what_was_read_from_a_page_is_told_without_a_terminal_too(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(page_progress, "take_over", lambda *_: "3 of 4 were new")
    monkeypatch.setattr("course.learn.run", lambda *_: 0)
    commands.learn(tmp_path, ["--progress", "file"])
    assert capsys.readouterr().out == "3 of 4 were new\n"


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
