"""What readers write in answers is understood, and what unit tests and the compiler say is told in a sentence."""

import re
import subprocess
from types import SimpleNamespace

import pytest
from course import exercise_file, grade, paper, sandbox, units
from course.document import ROOT
from course.hints import first_hint
from course.progress import Progress
from course.reader import Reader
from course.tree import Reference
from course.verdict import CANNOT_JUDGE, NOT_YET, CannotJudge, Verdict
from machine import End, Ending

COPY = next(one for one in exercise_file.load_all(ROOT) if one.slug == "copy-what-overlaps")
FILE = COPY.holes[0][0]


@pytest.mark.parametrize("text, wanted", [
    ("vector = page fault\nerror = 0x2\nending = triple fault", {"vector": 14, "error": 2, "ending": "triple-fault"}),
    ("vector=13 error=0x18 level=ring 0", {"vector": 13, "error": 0x18, "level": 0}),
    ("vector=#GP, error=18h; level = privilege level 3", {"vector": 13, "error": 0x18, "level": 3}),
    ("vector = 14 (#PF)\nerror = none\n# level = 3", {"vector": 14, "error": "none"}),
    ("vector = stack-segment fault\nending: Kernel Panic", {"vector": 12, "ending": "panic"}),
    ("vector = 1\nvector = 2", {"vector": "two answers"}),
    ("vector = \nerror = 08", {"error": 8}),
    ("vector = 14, page fault\nlevel = ring3\nending = killed by SIGSEGV", {"vector": 14, "level": 3, "ending": "killed"}),
    ("vector = 14: #PF page fault\nlevel = PL3\nending = it hangs", {"vector": 14, "level": 3, "ending": "hang"}),
    ("vector = GPF\nerror = no error code\nlevel = supervisor mode", {"vector": 13, "error": "none", "level": 0}),
    ("vector = interrupt 13\nerror = 10b\nlevel = 0, the kernel", {"vector": 13, "error": 2, "level": 0}),
    ("vector = the general protection fault exception\nerror = 0x18 = 24", {"vector": 13, "error": 24}),
    ("vector = nothing\nending = the machine resets", {"vector": "none", "ending": "triple-fault"}),
    ("vector = page fault, double fault\nending = a panic, then a reset",
     {"vector": "page fault, double fault", "ending": "a panic, then a reset"}),
    ("vector = no exception\nending = no panic", {"vector": "none", "ending": "no panic"}),
    ("cr2 = C0100000\nlevel = in the kernel", {"cr2": 0xC0100000, "level": 0}),
    ("cr2 = b8000", {"cr2": 0xB8000}),
    ("cr2 = 0b8000h", {"cr2": 0xB8000}),
    ("cr2 = 08048054", {"cr2": 0x8048054}),
    ("cr2 = 40000123", {"cr2": 0x40000123}),
    ("cr2 = the address 0xC010'0000", {"cr2": 0xC0100000}),
    ("cr2 = none", {"cr2": "none"}),
    ("cr2 = " + "9" * 5000, {"cr2": "9" * 994}),
    ("vector = 13, " + "for" * 5000, {"vector": "13, " + "for" * 329}),
    ("cr2 = df", {"cr2": 0xDF}),
])
def test_an_answer_is_read_as_it_was_meant(text, wanted):
    assert paper.parse(text) == wanted


def test_an_address_without_0x_may_be_a_decimal_number():
    one = next(one for one in exercise_file.load_all(ROOT) if "cr2" in paper.questions(one))
    given = {**dict.fromkeys(paper.questions(one), 0), **paper.parse("cr2 = 753664")}
    wrong = {address: paper.wrong_names(one, given, {**given, "cr2": address}) for address in (0xB8000, 0x753664, 0xB8001)}
    assert wrong == {0xB8000: [], 0x753664: [], 0xB8001: ["cr2"]}


def test_an_answer_that_is_no_answer_is_quoted():
    one = next(one for one in exercise_file.load_all(ROOT) if paper.questions(one)[:1] == ["vector"] and one.kind == "predict")
    answer = "\n".join(f"{name} = 3" for name in paper.questions(one)).replace("vector = 3", "vector = page falt")
    verdict = paper.grade_prediction(None, one, answer, ())
    assert "vector = page falt" in verdict.sentence


def verdict_of_build(said, slot, reference=ROOT):
    """On a build that failed with these words, in these folders."""
    grader = grade.Grader(Reference(reference), SimpleNamespace(
        folder=slot, set=lambda _: None, build=lambda words: subprocess.CompletedProcess(words, 1, said)))
    grader.stages, grader.tell, grader.numbers = [], lambda _: None, []
    return grader.build(COPY, {}, ["build/unit/memory_functions"])


