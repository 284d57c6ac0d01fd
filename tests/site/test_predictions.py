"""Predictions on their exercises' pages: the page asks, boots and judges as the course does, and keeps what was right."""

import json

import pytest

from browsing import ROOT, browse
from course import exercise_file, paper

PREDICTIONS = [one for one in exercise_file.load_all(ROOT) if one.kind == "predict"]
NUMBERS = ("error", "cr2")  # asked for in words; the others are chosen from a list


def page_of(exercise):
    return str(exercise.file.relative_to(ROOT / "docs").with_suffix(".html"))


def filled(answers):
    """What is put into the page's fields."""
    return {name: hex(value) if name in NUMBERS and isinstance(value, int) else str(value) for name, value in answers.items()}


def solutions(exercise):
    """(what is answered, what is judged): first one that is wrong, then one that is right."""
    asked = paper.questions(exercise)
    answers = ([paper.parse(one.blocks[0].text) for one in kind] for kind in (exercise.wrongs, exercise.rights))
    wrong, right = (next({name: one[name] for name in asked} for one in kind if set(asked) <= set(one)) for kind in answers)
    names = [name for name in asked if wrong[name] != right[name]]
    return [(filled(wrong), "wrong " + " ".join(names)), (filled(right), "right")]


@pytest.mark.parametrize("exercise", PREDICTIONS, ids=lambda exercise: exercise.number)
def test_prediction_is_judged_by_the_pages_boot(exercise):
    answers = solutions(exercise)
    page = page_of(exercise)
    assert browse("predictions", f"{page}={json.dumps([given for given, _ in answers])}")[page] == [judged for _, judged in answers]
