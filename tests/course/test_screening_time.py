"""What is done with a stranger's text outside of the sandbox takes well under a second, for the largest that is read: the time
grows with the text, not with its square. Judged as a whole, what is too large for tests/course/hostile is made here.
"""

import time
from types import SimpleNamespace

import pytest
from course import boot_verdict, checks, exercise_file, paper, source, submitted_bodies
from course.document import ROOT
from course.submission import LARGEST, Refused

BODY = "void* memmove(void* to, const void*, unsigned) {\n    return to;\n}\n"
LIMIT = 2.0  # seconds of the processor, whatever else the machine does: what grows with the square takes ten and more


def ends(text):
    return ascii(text[-12:])


def timed(function, *arguments):
    begin = time.process_time()
    try:
        function(*arguments)
    except (Refused, source.SourceError):
        pass
    return time.process_time() - begin


def repeated(text, end=""):
    return text * ((LARGEST - len(end)) // len(text)) + end


@pytest.mark.parametrize("text", [
    "auto memmove(void*, const void*, unsigned) ->" + repeated(" ", " " * 100 + ";"),
    "auto memmove(void*, const void*, unsigned) ->" + repeated("a ", ";"),
    *map(repeated, ("memmove(", "memmove(a) : a(", "memmove(){", "memmove():a(),", "memmove() const ", "/* ", 'R"a(', "\\\"", "\\'",
                    "a'", "#if 0\n", "memmove ", "1 ", "/*", "-> ", "\"\\\n", "(", "{", "\\ "))], ids=ends)
def test_a_function_is_found_or_not(text):
    assert timed(source.cpp_function, text[-LARGEST:] + BODY, "memmove") < LIMIT
    assert timed(submitted_bodies._body, "kernel/a.cpp", BODY + text[-LARGEST:], "memmove()") < LIMIT


@pytest.mark.parametrize("text", map(repeated, (
    "/* ", "// \\\n", "1 ", "1' ", "\\\"", "'\\'", 'asm("nop") ', 'asm("" : : "a"(1)) ', "asm (", "asm volatile ", "#if 0\n", "#include \"a/",
    "#define A(", "# ", "__attribute__ ((", "__builtin_", "_Z", "gnu :: ", "%:", "<%", "R\"", "u8R\"a(", "#define asm")), ids=ends)
def test_a_text_is_screened(text):
    for name in ("kernel/a.cpp", "programs/a.c", "kernel/a.ld", "kernel/a.asm"):
        for whole in (False, True):
            assert timed(submitted_bodies.screen, name, text, "", whole, True) < LIMIT, name


@pytest.mark.parametrize("escaped", ["\\n", "rex.", "rep ", "%%", "nop;", "int ", ".L", "rex.\\n"])
def test_an_asm_statement_is_screened(escaped):
    assert timed(submitted_bodies.screen, "kernel/a.cpp", f'asm("{repeated(escaped)}");', "", False, True) < LIMIT
    for size in (100, 200):
        many = f'asm("{escaped * size}");' * (LARGEST // (len(escaped) * size))
        assert timed(submitted_bodies.screen, "kernel/a.cpp", many, "", False, True) < LIMIT


@pytest.mark.parametrize("text", map(repeated, ("`\\`", "\\`", "'\"", "%if", "%%", "; ", "\\\n", "incbin'")), ids=ends)
def test_nasm_is_screened(text):
    assert timed(submitted_bodies.screen, "kernel/a.asm", text, "", False, False) < LIMIT
    assert timed(source.nasm_lines, "a:\n" + text, "a", "end of file") < LIMIT


@pytest.mark.parametrize("text", [
    *map(repeated, (",", "vector = (", "cr2 = 9", "(", "vector: 1 2 3 4 5 6 7;", "vector = 1 2 3 4 5 6 7\n", "a = 1 2 3 4 5 6 7\n", "a ", "\n")),
    *("vector = " + repeated(text) for text in ("(", "9", "at ", "error ", "1 ", "ring ", "'", "_9", "9_", ","))], ids=ends)
def test_a_prediction_is_read(text):
    assert timed(paper.parse, text) < LIMIT


def test_distinct_questions_are_not_all_read():
    assert timed(paper.parse, "".join(f"a{place} = 1 2 3 4 5 6 7\n" for place in range(3000))) < LIMIT


def test_a_line_on_the_console_does_not_name_more_cells_than_there_are():
    bar = next(one for one in exercise_file.load_all(ROOT) if one.slug == "a-bar-on-the-screen")
    check = boot_verdict.own_checks(bar)["check_the_bars"]
    boot = SimpleNamespace(numbers=[1, 2, 3, 4, 5, 6, 7, 8, 9])
    bars = check.__globals__["wanted_bars"](boot.numbers)
    boot.serial = "".join(f"bar {row} {done} {everything} changed 0 cells 40000000x0add\n" for row, done, everything in bars)
    begin = time.process_time()
    with pytest.raises(checks.Failed):
        check(boot)
    assert time.process_time() - begin < LIMIT
