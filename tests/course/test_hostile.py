"""Thirty strangers' code: each of tests/course/hostile, and what git can't hold, is judged as it must be, says why, costs no
other its result and leaves nothing on this machine. (What the sandbox itself holds back: test_sandbox.py.)
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from course import exercise_file, sandbox
from course.document import ROOT

HOSTILE = ROOT / "tests/course/hostile"
NUMBERS = {one.slug: one.number for one in exercise_file.load_all(ROOT)}
MEMMOVE, GDT, WAY_IN, ELF, START, WHY, PREDICT = (NUMBERS[slug] for slug in (
    "copy-what-overlaps", "load-the-gdt", "the-way-in", "check-the-file-header", "the-start-code", "why-volatile",
    "predict-the-screens-old-place"))
MEMORY_FUNCTIONS = "kernel/lib/memory_functions.cpp"
PASSED = r"it works in QEMU and Bochs"
ENDS_UNSURE = r"where the function ends can't be told for sure"
BAD_NAME = b"na\xefve \x1b[2J"

# Submission: exercise, its score, and what its verdict says.
EXPECTED = {
    "honest": (MEMMOVE, 1, PASSED),
    "honest-but-wrong": (MEMMOVE, 0, r"a unit test fails"),
    "one-folder-deeper": (MEMMOVE, 1, PASSED),
    "makefile-bomb": (MEMMOVE, 1, PASSED),
    "opens-another-function": (MEMMOVE, 1, PASSED),  # the second one is not taken
    "two-trees": (MEMMOVE, 0, r"there are 2 trees in it: new, old"),
    "no-tree": (MEMMOVE, 0, r"there is no tree in it .* it holds notes"),
    "packed.zip": (MEMMOVE, 0, r"it is not a folder: unpack it"),
    "includes-the-reference": (MEMMOVE, 0, r"may not use #include here"),
    "includes-a-classmates-file": (MEMMOVE, 0, r"may not use #include here"),
    "includes-a-file-of-the-host": (MEMMOVE, 0, r"may not use #include here"),
    "includes-itself": (MEMMOVE, 0, r"may not use #include here"),
    "includes-with-a-digraph": (MEMMOVE, 0, r"may not use #include here"),
    "includes-over-two-lines": (MEMMOVE, 0, ENDS_UNSURE),
    "embeds": (MEMMOVE, 0, r"may not use #embed here"),
    "incbin": (MEMMOVE, 0, r"may not use \.incbin here"),
    "incbin-in-pieces": (MEMMOVE, 0, r"may not use \.incbin here"),
    "incbin-with-an-escape": (MEMMOVE, 0, r"may not use \\x in an asm statement"),
    "assembler-macros": (MEMMOVE, 0, r"may not use \.macro here"),
    "nasm-incbin": (GDT, 0, r"may not use incbin here"),
    "nasm-include": (GDT, 0, r"may not use %include here"),
    "nasm-incbin-over-two-lines": (GDT, 0, r"may not use incbin here"),
    "nasm-in-pieces": (GDT, 0, r"may not use %\+ here"),
    "nasm-environment": (GDT, 0, r"may not use %!PATH here"),
    "nasm-goes-on": (GDT, 0, r"the build did not end within 60 seconds"),
    "prints-and-leaves": (ELF, 0, r"it uses \w+, which the kernel does not have"),
    "prints-and-leaves-on-the-host": (ELF, 0, r"may not use #if here"),
    "leaves-by-machine-code": (ELF, 0, r"may not use syscall here"),
    "ends-each-test-without-a-word": (MEMMOVE, 0, r"may not use asm here"),
    "calls-what-is-not-there": (MEMMOVE, 0, r"does not build: undefined reference .*where: kernel/lib/memory_functions.cpp:\d+"),
    "knows-the-date": (MEMMOVE, 0, r"may not use __DATE__ here"),
    "knows-where-it-is": (MEMMOVE, 0, r"may not use __FILE__ here"),
    "forged-progress": (MEMMOVE, 0, r"memory_functions.cpp is missing"),
    "edited-graders": (MEMMOVE, 0, r"a unit test fails"),
    "prints-a-whole-boot": (WAY_IN, 0, r"jumps to the same instruction forever"),
    "leaves-by-the-exit-port": (GDT, 0, r"."),
    "a-program-that-tells-of-its-end": (START, 0, r"another program is running|no end|says nothing of its end|jumps to the same instruction forever"),
    "opens-another-function-with-digraphs": (MEMMOVE, 0, r"may not use %> here"),
    "opens-another-function-in-a-character": (MEMMOVE, 0, r"a unit test fails"),  # all ends at the brace
    "opens-another-function-in-a-raw-string": (MEMMOVE, 0, r"may not use raw strings here"),
    "constructor-in-an-attribute": (MEMMOVE, 0, r"may not use __attribute__ here"),
    "section-in-an-attribute": (MEMMOVE, 0, r"may not use gnu::section here"),
    "redefines-keywords": (MEMMOVE, 0, r"may not use #define here"),
    "poisons": (MEMMOVE, 0, r"may not use #pragma here"),
    "poisons-with-an-operator": (MEMMOVE, 0, r"may not use _Pragma here"),
    "an-endless-comment": (MEMMOVE, 0, r"is never closed"),
    "defined-twice": (MEMMOVE, 0, r"2 functions called memmove are defined"),
    "fork-bomb": (MEMMOVE, 0, r"it uses fork, which the kernel does not have"),
    "removes-files": (MEMMOVE, 0, r"it uses unlink, which the kernel does not have"),
    "reads-the-witness": (MEMMOVE, 0, r"it uses read, which the kernel does not have"),
    "reads-the-witness-as-the-tests-do": (MEMMOVE, 0, r"it uses getchar, which the kernel does not have"),
    "eats-memory": (MEMMOVE, 0, r"virtual memory exhausted|out of memory|used more than 1 GiB"),
    "compiles-for-long": (MEMMOVE, 0, r"the build did not end within 60 seconds"),
    "runs-for-long": (MEMMOVE, 0, r"did not end within 5 seconds"),
    "floods-the-console": (GDT, 0, r"the kernel floods the console and gets no further"),
    "prints-escape-sequences": (GDT, 0, r"\.\[2J|the kernel stopped"),
    "not-utf-8": (MEMMOVE, 0, r"is not UTF-8"),
    "control-characters": (MEMMOVE, 0, r"control character 0x1b"),
    "reads-backwards": (MEMMOVE, 0, r"control character 0x202e"),
    "lorem-ipsum": (WHY, None, r"A person reads this explanation"),
    # Long to read for who reads them again and again (test_screening_time.py has more):
    "blanks-where-a-type-goes": (MEMMOVE, 1, PASSED),
    "calls-the-hole-again-and-again": (MEMMOVE, 1, PASSED),
    "opens-comment-after-comment": (MEMMOVE, 0, r"a comment is never closed"),
    "an-answer-of-commas": (PREDICT, 0, r"no answer yet to: vector"),
    "an-answer-of-nines": (PREDICT, 0, r"not understood: cr2 = 9{40,60}"),
    # What git can't hold:
    "a-link-to-another": (MEMMOVE, 0, r"it is a link"),
    "a-linked-folder": (MEMMOVE, 0, r"is a link, or not a plain file"),
    "a-linked-file": (MEMMOVE, 0, r"is a link, or not a plain file"),
    "a-pipe": (MEMMOVE, 0, r"is a link, or not a plain file"),
    "an-answer-that-is-a-pipe": (WHY, 0, r"is a link, or not a plain file"),
    "huge": (MEMMOVE, 0, r"has more than 64 KiB"),
    "empty": (MEMMOVE, 0, r"there is no tree in it .* it holds no folder"),
    "deep": (MEMMOVE, 0, r"there is no tree in it"),
    "--points": (MEMMOVE, 1, PASSED),
    "$(touch owned)": (MEMMOVE, 1, PASSED),
    os.fsdecode(BAD_NAME): (MEMMOVE, 1, PASSED),
}


def key_of(name):
    return quote(os.fsencode(name), safe=" ()[]")


def add_what_git_cannot_hold(folder):
    honest = folder / "honest"
    (folder / "a-link-to-another").symlink_to("honest")
    (folder / "a-linked-folder/kernel").mkdir(parents=True)
    (folder / "a-linked-folder/kernel/lib").symlink_to("../../honest/kernel/lib")
    for name in ("a-linked-file", "a-pipe", "huge"):
        (folder / name / "kernel/lib").mkdir(parents=True)
    (folder / "a-linked-file" / MEMORY_FUNCTIONS).symlink_to("/etc/passwd")
    os.mkfifo(folder / "a-pipe" / MEMORY_FUNCTIONS)
    os.truncate(os.open(folder / "huge" / MEMORY_FUNCTIONS, os.O_CREAT | os.O_WRONLY), 1 << 32)
    (folder / "an-answer-that-is-a-pipe/kernel").mkdir(parents=True)
    (folder / "an-answer-that-is-a-pipe/.course/answers").mkdir(parents=True)
    os.mkfifo(folder / f"an-answer-that-is-a-pipe/.course/answers/{WHY}.txt")
    (folder / "empty").mkdir()
    (folder / "deep" / "/".join(["down"] * 60) / "kernel").mkdir(parents=True)
    for name in ("--points", "$(touch owned)", os.fsdecode(BAD_NAME)):
        shutil.copytree(honest, folder / name)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The results, and what was printed."""
    try:
        sandbox.enter()
    except sandbox.NoSandbox as reason:
        pytest.skip(str(reason))
    finally:
        sandbox.leave()
    folder = tmp_path_factory.mktemp("hostile")
    shutil.copytree(HOSTILE, folder / "submissions")
    add_what_git_cannot_hold(folder / "submissions")
    command = [sys.executable, "-m", "course.main", "grade", folder / "submissions", folder / "r.json",
               MEMMOVE, GDT, WAY_IN, ELF, START, WHY, PREDICT]
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=900, env={**os.environ, "TRAPGATE_SECRET": "not for students"})
    text = done.stdout.decode(errors="replace")
    assert done.returncode == 0, text
    return json.loads((folder / "r.json").read_text()), text, folder


