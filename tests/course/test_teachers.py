"""Points, hidden checks and results, without judging anything."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from course import exercise_file, hidden, points, teachers
from course.checks import Failed
from course.document import ROOT
from course.own_files import Problem
from course.submission import Submission, find
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


WHYS = [one for one in EXERCISES if one.kind == "explain"][:2]


def graded(tmp_path, exercises=WHYS, names=("ann", "bob")):
    """A run of `make grade` in which everybody has explained everything."""
    submissions = [Submission(name, name, tmp_path / "in" / name) for name in names]
    results = teachers.Results(tmp_path / "r.json", exercises, submissions, "v1", points.Scale({}))
    for name in names:
        for exercise in exercises:
            results.take(name, exercise, teachers.explanation(exercise, "Because."))
    results.finish()
    return results


def table_of(tmp_path):
    return (tmp_path / "r/explanations.csv").read_text().splitlines()


def test_points_by_hand_stay_where_a_run_judges_less(tmp_path):
    first, second = (one.number for one in WHYS)
    graded(tmp_path)
    table = tmp_path / "r/explanations.csv"
    table.write_text(table.read_text().replace(f"ann,{first},", f"ann,{first},1").replace(f"bob,{second},", f"bob,{second},0.5"))
    graded(tmp_path, WHYS[:1], ["ann"])
    assert sorted(table_of(tmp_path)) == sorted(["submission,exercise,points", f"ann,{first},1", f"ann,{second},", f"bob,{first},",
                                                 f"bob,{second},0.5"])
    assert len(json.loads((tmp_path / "r/ann.json").read_text())["tests"]) == 2
    assert json.loads((tmp_path / "r.json").read_text())["ann"]["score"] == 1
    graded(tmp_path)
    assert json.loads((tmp_path / "r.json").read_text())["bob"]["score"] == 0.5


@pytest.mark.parametrize("text", [
    "submission;exercise;points\nann;{0};2,5\n", "\ufeffsubmission,exercise,points\r\nann,{0},2.5\r\n",
    "submission\texercise\tpoints\nann\t{0}\t2,5\n\n", 'submission,exercise,points\nann,{0},"2,5"\n'])
def test_a_spreadsheets_table_is_read(tmp_path, text):
    graded(tmp_path)
    (tmp_path / "r/explanations.csv").write_text(text.format(WHYS[0].number))
    graded(tmp_path)
    assert f"ann,{WHYS[0].number},2.5" in table_of(tmp_path)


@pytest.mark.parametrize("line", ["ann,{0},many", "ann,{0},nan", "ann,{0},1,2", "ann"])
def test_a_table_that_was_not_understood_is_told_and_left(tmp_path, line):
    graded(tmp_path)
    text = "submission,exercise,points\n" + line.format(WHYS[0].number) + "\n"
    for whole, number in ((text, 2), (text[12:], 1)):
        (tmp_path / "r/explanations.csv").write_text(whole)
        with pytest.raises(Problem, match=rf"explanations.csv:{number}: "):
            graded(tmp_path)
        assert (tmp_path / "r/explanations.csv").read_text() == whole


def test_a_table_of_other_bytes_is_told(tmp_path):
    graded(tmp_path)
    (tmp_path / "r/explanations.csv").write_bytes(b"submission,exercise,points\nan\xff,1.1,1\n")
    with pytest.raises(Problem, match="explanations.csv: it is not UTF-8"):
        graded(tmp_path)


def test_two_long_names_have_two_keys(tmp_path):
    names = ["\u00e4" * 60 + end for end in ("a", "b")]
    for name in names:
        (tmp_path / name).mkdir()
    keys = [one.key for one in find(tmp_path)]
    assert len(set(keys)) == 2 and max(map(len, keys)) <= 220


def test_a_forged_or_broken_earlier_result_is_none(tmp_path):
    (tmp_path / "r.json").write_text("{")
    assert teachers.read_json(tmp_path / "r.json") == {} == teachers.read_json(Path("/nowhere"))
