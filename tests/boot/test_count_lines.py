"""`make count` counts lines of code, and there are no more than the budget has."""

import subprocess
import sys

import pytest

import count_lines
from boots import ROOT


@pytest.mark.parametrize(
    "name, text, lines",
    [("a.cpp", "// a comment\n\nint a;\n    // another\nint b; // with words\n", 2),
     ("a.cpp", "void f() {\n    *this = T();\n    *a++ = 1;\n}\n", 4),
     ("a.h", "/* one line */\n#define A 1 /* and words */\n/* more\n * lines\n   and more */\n#define B \\\n    C\n", 3),
     ("a.asm", "; a comment\nstart:\n    ret ; with words\n", 2)],
)  # fmt: skip
def test_code_is_counted_and_comments_are_not(tmp_path, name, text, lines):
    (tmp_path / name).write_text(text)
    assert count_lines.code_lines(tmp_path / name) == lines


def test_the_kernel_keeps_to_its_budget():
    done = subprocess.run([sys.executable, ROOT / "tests/count_lines.py"], stdout=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 0, done.stdout


def test_more_than_the_budget_fails(monkeypatch, capfd):
    monkeypatch.setattr(sys, "argv", ["count_lines.py"])
    monkeypatch.setattr(count_lines, "BUDGET", sum(count_lines.count().values()) - 1)
    with pytest.raises(SystemExit) as end:
        count_lines.main()
    assert end.value.code == 1
