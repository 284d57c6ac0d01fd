"""`make learn` as a reader meets it, at a terminal of 80 columns and 24 lines."""

import os
import re
import shutil
import subprocess
import sys

import pytest
from course import exercise_file
from course.document import ROOT
from course.progress import Progress
from course.reader import Reader
from readers import BAR, BUILD_LIMIT, MORE, Terminal, command, environment, reader_tree

EXERCISES = exercise_file.load_all(ROOT)
FIRST, SECOND = EXERCISES[:2]
COPY, ENCODE = (next(one for one in EXERCISES if one.slug == slug) for slug in ("copy-what-overlaps", "encode-descriptor"))
FUNCTIONS = sum(len(one.holes) for one in EXERCISES)  # that a reader writes
EXPLAINED = next(one for one in EXERCISES if one.kind == "explain")


@pytest.fixture
def tree(tmp_path):
    return reader_tree(tmp_path)


def learn(tree, *words):
    return Terminal(tree, "make", "learn", *words)


def test_a_chapters_first_hole_is_opened_by_a_key_alone(tree):
    with learn(tree) as terminal:
        terminal.bar()
        assert f"docs/{FIRST.chapter}/README.md" in terminal.text and not Progress(tree).current
        terminal.press("n", BAR)
        assert Progress(tree).current == FIRST.number
        assert terminal.press("q", "Your place is kept")


def test_keys_that_leave_work_behind_are_asked_for_twice_and_words_are_no_keys(tree):
    with learn(tree, f"N={SECOND.number}") as terminal:
        terminal.bar()
        terminal.press("s", r"Press s\s+once\s+more")
        assert Progress(tree).current == SECOND.number and not Progress(tree).seen(SECOND.number)
        terminal.press("make solution\n", "`make solution` is not a key")
        assert not Progress(tree).seen(SECOND.number)
        terminal.press("s", r"Press s\s+once\s+more")
        terminal.press("s", BAR)
        assert Progress(tree).seen(SECOND.number) and not Progress(tree).passed(SECOND.number)
        said = terminal.press("l", BAR)
        assert f"[s] {SECOND.number}" in said and "passed, 1 seen" in said


def test_what_was_skipped_comes_back_at_the_chapters_end_and_then_the_next_text_is_named(tree):
    chapter = [one for one in EXERCISES if one.chapter == FIRST.chapter]
    following = EXERCISES[len(chapter)]
    with learn(tree, f"N={FIRST.number}") as terminal:
        terminal.bar()
        for expected in [*chapter[1:], *chapter]:
            terminal.press("n", r"once\s+more")
            assert expected.number in terminal.press("n", BAR)
            assert Progress(tree).current == expected.number
        assert chapter[-2].number in terminal.press("p", BAR)
    for one in chapter:
        Progress(tree).set(one.number, passed="2026-11-29")
    with learn(tree) as terminal:
        assert f"docs/{following.chapter}/README.md" in terminal.bar()
        assert Progress(tree).current == chapter[-2].number
        assert following.number in terminal.press("n", BAR)


@pytest.mark.parametrize("exercise", sorted(EXERCISES, key=lambda one: -len(one.text))[:3], ids=lambda one: one.number)
def test_a_long_task_begins_with_its_title_on_the_screen(tree, exercise):
    with learn(tree, f"N={exercise.number}") as terminal:
        terminal.wait_for(MORE)
        assert any(line.startswith(f"{exercise.number} {exercise.title[:20]}") for line in terminal.screen), terminal.screen
        terminal.bar()
        words = {word for line in exercise.text.splitlines() if not line.startswith("```") for word in line.split()}
        assert f"--- {exercise.number} {exercise.title[:20]}" in "\n".join(terminal.screen)
        assert all(word in terminal.text for word in words if word.isalpha())  # none is cut at the right margin


