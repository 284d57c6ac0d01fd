"""What a browser has kept of a reader's predictions: another tab's is not lost, what is not the page's own is left out."""

import json
import re
from types import SimpleNamespace

import pytest

from browsing import ROOT, browse
from course import exercise_file, page_progress
from course.progress import Progress

PAGE = "11-user-mode/exercises/7-predict-the-wrong-end.html"
RIGHT_ANSWERS = {"vector": "14", "error": "2", "cr2": "0xFF801FFC", "ending": "triple-fault"}
RIGHT = '"11.1":{"tries":2,"passed":"2026-01-01","answer":"x=1"}'
WRONG = {"tries": 1, "passed": "2026-01-01", "answer": "x=1"}  # but for one of them
UNFIT = ({"tries": -3}, {"tries": 0}, {"tries": 1000000}, {"passed": "yesterday"}, {"passed": ""}, {"answer": ""}, {"answer": "1"}, {"answer": "x=1\ny=2"})
STRANGE = (*(json.dumps({"11.7": {**WRONG, **one}}) for one in UNFIT), "xyz", "null", "5", "[]", '{"11.7":5}', '{"11.7":{"tries":1,"passed":"2026-01-01"}}', '{"11.8":null}', '{"x":{"tries":1}}')
SHOWN = "Predictions that were right in this browser: {}. "
SAVED = "Save what you have answered as a file, for make learn PROGRESS=trapgate-progress.txt."
LEFT_OUT = "Not all that this browser had kept for these pages was theirs: that has been left out. "


@pytest.fixture(scope="module")
def seen():
    values = [json.dumps(RIGHT_ANSWERS), *STRANGE, "{}", f"{{{RIGHT}}}", f'{{{RIGHT},"11.8":null}}']
    return browse("kept", PAGE, *values)


def after(kept=""):
    """What is kept after one right answer more, but for its date."""
    return "{" + kept + '"11.9":{"tries":1,"passed":"'


@pytest.mark.parametrize("value", STRANGE)
def test_what_is_not_ours_is_left_out(seen, value):
    told, kept, *complaints = seen[value]
    assert told == LEFT_OUT + SHOWN.format(0) and kept.startswith(after()) and complaints == []


def test_what_is_ours_stays(seen):
    assert seen["{}"][0] == SHOWN.format(0)
    assert seen[f"{{{RIGHT}}}"][0] == SHOWN.format(1) + SAVED
    told, kept, *complaints = seen[f'{{{RIGHT},"11.8":null}}']
    assert told == LEFT_OUT + SHOWN.format(1) + SAVED and kept.startswith(after(RIGHT + ",")) and complaints == []


def test_tabs_lose_nothing_of_each_other(seen):
    assert seen["another tab's"] == SHOWN.format(1) + SAVED
    assert seen["two tabs'"] == ["11.7", "11.8"]


def test_full_storage_is_told(seen):
    """What is known can be saved all the same."""
    lost = "The place that this browser has for these pages is full: what is new is forgotten when you leave the page, unless you save it as a file. "
    assert seen["full"] == [1, lost + SHOWN.format(1) + SAVED]


def test_what_is_saved_can_be_taken_over(seen, tmp_path):
    (tmp_path / "saved.txt").write_text(seen["saved"])
    reader = SimpleNamespace(exercises=exercise_file.load_all(ROOT), progress=Progress(tmp_path))
    assert page_progress.take_over(reader, tmp_path / "saved.txt") == "1 of 2 predictions of saved.txt were new here"
    assert reader.progress.answer("11.7") == "vector = 14\nerror = 0x2\ncr2 = 0xff801ffc\nending = triple-fault\n"


def test_both_sides_have_the_same_line():
    of_page = re.search(r"const LINE = /\^(.*)\$/;", (ROOT / "docs/site/machine/progress.js").read_text())[1]
    assert of_page == page_progress.LINE.pattern
