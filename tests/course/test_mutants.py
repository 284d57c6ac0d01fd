"""The mistakes that are made by machine in the exercises' solutions."""

import pytest

from course import exercise_file, mutants
from course.document import ROOT
from course.source import piece_of

EXERCISES = {one.number: one for one in exercise_file.load_all(ROOT)}
needs_parser = pytest.mark.skipif(bool(mutants.missing()), reason=mutants.missing())


def read(name):
    return (ROOT / name).read_text()


def names_of(number):
    return [mutant.name for mutant in mutants.mutants_of(EXERCISES[number], ROOT, read)]


def edits(code):
    return {edit.name: code[: edit.span[0]] + edit.text + code[edit.span[1] :]
            for edit in mutants.nasm_edits(code, [(0, len(code))])}


def test_lines_of_nasm():
    found = edits("    mov eax, [esp + 8] ; the first\n.here: jb .done\n    dd 3\n")
    assert set(found) == {
        "without `mov eax, [esp + 8]`", "`jb .done` before `mov eax, [esp + 8]`", "`mov ecx, [esp + 8]` for `mov eax, [esp + 8]`",
        "`mov eax, [esp + 8 + 4]` for `mov eax, [esp + 8]`", "`mov eax, [esp + 8 - 4]` for `mov eax, [esp + 8]`",
        "without `jb .done`", "`dd 3` before `jb .done`", "`jbe .done` for `jb .done`", "`jl .done` for `jb .done`",
        "`jae .done` for `jb .done`", "without `dd 3`", "`dd 3 + 1` for `dd 3`", "`dd 3 - 1` for `dd 3`"}
    assert found["without `jb .done`"] == "    mov eax, [esp + 8] ; the first\n.here: \n    dd 3\n"


def test_directives_are_no_lines():
    assert edits("section .text\nglobal here\n%define x 1\nalign 4\nhere:\n; words\n") == {}


@needs_parser
def test_each_kind_of_mistake_in_cpp():
    names = names_of("14.2")
    for wanted in ("without `if (end < header.address) {", "`end <= header.address` in", "`end < header.address` with a sign in",
                   "`(PAGE_SIZE + 1)` for `PAGE_SIZE`", "`ElfError::SegmentInStack` for `ElfError::SegmentInKernel`",
                   "`header.flags | pf_w` in", "`header.flags` for `header.flags & pf_w`", "without `TRY(check_alignment(header));`",
                   "`header.file_size, header.offset` for `header.offset, header.file_size`", "`return Segment{"):
        assert any(name.startswith(wanted) for name in names), wanted
    assert len(names) == len(set(names))


@needs_parser
def test_an_assertion_is_looked_into():
    assert any("`page.value() <= KERNEL_BASE`" in name for name in names_of("8.4"))


@needs_parser
def test_statements_that_an_include_brings_into_a_function_are_left_alone():
    """Their places are those of another file."""
    left_out = [name.removeprefix("without `") for name in names_of("12.8") if name.startswith("without `")]
    own = ("system_call::tell_calls(", "return calls_names;", "++counts[", "for (", "if (", "length +=", "counts[", "log::info(")
    assert left_out and all(code.startswith(own) for code in left_out), left_out


@needs_parser
@pytest.mark.parametrize("number", ("4.1", "9.2", "12.5"))
def test_a_mutant_differs_in_its_functions_alone_and_keeps_the_lines(number):
    exercise = EXERCISES[number]
    for mutant in mutants.mutants_of(exercise, ROOT, read):
        for name, text in mutant.texts.items():
            original = read(name)
            first, last = (piece_of(name, original, what) for what in (exercise.holes[0][1], exercise.holes[-1][1]))
            assert text.startswith(original[: first.begin]) and text.endswith(original[last.end :])
            assert text.count("\n") == original.count("\n")


def test_reasons_for_equal_mutants():
    assert exercise_file.equal_mutants("- one\n- two\n  the same,\n  it is\n- three\n  other") == {
        "one": "the same, it is", "two": "the same, it is", "three": "other"}


@needs_parser
def test_many_stand_side_by_side():
    found = dict(enumerate(mutants.mutants_of(EXERCISES["9.2"], ROOT, read), 1))
    texts, owners = mutants.together(EXERCISES["9.2"], read, found)
    (name, text), = texts.items()
    assert set(owners.values()) == {0, *found}
    line = next(number for number, code in enumerate(text.splitlines(), 1) if code.startswith("if (chosen_mutant == 2)"))
    assert owners[name, line] == 2
