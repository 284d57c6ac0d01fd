"""What the pages in a browser have saved, taken over by `make learn PROGRESS=file`."""

from types import SimpleNamespace

import pytest

from course import exercise_file, paper
from course.document import ROOT
from course.problem import Problem
from course.page_progress import take_over
from course.progress import Progress

RIGHT = "11.7 tries=2 passed=2026-11-29 answer=vector=14;error=2;cr2=0xff801ffc;ending=triple-fault\n"


@pytest.fixture
def reader(tmp_path):
    return SimpleNamespace(exercises=exercise_file.load_all(ROOT), progress=Progress(tmp_path))


def saved(tmp_path, text):
    file = tmp_path / "trapgate-progress.txt"
    file.write_text(text)
    return file


def test_answers_and_tries_are_taken_over_once(reader, tmp_path):
    file = saved(tmp_path, RIGHT + "4.2 tries=1\n")
    assert take_over(reader, file) == "1 of 2 predictions of trapgate-progress.txt were new here"
    assert reader.progress.passed("11.7") and reader.progress.count("11.7", "tries") == 2 and not reader.progress.done("4.2")
    assert paper.parse(reader.progress.answer("11.7")) == {"vector": 14, "error": 2, "cr2": 0xFF801FFC, "ending": "triple-fault"}
    assert take_over(reader, file).startswith("0 of 2")
    assert reader.progress.count("11.7", "tries") == 2


def test_what_is_no_prediction_of_this_tree_is_named(reader, tmp_path):
    """Another commit may number its exercises otherwise; and an editor may have put a byte order mark at the beginning."""
    file = saved(tmp_path, f"\ufeff{RIGHT}4.1 tries=1 passed=2026-11-29 answer=vector=14\n99.9 tries=1\n")
    assert take_over(reader, file) == "1 of 1 predictions of trapgate-progress.txt were new here; no predictions of this tree: 4.1, 99.9"
    assert reader.progress.passed("11.7") and not reader.progress.passed("4.1")


@pytest.mark.parametrize("line", ("", "no line of ours", "4.2 tries=1 passed=2026-11-29 answer=", "4.2 tries=2 passed=now answer=vector=14", "4.2 tries=0",
                                  "4.2 tries=1 passed=2026-11-29 answer=14", "4.2 tries=\u0662", "11.7 tries=1"))  # fmt: skip
def test_what_no_page_has_written_is_refused_and_changes_nothing(reader, tmp_path, line):
    with pytest.raises(Problem, match=":2: not what a page of the course has saved"):
        take_over(reader, saved(tmp_path, f"{RIGHT}{line}\n"))
    assert not reader.progress.of


def test_a_file_that_is_not_there(reader, tmp_path):
    with pytest.raises(Problem, match="can't be read: No such file"):
        take_over(reader, tmp_path / "none")
