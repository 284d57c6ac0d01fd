"""Which of the graders' tests and of the mutations a run of .ci/run makes."""

import subprocess
import sys
from pathlib import Path

import pytest

from course import catalogue_of_mistakes as catalogue
from course import exercise_file, prove, selection
from course.document import ROOT
from mutations.__main__ import main as mutations_main

EXERCISES = exercise_file.load_all(ROOT)


def now(name):
    return (ROOT / name).read_text()


def touched(name, before):
    return {one.number for one in EXERCISES if selection.is_touched(one, name, lambda _: before, now)}


def ten_commits_in_a_row(monkeypatch):
    for count in range(41, 51):
        monkeypatch.setattr(selection, "git", lambda root, *words: "false" if "--is-shallow-repository" in words
                            else str(count))
        yield


def test_ten_commits_in_a_row_make_all_trials_once(monkeypatch):
    trials = [prove.Trial(EXERCISES[0], str(number), "", {}) for number in range(137)]
    monkeypatch.setattr(selection, "changed_exercises", lambda root, exercises: set())
    made = []
    for _ in ten_commits_in_a_row(monkeypatch):
        made += selection.of_this_commit(ROOT, trials)
    assert sorted(int(trial.name) for trial in made) == list(range(137))


def test_ten_commits_in_a_row_boot_all_mutations_once(monkeypatch):
    booted = []
    monkeypatch.setattr("mutations.__main__.check", lambda mutation, keep: booted.append(mutation.id) or [])
    monkeypatch.setattr("sys.argv", ["mutations", "test", "--tenth", "--jobs", "1"])
    for _ in ten_commits_in_a_row(monkeypatch):
        mutations_main()
    assert sorted(booted) == sorted(mutation.id for mutation in catalogue.load())


def test_a_changed_exercise_is_tested_whole(monkeypatch):
    trials = [prove.Trial(one, str(number), "", {}) for one in EXERCISES[:20] for number in range(20)]
    monkeypatch.setattr(selection, "changed_exercises", lambda root, exercises: {EXERCISES[3].number})
    chosen = selection.of_this_commit(ROOT, trials)
    assert sum(1 for trial in chosen if trial.exercise is EXERCISES[3]) == 20
    assert len(chosen) == len({id(trial) for trial in chosen}) in range(58, 61)


def test_a_function_is_its_own_exercises():
    file = "kernel/memory/heap.cpp"
    split = now(file).replace("rest->previous_size = size;", "rest->previous_size = 0;")
    assert touched(file, split) == {"10.1", "10.5"}  # 10.5 may change all of the file


@pytest.mark.parametrize("name, numbers", (
    ("docs/14-elf/exercises/2-check-a-segment.md", {"14.2"}),
    ("docs/14-elf/exercises/2-check-a-segment.grader.md", {"14.2"}),
    ("docs/10-kernel-heap/exercises/5-best-fit.check.py", {"10.5"}),
    ("tests/unit/elf_test.cpp", {"14.1", "14.2"}),
    ("programs/misbehave/in.asm", {"11.6"}),
    ("docs/14-elf/README.md", set()),
))
def test_data_and_judge_are_their_exercises(name, numbers):
    assert touched(name, "") >= numbers if numbers else touched(name, "") == set()


def test_a_catalogue_that_is_gone_has_touched_nothing():
    """A commit that deletes it: none of its mistakes is there to be judged with."""
    assert touched("tests/mutations/gone.txt", now("tests/mutations/gdt.txt")) == set()


def test_the_judge_that_stands_in_all_verdicts_is_complete():
    """All that is imported to judge, and what unit tests are built with."""
    code = "import sys, course.grade, course.prove; print(*(one.__file__ for one in list(sys.modules.values()) if getattr(one, '__file__', None)))"
    imported = subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    ours = [str(Path(file).relative_to(ROOT)) for file in imported if ROOT in Path(file).parents]
    for name in (*(name for name in ours if name != "docs/course/__init__.py"),
                 "docs/course/verdict.py", "docs/course/sandbox.py", "docs/course/foreign_calls.py", "iso/machine/qemu.py",
                 "iso/machine/diagnosis/explain.py", "tests/unit/main.cpp", "tests/unit/fakes.cpp", "tests/unit/fakes.hpp"):
        assert selection.is_everybodys_judge(name) and (ROOT / name).is_file(), name
    assert not any(map(selection.is_everybodys_judge, ("tests/unit/elf_test.cpp", "docs/course/learn.py", "iso/machine/setup.sh")))


def test_a_merge_is_one_commit_in_a_row(tmp_path):
    def git(*words):
        subprocess.run(["git", "-C", tmp_path, "-c", "user.name=reader", "-c", "user.email=reader@example.org", *words], check=True,
                       stdout=subprocess.DEVNULL)

    git("init", "-q", "-b", "main")
    git("commit", "-q", "--allow-empty", "-m", "first")
    git("switch", "-q", "-c", "branch")
    for message in ("one", "two", "three"):
        git("commit", "-q", "--allow-empty", "-m", message)
    git("switch", "-q", "main")
    before = selection.rotation(tmp_path)
    git("merge", "-q", "--no-ff", "-m", "merge", "branch")
    assert selection.rotation(tmp_path) == before + 1


def test_everybodys_judge_is_all_exercises(monkeypatch):
    monkeypatch.setattr(selection, "git", lambda root, *words: "docs/course/checks.py\0README.md\0")
    assert selection.changed_exercises(ROOT, EXERCISES) == {one.number for one in EXERCISES}
