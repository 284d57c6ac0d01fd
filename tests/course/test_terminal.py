"""A shell's ctrl-Z and fg, while `make learn` waits for a key, and while another program has its terminal."""

import os
import sys

import pytest
from course.document import ROOT
from readers import Terminal

# One process: of several, one that ctrl-Z has not stopped yet when the shell asks would still read what the shell is to read.
REPEAT = "while read -r line; do echo $line; done; echo over"
FRONT = f"from course import terminal; print('ended:', terminal.run_in_front(['sh', '-c', '{REPEAT}']))"
KEYS = """
from course import terminal
with terminal.keys_at_once():
    print("ready", flush=True)
    while True:
        print(repr(terminal.typed(None)), flush=True)
"""


@pytest.fixture
def shell(tmp_path, monkeypatch):
    (tmp_path / "course").symlink_to(ROOT / "docs/course")
    (tmp_path / "machine").symlink_to(ROOT / "iso/machine")
    monkeypatch.setenv("PS1", "next> ")
    with Terminal(tmp_path, "bash", "--norc", "--noediting", "-i") as terminal:
        terminal.wait_for("next> ")
        yield terminal


def run(shell, folder_name, code, pattern):
    with open(folder_name, "w", encoding="utf-8") as file:
        file.write(code)
    shell.press(f"{sys.executable} {os.path.basename(folder_name)}\n", pattern)


def it_reads(terminal):
    """Until the program reads: a ctrl-Z before that might come to us."""
    terminal.press("once\n", r"once\n(.*\n)*once\n")


def test_a_program_in_front_is_stopped_and_goes_on(shell, tmp_path):
    run(shell, tmp_path / "front.py", FRONT, r"front\.py\n")
    it_reads(shell)
    for words in ("first", "second"):
        shell.press("\x1a", r"Stopped(.*\n)*next> ")
        shell.press("fg\n", r"front\.py\n")
        assert shell.press(f"{words}\n", rf"{words}\n{words}\n")  # the terminal's echo, and the program's
    shell.press("\x04", r"over\nended: 0\nnext> ")


def test_a_program_in_front_goes_on_where_no_shell_could_start_it_again(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT / "docs")
    with Terminal(ROOT / "docs", "env", f"PYTHONPATH={ROOT / 'iso'}", sys.executable, "-c", FRONT) as terminal:
        it_reads(terminal)
        terminal.type("\x1a")
        terminal.press("first\n", r"first\n(.*\n)*first\n")
        terminal.press("\x04", r"over\nended: 0")


def test_keys_need_no_enter_after_fg(shell, tmp_path):
    run(shell, tmp_path / "keys.py", KEYS, "ready")
    shell.press("a", "'a'")
    shell.press("\x1a", r"Stopped(.*\n)*next> ")
    shell.press("fg\n", r"keys\.py\n")
    shell.press("b", "'b'")
    shell.press("\x03", "KeyboardInterrupt")