def test_every_submission_is_in_the_table():
    names = {path.name for path in HOSTILE.iterdir() if not path.name.startswith(".")}
    assert names <= set(EXPECTED) and len(EXPECTED) >= 60


@pytest.mark.parametrize("name", EXPECTED, ids=lambda name: ascii(name))
def test_it_scores_what_it_must_and_says_why(graded, name):
    results, _, folder = graded
    number, score, says = EXPECTED[name]
    tests = {test["number"]: test for test in results[key_of(name)]["tests"]}
    assert len(tests[number]["output"]) < 16 << 10  # who floods the console does not flood the teacher's file
    text = " ".join(tests[number]["output"].split())
    assert tests[number].get("score") == score, text
    assert re.search(says, text), text
    assert results[key_of(name)]["score"] == (score or 0)  # and nothing for all the others
    assert json.loads((folder / "r" / f"{key_of(name)}.json").read_text()) == results[key_of(name)]


def test_nothing_of_the_host_or_of_the_reference_is_in_what_students_see(graded):
    results, printed, _ = graded
    text = json.dumps(results, ensure_ascii=False) + printed.replace(str(graded[2]), "")
    assert "root:" not in text and "not for students" not in text and "/build/exercises" not in text
    assert str(ROOT) not in json.dumps(results) and "\33" not in text
    assert "lgdt [eax]" not in text  # of the course's gdt_load


