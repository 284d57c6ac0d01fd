"""What runs all tests, tests/run_suites.py and .ci/run, counts what was run, and nothing else."""

import os
import re
import shutil
import subprocess
import sys

import pytest

import run_suites
from boots import ROOT
from run_suites import Counts


@pytest.fixture(autouse=True)
def results(tmp_path, monkeypatch):
    """A folder for results whose name is also the word that stands for a result's file in some tools."""
    folder = tmp_path / "RESULT of a run"
    folder.mkdir()
    monkeypatch.setattr(run_suites, "RESULTS", folder)
    return folder


def script(file, text):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return file


ONE_PASSED = '<testsuite><testcase name="one"/></testsuite>'
ONE_FAILED = '<testsuite><testcase name="one"><failure/></testcase></testsuite>'


# What stands for build/unit-tests: for the reader, and with `-r junit -o FILE`.
@pytest.mark.parametrize(
    "for_reader, for_count, result, counted",
    [(0, 0, ONE_PASSED, "1 passed, 0 failed, 0 skipped"), (1, 1, ONE_FAILED, "0 passed, 1 failed, 0 skipped"),
     (134, 0, ONE_PASSED, "1 passed, 1 failed, 0 skipped"), (0, 134, ONE_PASSED, "1 passed, 1 failed, 0 skipped")],
)  # fmt: skip
def test_both_runs_of_the_unit_tests_count(tmp_path, monkeypatch, for_reader, for_count, result, counted):
    monkeypatch.setattr(run_suites, "ROOT", tmp_path)
    script(tmp_path / "build/unit-tests", f"""[ $# = 0 ] && exit {for_reader}
        echo '{result}' > "$4"; exit {for_count}""")
    assert str(run_suites.run_unit_tests()) == counted


def test_a_corpus_without_its_program_is_a_failure_and_what_is_left_over_is_not_run(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(run_suites, "ROOT", tmp_path)
    for name in ("one", "two"):
        script(tmp_path / f"tests/fuzz/{name}_fuzz.cpp", "")
    script(tmp_path / "build/replay-one", "true")
    script(tmp_path / "build/replay-left-over", "echo left over; false")
    assert str(run_suites.run_corpora()) == "1 passed, 1 failed, 0 skipped"
    assert "replay-two" in capfd.readouterr().out


# What stands for `prove`: it prints its words, and this. With --part it gives the tenth's counts.
@pytest.mark.parametrize(
    "graders, some, part, counted",
    [("", "21 passed, 0 failed", "", "21 passed, 0 failed, 0 skipped"),
     ("1200", "21 passed, 0 failed", "40 passed, 0 failed, 7 skipped", "61 passed, 0 failed, 7 skipped"),
     ("1", "21 passed, 0 failed", "0 passed, 0 failed, 47 skipped", "21 passed, 0 failed, 47 skipped"),
     ("", "0 passed, 0 failed, 21 skipped", "", "0 passed, 1 failed, 21 skipped"),
     ("1200", "0 passed, 0 failed, 21 skipped", "40 passed, 0 failed", "40 passed, 1 failed, 21 skipped"),
     ("", "no counts", "", "0 passed, 1 failed, 0 skipped")],
)  # fmt: skip
def test_the_graders_of_some_exercises_are_proved_in_every_run(tmp_path, monkeypatch, capfd, graders, some, part, counted):
    prove = script(tmp_path / "prove", f"""echo "asked: $*"
        case "$*" in *--part*) echo '{part}' ;; *) echo '{some}' ;; esac""")
    monkeypatch.setattr(sys, "executable", str(prove))
    monkeypatch.setenv("GRADERS", graders)
    assert str(run_suites.run_graders()) == counted
    assert f"asked: -m course.main prove {' '.join(run_suites.SOME)}\n" in capfd.readouterr().out


def test_the_count_so_far_is_kept(results, monkeypatch, capfd):
    seen = []

    def suite(counts):
        seen.append((results / "total").read_text())
        return counts

    monkeypatch.setattr(sys, "argv", ["run_suites.py"])
    monkeypatch.setattr(run_suites, "SUITES", (("a", lambda: suite(Counts(2))), ("b", lambda: suite(Counts(1, 1)))))
    with pytest.raises(SystemExit) as end:
        run_suites.main()
    assert end.value.code == 1
    assert seen == ["0 passed, 0 failed, 0 skipped\n", "2 passed, 0 failed, 0 skipped\n"]
    assert (results / "total").read_text() == "3 passed, 1 failed, 2 skipped\n" == capfd.readouterr().out.splitlines(True)[-1]


# What stands for make: it is stopped in the middle of a suite that has printed a count of its own, with this total so far.
SO_FAR = "mkdir -p build/test-results; echo {} > build/test-results/total; echo '17 passed, 0 failed'; {}"


@pytest.mark.parametrize(
    "make, last, status",
    [(SO_FAR.format("400 passed, 0 failed, 3 skipped", "exit 0"), "400 passed, 0 failed, 3 skipped", 0),
     (SO_FAR.format("400 passed, 0 failed, 3 skipped", "exec sleep 60"), "400 passed, 1 failed, 3 skipped", 124),
     (SO_FAR.format("400 passed, 2 failed, 3 skipped", "exec sleep 60"), "400 passed, 2 failed, 3 skipped", 124),
     (SO_FAR.format("400 passed, 0 failed, 3 skipped", "kill -9 $$"), "400 passed, 1 failed, 3 skipped", 137),
     (SO_FAR.format("400 passed, 0 failed, 3 skipped", "exit 2"), "400 passed, 1 failed, 3 skipped", 2),
     (SO_FAR.format("400 passed, 2 failed, 3 skipped", "exit 0"), "400 passed, 2 failed, 3 skipped", 1),
     (SO_FAR.format("0 passed, 0 failed, 3 skipped", "exit 0"), "0 passed, 1 failed, 3 skipped", 1),
     ("echo '17 passed, 0 failed'; exec sleep 60", "0 passed, 1 failed", 124),
     ("echo '17 passed, 0 failed'; exit 2", "0 passed, 1 failed", 2),
     ("echo '17 passed, 0 failed'", "0 passed, 1 failed", 1)],
)  # fmt: skip
def test_the_last_line_of_a_run_counts_all_its_suites(tmp_path, make, last, status):
    tree = tmp_path / "tree"
    (tree / ".ci").mkdir(parents=True)
    text, changes = re.subn(r"^(LIMIT_SECONDS)=\d+$", r"\1=2", (ROOT / ".ci/run").read_text(), flags=re.MULTILINE)
    assert changes == 1
    (tree / ".ci/run").write_text(text)
    (tree / "build/test-results").mkdir(parents=True)
    (tree / "build/test-results/total").write_text("999 passed, 0 failed, 0 skipped\n")  # of the run before
    script(tmp_path / "bin/make", make)
    done = subprocess.run([shutil.which("bash"), tree / ".ci/run"], env={"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    assert (done.stdout.splitlines()[-1], done.returncode) == (last, status), done.stdout
    assert ("ci: stopped" in done.stdout) == (status in (124, 137)), done.stdout