@pytest.mark.parametrize("folder", [ROOT, ROOT / "build/reference", sandbox.INSIDE])
def test_what_the_linker_says_names_no_folder_of_the_teachers(folder):
    said = (f"/usr/bin/ld: build/host/tests/unit/screen_test.cpp.o: in function `test':\n{folder}/tests/unit/screen_test.cpp:104: "
            "undefined reference to `put' (as in docs/course/unsolved.hpp)\ncollect2: error: ld returned 1 exit status\n")
    verdict = verdict_of_build(said, ROOT / "build/slot", ROOT / "build/reference")
    assert verdict.happened == ("tests/unit/screen_test.cpp:104: undefined reference to `put' (as in docs/course/unsolved.hpp)")
    assert f"{folder}/tests" not in str(verdict)


CATCH = """
~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
memory_functions is a Catch v2.13.10 host application.
Run with -? for options

-------------------------------------------------------------------------------
memmove copies
-------------------------------------------------------------------------------
tests/unit/memory_functions_test.cpp:40
...............................................................................

tests/unit/memory_functions_test.cpp:48: FAILED:
  REQUIRE( {what} )
with expansion:
  {values}

"""
OVERFLOW = """=================================================================
==123==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602000000014 at pc 0x55d2 bp 0x7ffe sp 0x7ffd
WRITE of size 1 at 0x602000000014 thread T0
    #0 0x55d1 in std::copy(char*) /usr/include/c++/12/bits/algorithm.h:61
    #1 0x55d2 in memmove kernel/lib/memory_functions.cpp:61
    #2 0x55d3 in CATCH2_INTERNAL_TEST_0 tests/unit/memory_functions_test.cpp:20
SUMMARY: AddressSanitizer: heap-buffer-overflow
Shadow bytes around the buggy address:
  0x0c047fff7fb0: 00 00 00 00
"""


@pytest.mark.parametrize("what, values, expected, found", [
    ("low(d) == 8", "16 == 8", "low(d) is 8", "found 0x10 (they differ in bits 3, 4)"),
    ("size == 300", "301 (0x12d) == 300 (0x12c)", "size is 0x12c", "found 0x12d (they differ in bit 0)"),
    ("text[0] == 'a'", r"'\xf4' == 'a'", "text[0] is 'a'", "found 0xf4"),
    ("actual == wanted", "{ 7, 'v', '\\x9b', '\\n' }\n  ==\n  { 7, 'v', '/', 'a' }", "element 2 is 0x2f",
     "found 0x9b, the first of 2 that differ"),
    ("a == b", "{ 1, 2 } == { 1 }", "1 elements", "found 2"),
    ("whole", "false", "whole", "it is not so: false"),
])
def test_the_first_difference_is_told_in_hexadecimal(what, values, expected, found):
    verdict = units.unit_failure(COPY, CATCH.replace("{what}", what).replace("{values}", values))
    assert (verdict.expected, verdict.happened) == (expected, found)
    shown = "\n".join(verdict.lines(79))
    assert shown.count("memmove copies") == 1 and "host application" not in shown and "~~~" not in shown
    assert f"REQUIRE( {what} )   that is   {values.splitlines()[0]}" in verdict.symptom  # by which hints are chosen


def test_a_sanitizers_finding_is_a_sentence_with_the_readers_own_line():
    verdict = units.unit_failure(COPY, OVERFLOW)
    assert verdict.happened == "heap-buffer-overflow: a write of 1 byte" and verdict.where == f"{FILE}:61" and not verdict.log
    verdict = units.unit_failure(COPY, f"{FILE}:66:9: runtime error: signed integer overflow: 1 + 2\n    #0 0x5 in f {FILE}:66:9\n")
    assert verdict.happened == "signed integer overflow: 1 + 2" and verdict.where == f"{FILE}:66"


def test_nothing_that_a_terminal_would_obey_is_shown_and_no_word_is_cut():
    long = "a line of the log that goes on " * 4
    verdict = Verdict("4.1", NOT_YET, "it said \033[2J", expected="\033[1mthis", happened="it said", log=[long, "\033[31mred"])
    lines = verdict.lines(79)
    assert "\033" not in "".join(lines) and all(len(line) <= 79 for line in lines)
    assert " ".join(long.split()) in " ".join(" ".join(lines).split())
    assert not any(line.startswith("  happened") for line in lines)  # the sentence has said it


