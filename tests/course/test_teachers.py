"""Points, hidden checks and results, without judging anything."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from course import authors, exercise_file, hidden, points, submission, teachers
from course.checks import Failed
from course.document import ROOT
from course.problem import Problem
from course.submission import Refused, Submission, find
from course.verdict import CANNOT_JUDGE, NOT_YET, PASS, Stage, Verdict

EXERCISES = exercise_file.load_all(ROOT)
WRITE = next(one for one in EXERCISES if one.kind == "write")
EXPLAIN = next(one for one in EXERCISES if one.kind == "explain")
NUMBERS = {one.number for one in EXERCISES}


def scale_of(tmp_path, text):
    (tmp_path / "points.txt").write_text(text)
    return points.read(tmp_path / "points.txt", NUMBERS)


def test_a_number_goes_before_its_kind_and_a_part_gives_its_share(tmp_path):
    scale = scale_of(tmp_path, f"write 2 unit=0.25 qemu=0.5 # a comment\n\n{EXPLAIN.number} 3\n")
    assert scale.most(WRITE) == 2 and scale.most(EXPLAIN) == 3
    stages = [Stage("build", 1, True), Stage("unit tests", 1, True), Stage("QEMU", 1, False)]
    verdict = Verdict(WRITE.number, NOT_YET, "no", stages=stages)
    assert scale.score(WRITE, verdict) == 0.5
    assert scale.score(WRITE, Verdict(WRITE.number, NOT_YET, "refused")) == 0
    assert scale.score(WRITE, Verdict(WRITE.number, PASS, "it works")) == 2


@pytest.mark.parametrize("line", ["write", "write many", "write 1 bochs=1", "walk 1", "write 1 unit", "41 3", "99.9 5", "4 3",
                                  "write nan", "write inf", "extend -3", "write 2 unit=2", "write 2 unit=nan", "write 2 unit=-1"])
def test_a_line_of_points_that_says_nothing_is_refused(tmp_path, line):
    with pytest.raises(Problem, match=r"points.txt:1: a line is"):
        scale_of(tmp_path, line + "\n")


def test_a_kind_or_a_number_that_is_there_twice_is_refused(tmp_path):
    with pytest.raises(Problem, match=r"points.txt:2: .* each once"):
        scale_of(tmp_path, "write 1\nwrite 2\n")


def test_points_that_are_not_there_are_a_problem(tmp_path):
    with pytest.raises(Problem, match="can't be read"):
        points.read(tmp_path / "pionts.txt", NUMBERS)


def test_exercises_are_named_by_number_or_chapter_and_a_slip_is_told():
    assert authors.chosen(ROOT, []) == EXERCISES
    assert {one.number.split(".")[0] for one in authors.chosen(ROOT, ["4", WRITE.number])} >= {"4", WRITE.number.split(".")[0]}
    with pytest.raises(Problem, match="no exercise or chapter 4.99"):
        authors.chosen(ROOT, [WRITE.number, "4.99"])


def test_the_courses_own_points_can_be_read():
    scale = points.read(ROOT / "docs/course/points.txt", NUMBERS)
    assert {one.kind for one in EXERCISES if not scale.most(one)} == {"repair"}


@pytest.mark.parametrize("files, says", [
    (None, "is not a folder"), ({}, "there is no hidden check in"), ({"notes.txt": ""}, "there is no hidden check in"),
    ({f"{WRITE.number}.cpp": "// nothing yet\n"}, "there is no TEST_CASE in"),
    ({f"{WRITE.number}.py": "def test_it(boot):\n    pass\n"}, "there is no function check_"),
    ({f"{EXPLAIN.number}.py": "def check_it(boot):\n    pass\n"}, "is answered on paper"),
    ({"99.9.py": "def check_it(boot):\n    pass\n"}, "exercise 99.9 is not judged in this run")])
def test_hidden_checks_that_would_check_nothing_are_a_problem(tmp_path, files, says):
    folder = tmp_path / "hidden"
    if files is not None:
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_text(text)
    with pytest.raises(Problem, match=says):
        hidden.put(folder, [exercise_file.find(exercise_file.load_all(ROOT), one.number) for one in (WRITE, EXPLAIN)])


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


@pytest.mark.parametrize("out", ["r.json", "r/results.json", "r/deeper/results.json", "../in/r/results.json", "link/results.json"])
def test_results_do_not_lie_among_the_submissions(tmp_path, monkeypatch, out):
    (tmp_path / "in/r/ann/kernel").mkdir(parents=True)
    (tmp_path / "in/link").symlink_to("r")
    monkeypatch.chdir(tmp_path / "in")
    for handed_in in (Path("r"), tmp_path / "in/r"):
        with pytest.raises(Problem, match="give another OUT"):
            teachers.Results(Path(out), [], [Submission("ann", "ann", handed_in / "ann")], "", points.Scale({}), handed_in)
    assert [one.name for one in find(tmp_path / "in/r")] == ["ann"]


WHYS = [one for one in EXERCISES if one.kind == "explain"][:2]


def graded(tmp_path, exercises=WHYS, names=("ann", "bob")):
    """A run of `make grade` in which everybody has explained everything."""
    submissions = [Submission(name, name, tmp_path / "in" / name) for name in names]
    results = teachers.Results(tmp_path / "r.json", exercises, submissions, "v1", points.Scale({}), tmp_path / "in")
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


def test_a_run_that_is_stopped_loses_no_verdict_of_an_earlier_one(tmp_path, capsys):
    written = [one for one in EXERCISES if one.kind == "write"][:4]
    scale = scale_of(tmp_path, "write 1\n")
    submissions = [Submission("ann", "ann", tmp_path / "in/ann")]

    def run(exercises, judged, finish=True):
        results = teachers.Results(tmp_path / "r.json", exercises, submissions, "v1", scale, tmp_path / "in")
        for exercise in exercises[:judged]:
            results.take("ann", exercise, Verdict(exercise.number, PASS, "it works"))
        if finish:
            results.finish()
        return json.loads((tmp_path / "r/ann.json").read_text())

    run(written[:3], 3)
    stopped = run(written[:3], 1, finish=False)
    assert stopped["score"] == 3 and stopped["output"].startswith("3 of 3 ")
    assert run(written[3:], 1)["output"].startswith("4 of 4 ") and "changed" not in capsys.readouterr().out
    (tmp_path / "r/ann.json").unlink()
    run(written[:1], 1)
    assert f"changed: ann {written[3].number}: pass -> no longer there" in capsys.readouterr().out


@pytest.mark.parametrize("text", [
    "submission;exercise;points\nann;{0};0,75\n", "\ufeffsubmission,exercise,points\r\nann,{0},0.75\r\n",
    "submission\texercise\tpoints\nann\t{0}\t0,75\n\n", 'submission,exercise,points\nann,{0},"0,75"\n'])
def test_a_spreadsheets_table_is_read(tmp_path, text):
    graded(tmp_path)
    (tmp_path / "r/explanations.csv").write_text(text.format(WHYS[0].number))
    graded(tmp_path)
    assert f"ann,{WHYS[0].number},0.75" in table_of(tmp_path)
    assert json.loads((tmp_path / "r.json").read_text())["ann"]["score"] == 0.75


def test_a_row_that_gives_its_points_to_nobody_is_named(tmp_path, capsys):
    number = WHYS[0].number
    graded(tmp_path, WHYS[:1], ["007", "ann"])
    table = tmp_path / "r/explanations.csv"
    assert "not used" not in capsys.readouterr().out
    table.write_text(table.read_text().replace(f"007,{number},", f"7,{number},1") + "ann,4.1,1\n")  # as a spreadsheet saves it
    graded(tmp_path, WHYS[:1], ["007", "ann"])
    said = capsys.readouterr().out
    assert f"explanations.csv: 7, {number} (did a spreadsheet change 007 to 7?)" in said
    assert "explanations.csv: ann, 4.1\n" in said and f"ann, {number}" not in said
    assert f"7,{number},1" in table_of(tmp_path)


@pytest.mark.parametrize("given", ["50", "1,01", "-0.5", "-1"])
def test_points_that_an_exercise_does_not_give_are_a_problem(tmp_path, given):
    graded(tmp_path)
    (tmp_path / "r/explanations.csv").write_text(f'submission,exercise,points\nann,{WHYS[0].number},"{given}"\n')
    with pytest.raises(Problem, match=r"explanations.csv:2: .* points, and this exercise gives 0 to 1"):
        graded(tmp_path)


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


def named(folder):
    return {one.name: one.problem or "judged" for one in find(folder)}


def test_somebody_who_is_called_kernel_hides_nobody(tmp_path):
    for name in ("kernel/kernel", "ann/kernel"):
        (tmp_path / name).mkdir(parents=True)
    assert named(tmp_path) == {"kernel": "judged", "ann": "judged"}
    (tmp_path / "kernel/Makefile").touch()
    (tmp_path / "ann/Makefile").touch()
    assert set(named(tmp_path)) == {"kernel", "ann"} and named(tmp_path / "ann") == {"ann": "judged"}  # one tree alone
    (tmp_path / "Makefile").touch()
    assert set(named(tmp_path)) == {"kernel", "ann", "Makefile"}


def test_what_a_mac_adds_is_no_second_tree(tmp_path):
    for name in ("ann/trapgate/kernel", "ann/__MACOSX/trapgate/kernel", "ann/.trash/trapgate/kernel", "__MACOSX/ann/trapgate/kernel"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "._ann").touch()
    (tmp_path / ".DS_Store").touch()
    (tmp_path / ".git").mkdir()
    assert named(tmp_path) == {"ann": "the tree was found in trapgate"}


def test_files_beside_a_tree_hide_it_not_and_too_many_folders_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(submission, "MANY", 2)
    (tmp_path / "ann/x/kernel").mkdir(parents=True)
    for number in range(100):
        (tmp_path / f"ann/{number}.txt").touch()
    assert named(tmp_path) == {"ann": "the tree was found in x"}
    for number in range(2):
        (tmp_path / f"ann/{number}").mkdir()
    assert "it holds 0, 1, x and more than 2 folders: those after the first 2 were not looked at" in named(tmp_path)["ann"]


def test_a_name_that_begins_with_a_dot_is_told(tmp_path):
    (tmp_path / ".carl/kernel").mkdir(parents=True)
    assert "begins with a dot" in named(tmp_path)[".carl"] and find(tmp_path)[0].tree is None


WITHOUT_RIGHTS = """
import os, sys
from pathlib import Path
from course.submission import Refused, find
for one in find(Path(sys.argv[1])):
    try:
        print(one.name, one.problem or repr(one.read("kernel/lib/one.cpp")))
    except Refused as refused:
        print(one.name, refused)
