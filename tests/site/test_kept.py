"""What a browser has kept of a reader's predictions: another tab's is not lost, what is not the page's own is left out."""

import pytest

from browsing import browse

PAGE = "11-user-mode/exercises/7-predict-the-wrong-end.html"
RIGHT = '"11.1":{"tries":2,"passed":"2026-01-01","answer":"x=1"}'
STRANGE = ("xyz", "null", "5", "[]", '{"11.7":5}', '{"11.7":{"tries":1,"passed":"2026-01-01"}}', '{"11.8":null}', '{"x":{"tries":1}}')
SHOWN = "Predictions that were right in this browser: {}. "
SAVED = "Save what you have answered as a file, for make learn PROGRESS=trapgate-progress.txt."
LEFT_OUT = "Not all that this browser had kept for these pages was theirs: that has been left out. "


@pytest.fixture(scope="module")
def seen():
    values = [*STRANGE, "{}", f"{{{RIGHT}}}", f'{{{RIGHT},"11.8":null}}']
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
    assert seen["full"] == [1, "This browser keeps nothing for this page: what you have answered is forgotten when you leave it."]
