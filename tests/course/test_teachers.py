"""Points, hidden checks and results, without judging anything."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from course import exercise_file, hidden, points, teachers
from course.checks import Failed
from course.document import ROOT
from course.own_files import Problem
from course.submission import Submission
from course.verdict import CANNOT_JUDGE, NOT_YET, PASS, Stage, Verdict

EXERCISES = exercise_file.load_all(ROOT)
WRITE = next(one for one in EXERCISES if one.kind == "write")
EXPLAIN = next(one for one in EXERCISES if one.kind == "explain")


def scale_of(tmp_path, text):
    (tmp_path / "points.txt").write_text(text)
    return points.read(tmp_path / "points.txt")


def test_a_number_goes_before_its_kind_and_a_part_gives_its_share(tmp_path):
    scale = scale_of(tmp_path, f"write 2 unit=0.25 qemu=0.5 # a comment\n\n{EXPLAIN.number} 3\n")
    assert scale.most(WRITE) == 2 and scale.most(EXPLAIN) == 3
    stages = [Stage("build", 1, True), Stage("unit tests", 1, True), Stage("QEMU", 1, False)]
    verdict = Verdict(WRITE.number, NOT_YET, "no", stages=stages)
    assert scale.score(WRITE, verdict) == 0.5
    assert scale.score(WRITE, Verdict(WRITE.number, NOT_YET, "refused")) == 0
    assert scale.score(WRITE, Verdict(WRITE.number, PASS, "it works")) == 2


@pytest.mark.parametrize("line", ["write", "write many", "write 1 bochs=1", "walk 1", "write 1 unit"])
def test_a_line_of_points_that_says_nothing_is_refused(tmp_path, line):
    with pytest.raises(Problem, match=r"points.txt:1: a line is"):
        scale_of(tmp_path, line + "\n")


def test_the_courses_own_points_can_be_read():
    scale = points.read(ROOT / "docs/course/points.txt")
    assert {one.kind for one in EXERCISES if not scale.most(one)} == {"repair"}


def test_of_a_hidden_check_only_its_message_is_told():
    def check_the_answer(boot):
        """The answer is 42.

        And more that students don't see."""
        raise Failed("secret symptom", "secret", "secret")

    with pytest.raises(Failed) as failed:
        hidden._stated(check_the_answer)(None)
    assert failed.value.expected == "The answer is 42." and "secret" not in str(failed.value)


def test_of_a_hidden_unit_test_only_its_name_is_told():
    verdict = Verdict(WRITE.number, NOT_YET, "a unit test fails: it holds", expected="it holds", happened="secret == 1",
                      where=f"{hidden.TEST}:12", log=["REQUIRE(secret == 1)"])
    shown = hidden.scrubbed(verdict)
    assert shown.sentence == "a hidden test failed: it holds" and "secret" not in json.dumps(shown.as_json())


def test_what_could_not_be_judged_is_first_and_has_no_score(tmp_path):
    scale = scale_of(tmp_path, "write 1\nexplain 1\n")
    verdicts = {WRITE.number: Verdict(WRITE.number, CANNOT_JUDGE, "bwrap: /home/teacher is gone"),
                EXPLAIN.number: teachers.explanation(EXPLAIN, "Because."),
                "9.9": Verdict("9.9", PASS, "it works")}
    exercises = [EXPLAIN, SimpleNamespace(number="9.9", kind="write", title="x"), WRITE]
    found = teachers.result(exercises, verdicts, "", "v1", scale, {EXPLAIN.number: 0.5})
    assert [test["number"] for test in found["tests"]][0] == WRITE.number
    assert "score" not in found["tests"][0] and "status" not in found["tests"][0] and "teacher" not in json.dumps(found)
    assert found["score"] == 1.5 and f"not the student's fault and no score: {WRITE.number}" in found["output"]


def test_results_do_not_lie_among_the_submissions(tmp_path):
    (tmp_path / "r/ann/kernel").mkdir(parents=True)
    with pytest.raises(Problem, match="give another OUT"):
        teachers.Results(tmp_path / "r.json", [], [Submission("ann", "ann", tmp_path / "r/ann")], "", points.Scale({}))


def test_a_forged_or_broken_earlier_result_is_none(tmp_path):
    (tmp_path / "r.json").write_text("{")
    assert teachers.read_json(tmp_path / "r.json") == {} == teachers.read_json(Path("/nowhere"))