def test_nothing_was_left_on_this_machine(graded):
    folder = graded[2]
    assert not Path("/tmp/trapgate-owned").exists() and not (ROOT / "owned").exists()
    assert (folder / "submissions/honest" / MEMORY_FUNCTIONS).is_file()


def test_a_second_run_says_which_verdicts_changed(graded):
    folder = graded[2]
    command = [sys.executable, "-m", "course.main", "grade", folder / "class", folder / "small.json", MEMMOVE, WHY]
    (folder / "class/ann/kernel").mkdir(parents=True)
    (folder / "class/ann/.course/answers").mkdir(parents=True)
    (folder / f"class/ann/.course/answers/{WHY}.txt").write_text("Because the compiler may.\n# not a heading\n")
    run = lambda: subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=600).stdout  # noqa: E731
    assert "changed:" not in run()
    shutil.rmtree(folder / "class/ann/kernel")
    shutil.copytree(folder / "submissions/honest/kernel", folder / "class/ann/kernel")
    points = folder / "small/explanations.csv"
    points.write_text(points.read_text().replace(f"ann,{WHY},", f"ann,{WHY},0.5"))
    assert f"changed: ann {MEMMOVE}: not yet -> pass" in run()
    result = json.loads((folder / "small.json").read_text())["ann"]
    assert result["score"] == 1.5 and result["grader"]
    explained = (folder / f"small/explanations-{WHY}.md").read_text()
    assert "> Because the compiler may.\n> # not a heading" in explained


def test_a_hidden_unit_test_decides_and_only_its_name_is_told(graded):
    folder = graded[2]
    shutil.copytree(folder / "submissions/honest", folder / "one/ann")
    (folder / "hidden").mkdir()
    (folder / "hidden" / f"{MEMMOVE}.cpp").write_text('TEST_CASE("memmove knows the weather") { CHECK(41 == 42); }\n')
    command = [sys.executable, "-m", "course.main", "grade", "--hidden", folder / "hidden", folder / "one", folder / "o.json",
               MEMMOVE]
    subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600)
    text = json.loads((folder / "o.json").read_text())["ann"]["tests"][0]["output"]
    assert "a hidden test failed: memmove knows the weather" in text and "41" not in text
