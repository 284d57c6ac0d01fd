"""Predictions on their exercises' pages: the page asks, boots and judges as the course does, and keeps what was right."""

import json
import subprocess

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


@pytest.mark.parametrize("name", NUMBERS)
def test_the_page_reads_a_number_as_the_course_does(name):
    texts = ("0x18", "24", "08048054", "C0100000", "b8000", "0xC010'0000", "753664", "18h", "0b8000h", "10b", "0b10", "df", "none", "None.",
             "nothing", "no", "no error code", "there is none", "0x2 (a write)", "the address 0xb8000", "3222274048", "0", "zero")  # fmt: skip
    page = ("const { readings } = require(process.argv[1]);"
            "console.log(JSON.stringify(process.argv.slice(3).map((text) => readings(process.argv[2], text))))")
    done = subprocess.run(["node", "-e", page, ROOT / "docs/site/machine/predict.js", name, *texts], stdout=subprocess.PIPE, check=True, timeout=60)
    course = [paper.readings(paper.number(text, name)) for text in texts]
    assert dict(zip(texts, json.loads(done.stdout))) == {text: [one for one in found if paper.understood(name, one)] for text, found in zip(texts, course)}
