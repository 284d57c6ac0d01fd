"""Every exercise's start state, solutions and wrong solutions fit the source as it is now. What they do is judged elsewhere."""

import re

import pytest
from course import exercise_file, grade, prove
from course.document import ROOT
from course.judged_boot import plan_of


@pytest.mark.parametrize("exercise", exercise_file.load_all(ROOT), ids=lambda exercise: exercise.number)
def test_its_texts_fit_the_source(exercise):
    found = prove.trials(exercise, lambda name: (ROOT / name).read_text(encoding="utf-8"))
    assert len(found) > 2


def predictions():
    return [exercise for exercise in exercise_file.load_all(ROOT) if exercise.kind == "predict"]


@pytest.mark.parametrize("exercise", predictions(), ids=lambda exercise: exercise.number)
def test_a_prediction_names_the_files_that_are_changed(exercise):
    for file in exercise.start(lambda name: (ROOT / name).read_text(encoding="utf-8")):
        assert f"`{file}`" in exercise.text


def test_what_the_graders_programs_include_is_built_for_them():
    for exercise in exercise_file.load_all(ROOT):
        included = re.findall(r'%include "(.*)"', "\n".join(source.text for source in plan_of(exercise).sources.values()))
        assert {f"build/{name}" for name in included} <= set(grade.programs_of(exercise)), exercise.number


# Of a submission the bodies are taken alone: what its author has included is lost.
@pytest.mark.parametrize("file, header", [("kernel/lib/constructors.cpp", "cstddef"), ("kernel/drivers/screen.cpp", "cstring"),
                                          ("kernel/memory/heap.cpp", "cstring")])
def test_what_many_write_in_a_hole_is_included_though_the_courses_own_lines_need_it_not(file, header):
    assert f"#include <{header}>" in (ROOT / file).read_text(encoding="utf-8")
