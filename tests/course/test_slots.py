"""Slots: each judgement sees the reference with the reader's files, whatever the one before has left."""

import contextlib
import os
import subprocess
from types import SimpleNamespace

import pytest
from course import prove, sandbox
from course.tree import Reference, Slot
from readers import reader_tree

SOURCES = {
    "number.h": "#define NUMBER 1\n",
    "main.c": "#include <stdio.h>\nint other(void);\nint main(void) { printf(\"main 0 other %d\\n\", other()); }\n",
    "other.c": '#include "number.h"\nint other(void) { return NUMBER; }\n',
    "Makefile": """OBJECTS = build/main.c.o build/other.c.o
build/program: $(OBJECTS)
\tcc -o $@ $^
build/%.c.o: %.c
\t@mkdir -p build
\tcc -MMD -c $< -o $@
-include $(OBJECTS:.o=.d)
""",
}
HEADER = {"number.h": "#define NUMBER 2\n"}


def main_saying(word):
    return {"main.c": SOURCES["main.c"].replace("main 0", f"main {word}")}


@pytest.fixture(params=(True, False), ids=("keeps", "keeps nothing"))
def slot(request, tmp_path):
    reference = tmp_path / "reference"
    reference.mkdir()
    for name, text in SOURCES.items():
        (reference / name).write_text(text)
        os.utime(reference / name, (1_000_000_000, 1_000_000_000))
    subprocess.run(["make", "build/program"], cwd=reference, check=True, stdout=subprocess.DEVNULL)
    return Slot(tmp_path / "slot", Reference(reference), keeps=request.param)


def judged(slot, texts):
    """What the program says, and which files were compiled for it."""
    slot.set(texts)
    done = slot.build(["build/program"])
    assert done.returncode == 0, done.stdout
    said = subprocess.run([slot.folder / "build/program"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return said, [name for name in ("main.c", "other.c") if f"-c {name}" in done.stdout]


def test_only_what_has_changed_is_compiled(slot):
    assert judged(slot, {**HEADER, **main_saying(1)}) == ("main 1 other 2\n", ["main.c", "other.c"])
    again = ["main.c"] if slot.keeps else ["main.c", "other.c"]
    assert judged(slot, {**HEADER, **main_saying(2)}) == ("main 2 other 2\n", again)
    assert judged(slot, main_saying(3)) == ("main 3 other 1\n", ["main.c"])
    assert judged(slot, {}) == ("main 0 other 1\n", [])
    assert judged(slot, HEADER) == ("main 0 other 2\n", ["other.c"])


def test_a_file_that_is_given_as_the_reference_has_it_has_not_changed(slot):
    """An exercise with several files hands on all of them, those too that a solution leaves as they are."""
    given = {**HEADER, "other.c": SOURCES["other.c"]}
    assert judged(slot, {**given, **main_saying(1)}) == ("main 1 other 2\n", ["main.c", "other.c"])
    again = ["main.c"] if slot.keeps else ["main.c", "other.c"]
    assert judged(slot, {**given, **main_saying(2)}) == ("main 2 other 2\n", again)
    assert judged(slot, {**HEADER, **main_saying(3)}) == ("main 3 other 2\n", again)


def test_trials_with_the_same_change_of_a_header_are_judged_in_a_row(slot):
    def trial(number, name, texts):
        return prove.Trial(SimpleNamespace(number=number), name, "", {**SOURCES, **texts})

    trials = [trial("1.1", "a", {}), trial("1.1", "b", HEADER), trial("1.1", "c", main_saying(1)),
              trial("1.1", "d", {**HEADER, **main_saying(1)}), trial("1.2", "a", HEADER), trial("1.1", "e", HEADER)]
    found = [[f"{one.exercise.number}{one.name}" for one in row] for row in prove.by_headers(trials, slot.reference)]
    assert found == [["1.1a"], ["1.1b", "1.1d", "1.1e"], ["1.1c"], ["1.2a"]]


def test_an_object_goes_with_each_of_its_files(slot):
    """other.c is compiled from two files: one has the same text again, the other one is the reference's again."""
    assert judged(slot, {**HEADER, "other.c": SOURCES["other.c"].replace("NUMBER;", "NUMBER + 5;")})[0] == "main 0 other 7\n"
    assert judged(slot, HEADER) == ("main 0 other 2\n", ["other.c"])


def test_what_failed_to_build_leaves_nothing(slot):
    slot.set({**HEADER, "other.c": "no C\n"})
    assert slot.build(["build/program"]).returncode != 0
    assert judged(slot, {**HEADER, **main_saying(4)}) == ("main 4 other 2\n", ["main.c", "other.c"])


@pytest.mark.parametrize("end", (sandbox.Exceeded("took too long"), KeyboardInterrupt()), ids=lambda end: type(end).__name__)
@pytest.mark.parametrize("built_before", (False, True), ids=("first build", "second build"))
def test_what_a_compiler_was_killed_at_is_not_used(slot, monkeypatch, end, built_before):
    texts = {**HEADER, **main_saying(5)}

    def run_until_killed(*_, **__):
        (slot.folder / "build/other.c.o").write_bytes(b"half a file")
        raise end

    if built_before:
        judged(slot, texts)
    slot.set(texts)
    with monkeypatch.context() as during:
        during.setattr(sandbox, "run", run_until_killed)
        with contextlib.suppress(KeyboardInterrupt):
            assert slot.build(["build/program"]).returncode != 0
    assert judged(slot, texts) == ("main 5 other 2\n", ["main.c", "other.c"])


def test_only_what_no_compiler_writes_into_is_a_hard_link(slot):
    """g++ writes a precompiled header in place: through a link it would be the reference's."""
    host = slot.reference.folder / "build/host"
    host.mkdir()
    for name in ("one.o", "one.gch"):
        (host / name).write_text("built")
    slot.set({})
    assert [(host / name).stat().st_nlink for name in ("one.o", "one.gch")] == [2, 1]
    assert (slot.folder / "build/host/one.gch").read_text() == "built"


def test_in_a_sandbox_a_strangers_file_does_not_find_the_courses_own_machine_code(slot, monkeypatch):
    kernel, own, other = (slot.reference.folder / f"build/{name}" for name in ("kernel.elf", "main.c.o", "other.c.o"))
    kernel.write_bytes(b"all of it")
    for entered in (False, True):
        monkeypatch.setattr(sandbox, "entered", lambda: entered)
        slot.set(main_saying(6 + entered))
        found = [(slot.folder / f"build/{file.name}").is_file() for file in (kernel, own, other)]
        assert found == [not entered, not entered, True]
    monkeypatch.undo()
    slot.set({})
    assert (slot.folder / "build/kernel.elf").read_bytes() == b"all of it"


def test_no_word_of_a_readers_file_takes_it_from_the_unit_tests(tmp_path):
    """Of a file that is not among them, the tests of it do not link."""
    tree = reader_tree(tmp_path)
    words = ["make", "-s", "--no-print-directory", "--eval", "tell: ; @echo $(HOST_SOURCES)", "tell"]
    tell = lambda: subprocess.run(words, cwd=tree, stdout=subprocess.PIPE, text=True, check=True).stdout.split()  # noqa: E731
    before, file = tell(), tree / "kernel/drivers/screen.cpp"
    file.write_text('#include "drivers/serial.hpp"\n' + file.read_text() + "// no asm volatile, and no start.asm, is needed here\n")
    assert tell() == before and "kernel/drivers/screen.cpp" in before