def test_a_second_command_is_told_who_is_at_work(tree):
    with learn(tree, f"N={FIRST.number}") as terminal:
        terminal.bar()
        said = command(tree, "check")
        assert re.search(r"`make learn` \(process \d+, since \d\d:\d\d\) is at work in this tree", said), said
        assert "passed" in command(tree, "exercises")  # which only reads
        terminal.press("q", "Your place")
        terminal.wait_for_end()
    assert "at work" not in command(tree, "exercise", SECOND.number)


@pytest.mark.parametrize("words", [("mutations", "list"), ("course.main", "exercises")], ids=" ".join)
def test_a_list_that_nothing_reads_to_its_end_ends_quietly(tree, words):
    packages = os.pathsep.join(str(tree / one) for one in ("iso", "docs", "tests"))
    process = subprocess.Popen([sys.executable, "-m", *words], cwd=tree, env={**environment(), "PYTHONPATH": packages},
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdout.close()
    assert process.stderr.read() == "" and process.wait() == 0


def test_a_file_that_does_not_belong_to_the_exercise_is_named_when_it_is_saved(tree):
    with learn(tree, f"N={COPY.number}") as terminal:
        terminal.bar()
        tss = tree / "kernel/cpu/tss.cpp"
        said = terminal.save(tss, tss.read_text() + "// mine\n")
        assert "You have saved kernel/cpu/tss.cpp. That does not belong to" in said, said


def test_a_pass_that_came_after_the_solution_is_no_pass_of_ones_own(tree):
    with learn(tree, f"N={EXPLAINED.number}") as terminal:
        terminal.bar()
        answer = Progress(tree).answer_file(EXPLAINED.number)
        assert "that is too little" in terminal.save(answer, "short\n")
        terminal.press("ss", BAR)
        assert f"so {EXPLAINED.number} counts as seen" in terminal.save(answer, EXPLAINED.answer)
    assert Progress(tree).seen(EXPLAINED.number)
    command(tree, "exercise", EXPLAINED.number, "--reset")
    answer.write_text(EXPLAINED.answer)
    assert "counts as seen" not in command(tree, "check")
    assert Progress(tree).passed(EXPLAINED.number)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A tree in which something has been built and one function has passed."""
    tree = reader_tree(tmp_path_factory.mktemp("reader"), build=True)
    command(tree, "exercise", COPY.number)
    solve(tree, COPY, COPY.rights[0])
    said = command(tree, "check")
    assert f"{COPY.number} pass" in said and "Your memmove() in kernel/lib/memory_functions.cpp, and the course's:" in said, said
    return tree


def solve(tree, exercise, solution):
    reader = Reader(tree)
    for name, text in exercise.solution(solution, reader.read).items():
        (tree / name).write_text(text)


def make(tree, *words, typed=""):
    return subprocess.run(["make", *words], cwd=tree, env=environment(), input=typed, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=BUILD_LIMIT).stdout


def test_a_function_that_has_passed_is_in_the_kernel_from_then_on(built):
    said = make(built, "mine", typed="cat /etc/motd\nexit\n")
    assert f"1 of {FUNCTIONS} functions are yours" in said and (ROOT / "iso/root/etc/motd").read_text().splitlines()[0] in said, said
    body = Reader(built).mine.of(COPY)[0]
    assert "to < from" in body and body in (built / ".course/grown" / COPY.holes[0][0]).read_text()
    assert "yours yet" in make(built, "theirs", f"N={ENCODE.number}")
    assert "memcpy(destination, source, size)" in make(built, "theirs", f"N={COPY.number}")


def test_an_earlier_function_is_named_when_it_is_the_one_that_fails(built):
    kept = next((built / ".course/mine" / COPY.number).iterdir())
    right = kept.read_text()
    kept.write_text("{\n    static_cast<void>(source);\n    static_cast<void>(size);\n    return destination;\n}")
    command(built, "exercise", ENCODE.number)
    solve(built, ENCODE, ENCODE.rights[0])
    said = " ".join(command(built, "check").split())
    assert f"your lines for {ENCODE.number} are right: memmove() of {COPY.number}" in said, said
    assert f"`make solution N={COPY.number}` puts the course's version in its place" in said
    kept.write_text(right)
    said = command(built, "check")
    assert f"{ENCODE.number} pass" in said and f"2 of {FUNCTIONS} functions are yours" in command(built, "mine", "--only-list"), said


def test_open_functions_are_not_in_the_way_of_chapters_and_mutations(built):
    command(built, "exercise", COPY.number, "--reset")
    ours = f"with the course's own version of {COPY.holes[0][0]}"
    said = make(built, "qemu", "CHAPTER=4")
    assert f"-- chapter 4 {ours}" in said and "base 0x0, limit 0xffffffff" in said, said
    said = make(built, "qemu", "MUTATION=iret-rpl-0")
    assert f"-- {ours}" in said and "a right kernel: \"Hello" in said, said
    command(built, "exercise", ENCODE.number, "--reset")  # what was passed, or the course's, is back where the work was left
    assert "not solved yet" not in (built / COPY.holes[0][0]).read_text()
    (built / "kernel/cpu/gdt.cpp").touch()
    assert "warning" not in make(built, "build/kernel/cpu/gdt.cpp.o")


def test_files_of_no_concern_are_named(built):
    command(built, "exercise", COPY.number, "--reset")
    with (built / "kernel/cpu/tss.cpp").open("a") as file:
        file.write("// mine\n")
    said = " ".join(command(built, "check").split())
    assert f"you have changed kernel/cpu/tss.cpp. That does not belong to {COPY.number}: it was judged without it" in said, said


def test_a_slip_is_told_before_anything_else_is_built(built):
    command(built, "exercise", ENCODE.number, "--reset")
    shutil.rmtree(built / ".course/grown/build/unit", ignore_errors=True)
    shutil.rmtree(built / ".course/reference/build/unit", ignore_errors=True)
    file = built / ENCODE.holes[0][0]
    file.write_text(file.read_text().replace("if !consteval", "if !consteva"))
    said = command(built, "check")
    assert f"{ENCODE.number} not yet: it does not build" in said and f"where:    {ENCODE.holes[0][0]}:" in said, said
    assert not (built / ".course/grown/build/unit/gdt").is_file() and not (built / ".course/reference/build/unit/gdt").is_file()


def test_ctrl_c_in_the_debugger_comes_back(built):
    with learn(built, f"N={COPY.number}") as terminal:
        terminal.bar()
        terminal.press("d", r"\(gdb\) $")
        terminal.press("continue\n", "Continuing")
        terminal.press("\x03", r"\(gdb\) $")
        terminal.press("quit\n", BAR)
        terminal.press("q", "Your place is kept")


def test_the_debugger_starts_the_program_that_the_graders_file_brings(built):
    exercise = next(one for one in EXERCISES if one.slug == "the-lowest-free-descriptor")
    with learn(built, f"N={exercise.number}") as terminal:
        terminal.bar()
        terminal.press("d", r"\(gdb\) $")
        assert "/numbers.bin" in terminal.text and "can't read symbols" not in terminal.text
        terminal.press("quit\n", BAR)
        terminal.press("q", "Your place is kept")


def test_progress_is_read_anew_before_it_is_written(tmp_path):
    mine, other = Progress(tmp_path), Progress(tmp_path)
    other.set("1.1", passed="2026-11-29")
    mine.add("1.2", "tries")
    assert Progress(tmp_path).passed("1.1") and Progress(tmp_path).count("1.2", "tries") == 1


def test_what_the_tests_have_fetched_and_linked_is_left_where_it_is(tree):
    fetched = tree / "build/linux"
    fetched.mkdir(parents=True)
    (fetched / "shell").symlink_to("/nowhere/mksh")
    (tree / "build/latest").symlink_to("linux/shell")
    assert "0 of" in command(tree, "exercises")
    assert not (tree / ".course/reference/build/linux").exists()