def test_a_complaint_of_the_compiler_is_explained_and_a_hang_and_a_difference():
    build = Verdict("2.4", NOT_YET, "", symptom="build: kernel/a.cpp:3:1: error: 'x' was not declared in this scope",
                    happened="'x' was not declared in this scope", where="kernel/a.cpp:3").as_json()
    assert "a slip in the name" in "\n".join(first_hint(build))
    assert "Ctrl-C" in "\n".join(first_hint({"symptom": "time-out"}))
    unit = Verdict("2.4", NOT_YET, "", symptom="unit: it copies: a == b", expected="a is 1", happened="found 2").as_json()
    assert 'in the test "it copies": expected a is 1; found 2.' in "\n".join(first_hint(unit))


@pytest.mark.parametrize("said", [
    "/usr/bin/ld: build/host/a.o: in function `f()':\n{folder}/kernel/a.cpp:103: undefined reference to `g()'",
    "/usr/bin/ld: kernel/a.cpp:103:(.text+0x5): undefined reference to `g()'",
    "{folder}/kernel/a.cpp:103:7: error: undefined reference to `g()'"])
def test_a_complaint_of_the_linker_names_the_readers_own_file(tmp_path, said):
    verdict = verdict_of_build(said.format(folder=tmp_path) + "\ncollect2: error: ld returned 1 exit status\n", tmp_path)
    assert verdict.where == "kernel/a.cpp:103" and verdict.sentence == "it does not build: undefined reference to `g()'"
    assert str(tmp_path) not in "\n".join(verdict.lines())


def test_how_long_the_course_takes_is_measured_anew_where_that_was_cut_off(tmp_path, monkeypatch):
    grader = grade.Grader(Reference(tmp_path / "reference"), None)
    monkeypatch.setattr(grader, "_reference_boot", lambda *_: 1.5)
    (tmp_path / "reference.seconds").write_text("")
    assert grader.limit("direct") == 15 and grader.reference_seconds()["bochs"] == 1.5


def test_hints_begin_again_when_something_else_is_seen(tmp_path):
    reader = Reader(tmp_path)
    reader._exercises, reader.reference = exercise_file.load_all(ROOT), Reference(ROOT)
    reader.progress.go_to(COPY.number)

    def seen(symptom):
        reader.progress.keep_verdict(Verdict(COPY.number, NOT_YET, "", symptom=symptom).as_json())

    def level():
        found = re.match(r"Hint (\d) of", reader.hint()[0])
        return int(found[1]) if found else 0

    seen("panic: one thing at 0x10")
    assert [level(), level()] == [1, 2]
    seen("panic: one thing at 0x20")  # only the address has changed
    assert level() == 3
    seen("panic: another thing")
    assert level() == 1
    seen("hang")
    assert [level(), level(), level()] == [0, 1, 2]  # first how to look at it
    reader.progress.set(COPY.number, level="", symptom="")
    assert Progress(tmp_path).count(COPY.number, "hints") == 6


KILLED = End(Ending.EMULATOR_DIED, detail="QEMU was ended by SIGKILL: ", killed=True)
CRASHED = End(Ending.EMULATOR_DIED, detail="QEMU was ended by SIGABRT: ")


@pytest.mark.parametrize("ends, verdict", [
    ([KILLED, None], None),
    ([End(Ending.CLOSED, detail="host-signal", killed=True), None], None),
    ([CRASHED, None], None),
    ([CRASHED, CRASHED], NOT_YET),
    ([KILLED, KILLED], CANNOT_JUDGE),
])
def test_an_emulator_that_was_killed_from_outside_is_not_the_students_fault(monkeypatch, ends, verdict):
    left = list(ends)

    class Boot:
        def __init__(self, *_, **__):
            self.end, self.seconds, self.logged = left.pop(0), 1.0, True
            self.reached = self.end is None

        run = close = lambda *_: None

    monkeypatch.setattr(grade, "Boot", Boot)
    monkeypatch.setattr(grade, "judge", lambda boot, _: None if boot.reached else Verdict("1.1", NOT_YET, "the machine ended"))
    grader = grade.Grader(Reference(ROOT), None)
    grader.slot, grader.stages, grader.tell = SimpleNamespace(folder=ROOT), [], print
    grader.limit = grader._reference_boot = lambda *_: 1.0
    try:
        found = grader._boot("direct", COPY, None, None, [], None)
    except CannotJudge as outside:
        assert "killed from outside" in str(outside) and verdict == CANNOT_JUDGE
    else:
        assert (found and found.verdict) == verdict and not left
    if verdict is None:
        assert [stage.passed for stage in grader.stages] == [True]