"""


def test_what_can_not_be_read_is_told_and_the_others_are_judged(tmp_path):
    for name in ("ann", "ben", "carl", "dan"):
        (tmp_path / name / "kernel/lib").mkdir(parents=True)
        (tmp_path / name / "kernel/lib/one.cpp").write_text("int one;\n")
    for name in ("ann", "ben/kernel", "carl/kernel/lib/one.cpp"):
        (tmp_path / name).chmod(0)
    command = [sys.executable, "-B", "-c", WITHOUT_RIGHTS, str(tmp_path)]
    if os.geteuid() == 0:  # who may read everything
        for folder in (tmp_path, *tmp_path.parents):
            folder.chmod(folder.stat().st_mode | 0o055) if folder.is_relative_to("/tmp") and folder != Path("/tmp") else None
        command = ["setpriv", "--inh-caps=-all", "--bounding-set=-all", "--reuid=65534", "--regid=65534", "--clear-groups", *command]
    try:
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    finally:
        for name in ("ann", "ben/kernel"):
            (tmp_path / name).chmod(0o755)
    if "No module named" in done.stdout:
        pytest.skip("this folder can't be read by other users")
    assert done.stdout.splitlines() == [
        "ann it can't be read: its permissions forbid it", "ben kernel/lib/one.cpp can't be read",
        "carl kernel/lib/one.cpp can't be read", "dan 'int one;\\n'"]


@pytest.mark.parametrize("character, is_read", [("\u202f", True), ("\xa0", True), ("\u202a", False), ("\u202e", False), ("\u2066", False),
                                                 ("\u2069", False), ("\u2028", False), ("\x1b", False), ("\x85", False)])
def test_a_space_of_french_is_read_and_what_turns_the_direction_is_not(tmp_path, character, is_read):
    (tmp_path / "answer").write_text(f"Pourquoi{character}? Parce que.", encoding="utf-8")
    submission = Submission("ann", "ann", tmp_path)
    if is_read:
        assert character in submission.read("answer")
    else:
        with pytest.raises(Refused, match="control character"):
            submission.read("answer")


def test_a_forged_or_broken_earlier_result_is_none(tmp_path):
    (tmp_path / "r.json").write_text("{")
    assert teachers.read_json(tmp_path / "r.json") == {} == teachers.read_json(Path("/nowhere"))
