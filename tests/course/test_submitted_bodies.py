"""What a submission may not hold, without building anything. (Judged as a whole: test_hostile.py.)"""

import subprocess
from types import SimpleNamespace

import pytest
from course import exercise_file, foreign_calls, submitted_bodies, units
from course.document import ROOT
from course.submission import Refused, Submission


def refusal(name, text, given="", whole=False, tested=False):
    """Why it is refused; "" if it is not."""
    try:
        submitted_bodies.screen(name, text, given, whole, tested)
    except Refused as refused:
        return str(refused)
    return ""


def check_refusal(said, says):
    """It is refused with these words, or, where they are none, not at all."""
    assert bool(said) == bool(says) and says in said, said


@pytest.mark.parametrize("line, says", [
    (r'asm("\x2eincbin \"build/kernel.elf\"");', r"\x in an asm statement"),
    (r'asm("\163yscall");', r"\1 in an asm statement"),
    (r'asm("\u002eincbin \"x\"");', r"\u in an asm statement"),
    (r'asm("a\\b");', ""),
    (r'asm("fninit\n\tfrstor %0" : : "m"(image));', ""),
    ('asm("fxsave %[image]" : [image] "=m"(image));', ""),
    ('asm volatile("mov %%cr0, %0" : "=r"(value));', ""),
    ('asm volatile("mov %w0, %%fs\\n\\tmov %w0, %%gs" : : "r"(0) : "memory");', ""),
    ('asm("int3"); asm("int $3");', ""),
    ('asm("int $128");', "int $128"),
    ('asm("int $0x80");', "int $0x80"),
    ('asm("int $3+125");', "int $3+125"),
    ('asm("int %0" : : "i"(128));', "int %0"),
    ('asm(".long 0x9090050f");', ".long"),
    ('asm(".Long 0x9090050f");', ".Long"),
    ('asm("jmp .Lend\\n.Lend:");', ".Lend"),
    ('asm("jmp .Lend1\\n.Lend1:");', ""),
    ('asm("sys/**/call");', "/* in an asm"),
    (r'asm(".inc/**/bin \"x\"");', ".inc here"),
    ('asm("sys/%**/call");', "%* in an asm"),
    (r'asm("\"sys\" \"call\"");', '" in an asm'),
    ('asm("sys{call|enter}");', "{ here"),
    ('asm("%c0" : : "i"(&here));', "an operand where an instruction"),
    ('asm("sys%c0" : : "i"(&all));', "an operand where an instruction"),
    ('asm("data16 %P0" : : "i"(&here));', "an operand where an instruction"),
    ('asm("mov %%gs:%1, %0" : "=r"(value) : "m"(place));', ""),
    ('asm("sys" /* " */ "call");', "syscall here"),
    ("asm volatile(CALL);", "asm with anything but plain strings"),
    ('asm("nop" CALL);', "asm with anything but plain strings"),
    ('asm QUALIFIED("nop");', "asm with anything but plain strings"),
    ('asm(("nop"));', "asm with anything but plain strings"),
    ('asm(u8"nop");', "asm with anything but plain strings"),
    ('int g() asm("g");', ""),
])
def test_an_asm_statement_says_in_plain_words_what_it_does(line, says):
    check_refusal(refusal("kernel/a.cpp", line), says)


@pytest.mark.parametrize("line, says", [
    ('asm volatile("std\\n\\tmovsb\\n\\tcld" : "=D"(to) : "0"(to) : "memory");', ""),
    ('asm volatile("rep; stosl" : "+D"(to)); asm("" : : : "memory");', ""),
    ('void take(unsigned long) asm("__cxa_allocate_exception");', "asm here"),
    ('asm("mov (%rbp), %rbp; leave; ret");', "asm here"),
    ('auto frame = __builtin_frame_address(0);', "__builtin_frame_address"),
    ('extern char _ZTIN5Catch20TestFailureExceptionE;', "_ZTIN5Catch20TestFailureExceptionE"),
    ('_Unwind_RaiseException(&exception);', "_Unwind_RaiseException"),
    ('Catch::throw_exception(failed);', "Catch"),
])
def test_what_unit_tests_run_is_kept_from_their_stack_and_their_library(line, says):
    check_refusal(refusal("kernel/a.cpp", line, tested=True), says)


@pytest.mark.parametrize("text", ["#define ASM as##m\n", '#define CALL asm\n("nop");\n', '#define CALL __asm__("nop")\n'])
def test_a_whole_file_makes_no_asm_by_macros(text):
    assert "may not use" in refusal("kernel/a.cpp", text, whole=True)
    assert not refusal("kernel/a.cpp", "#define PLACE 3\n", whole=True)


def test_what_the_courses_own_file_has_may_stay():
    text = '#define JOINED(a, b) a##b\n#define STOP asm("hlt")\nvoid f() { asm(STOPPED); }\n'
    assert not refusal("kernel/a.cpp", text + "int more;\n", given=text, whole=True)
    assert "int i" in refusal("kernel/a.cpp", 'asm("i = 128\\n int i");', given="int i = 0;")  # which is no assembly there


def test_an_include_is_not_hidden_by_a_quotation_mark():
    hidden = """char a = '"'; const char* b = "/*";\n#include "/etc/passwd"\nconst char* c = "*/";\n"""
    assert "may not use #include here" in refusal("kernel/a.cpp", hidden, whole=True)


def test_a_form_feed_between_functions_is_a_blank(tmp_path):
    (tmp_path / "a.cpp").write_text("int a;\n\f\nint b;\r\n")
    assert Submission("", "", tmp_path).read("a.cpp") == "int a;\n \nint b;\n"


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    (tmp_path / "a.cpp").write_text("int a; // \ufeff\n", encoding="utf-8-sig")
    assert Submission("", "", tmp_path).read("a.cpp") == "int a; // \ufeff\n"


HIDDEN = '#include "/etc/passwd"\n'


@pytest.mark.parametrize("text, says", [
    *((f"{word}'\"'{end} const char* s = \"/*\";\n{HIDDEN}const char* t = \"*/\"; {word}'\"'{end}", "#include")
      for word, end in (("if (a) ; else", ";"), ("case", ":"), ("return sizeof", ";"))),
    (f"char a[] = u8\"/*\", b = u8'\"';\n{HIDDEN}char c = '*/' + '\"';", "#include"),
    (f"#if 0\ndon't /*\n#endif\n{HIDDEN}#if 0\n*/\n#endif\n", "#include"),
    ("int a; /* and so on", "never closed"),
    ("int a = 'b;", "never closed"),
    (f"int $1'a'\"'; /* \";\n{HIDDEN}const char* s = \"*/\";", "#include"),
    (f"int a\u03001'a'\"'; /* \";\n{HIDDEN}const char* s = \"*/\";", "may not use \u0300 here"),
    ("int \\u00611'a';", "may not use \\ here"),
    ("return 1'\"';", "1' here"),
    ("case'\"': case'\\'': case 0x1'0000: case u8'x': case L'\"': return 1'000'000 + .5e-1'0 + 0xe'0;", ""),
    ('auto a = "\u00e4"; // \u00e4', ""),
])
def test_a_quotation_mark_is_read_as_the_compiler_reads_it(text, says):
    check_refusal(refusal("kernel/a.cpp", text, whole=True), says)


def test_c_has_no_quotation_marks_in_numbers_and_more_trigraphs():
    assert "may not use" in refusal("programs/a.c", f"int a = 1'a'\";\n{HIDDEN}\"\";'", whole=True)
    assert "may not use ??'" in refusal("programs/a.c", "int a = b ??' '\"';")
    assert "may not use ??>" in refusal("programs/a.c", "??> int other() ??<")


@pytest.mark.parametrize("text, says", [
    ("{\n#if 0\n    old();\n#else\n    now();\n#endif // 0\n}", ""),
    ("{\n#if 0\n", "#if"),
    ("{\n#endif\n#if 0\n}", "#endif"),
    ("{\n#else\n}", "#else"),
    ("{\n#if 1\n#endif\n}", "#if"),
    ("{\n#if 0\n#elif 1\n#endif\n}", "#elif"),
    ("{\n#if 0\nx /*\n*/ #endif\n}\nint other() {\n#endif\n}", "#endif"),
    ("{\n#if /*\n*/ 0\n{\n#endif\n}", "#if"),
    ("{ int a __attribute__((unused)); char* __restrict b; char* __restrict__ c; [[maybe_unused]] int d; }", ""),
    ("{ int a __attribute__((section(\"x\"))); }", "__attribute__"),
])
def test_a_function_may_have_an_old_attempt_and_harmless_words(text, says):
    check_refusal(refusal("kernel/a.cpp", text), says)


HOSTED = "#if __STDC_HOSTED__\n    twice();\n"


@pytest.mark.parametrize("text, says", [
    (f"{{\n#if 0\n    old();\n#endif\n{HOSTED}#endif\n}}", ""),
    (f"{{\n{HOSTED}#if 0\n    old();\n#else\n    now();\n#endif\n#endif\n}}", ""),
    (f"{{\n#if 0\n{HOSTED}#endif\n#endif // old\n}}", ""),
    (f"{{\n{HOSTED}#else\n    once();\n#endif\n}}", "#else"),
    (f"{{\n#endif\n{HOSTED}}}", "#endif"),
    (f"{{\n{HOSTED}}}", "never closed"),
])
def test_an_old_attempt_lies_beside_a_condition_of_the_courses_own(text, says):
    check_refusal(refusal("kernel/a.cpp", text, given=f"{{\n{HOSTED}#endif\n}}"), says)


@pytest.mark.parametrize("text, says", [
    ("#pragma once\n#include <sys/types.h>\n#define CELLS(x) x\n#undef CELLS\n", ""),
    ("#define min_of(a, b) a\n", "#define here: names of macros are in capitals"),
    ("#undef NULL\n", "#undef here: the file defines no such macro"),
    ("#define if while\n", "#define here"),
    ("#include <sys/../../etc/passwd>\n", "#include here"),
    ("#include <../etc/passwd>\n", "#include here"),
    ("#pragma once upon\n", "#pragma here"),
])
def test_a_whole_file_may_have_harmless_directives(text, says):
    check_refusal(refusal("kernel/a.cpp", text, whole=True), says)


def test_a_linker_script_makes_no_words_of_words():
    assert "may not use ##" in refusal("linker/kernel.ld", "#define JOIN(a, b) a##b\nJOIN(INPU, T)(build/x.o)", whole=True)
    assert not refusal("linker/kernel.ld", "#define J(a) a##b\nx", given="#define J(a) a##b", whole=True)


@pytest.mark.parametrize("text", ['inc\\\nbin "x"\n', '%\\\ninclude "x"\n', 'times `;` incbin "x"\n'])
def test_nasm_is_read_as_nasm_reads_it(text):
    assert "may not use" in refusal("kernel/a.asm", text)


def test_what_the_main_function_of_the_unit_tests_calls_is_not_for_all(tmp_path, monkeypatch):
    """It reads the witness from its standard input."""
    (tmp_path / "build/host/tests/unit").mkdir(parents=True)
    for name in ("main.cpp.o", "elf_test.cpp.o"):
        (tmp_path / "build/host/tests/unit" / name).touch()
    read = []
    monkeypatch.setattr(foreign_calls, "symbols_of", lambda files, cross: [
        read.append(file.name) or SimpleNamespace(name=file.name) for file in files])
    foreign_calls._known.__wrapped__(tmp_path)
    assert read == ["elf_test.cpp.o"]


@pytest.mark.parametrize("symbol, file, found", [
    ("__cxa_throw", "kernel/a.cpp", True),  # which tests use themselves
    ("_ZN5Catch16AssertionHandler8completeEv", "kernel/a.cpp", True),
    ("_ZTIN5Catch20TestFailureExceptionE", "kernel/a.cpp", True),
    ("_ZTIN5Catch20TestFailureExceptionE", "tests/unit/a_test.cpp", True),  # a header's function is compiled there
    ("_Unwind_RaiseException", "kernel/a.cpp", True),
    ("__cxa_throw", "tests/unit/a_test.cpp", False),
    ("_Unwind_Resume", "kernel/a.cpp", False),
    ("__cxa_guard_acquire", "kernel/a.cpp", False),
    ("_ZTIN6kernel4NodeE", "kernel/a.cpp", False),
])
def test_what_ends_a_test_without_a_word_is_for_tests_alone(tmp_path, monkeypatch, symbol, file, found):
    """Catch2 takes its own exception for a failure that was told already."""
    place = tmp_path / f"build/host/{file}.o"
    place.parent.mkdir(parents=True)
    place.touch()
    monkeypatch.setattr(foreign_calls, "_known", lambda _: {"__cxa_throw", "_ZN5Catch16AssertionHandler8completeEv"})
    monkeypatch.setattr(foreign_calls, "symbols_of", lambda files, cross: [SimpleNamespace(name=symbol, is_foreign=True)])
    assert foreign_calls.call(tmp_path, tmp_path, ["kernel/a.cpp"], ["a"]) == (symbol if found else None)


@pytest.mark.parametrize("printed, says", [
    ("witness {} 12 1000", ""),
    ("witness {} 13 950", ""),  # a loop was a few rounds shorter
    ("witness {} 11 1000", "made 1011 checks, and 1012 of the course's own"),
    ("witness {} 12 940", "made 952 checks"),
    ("witness {} 12", "made 12 checks"),
    ("witness {} 12 0", "made 12 checks"),
    ("witness {}0 12 1000", "left before"),
    ("witness {}", "left before"),
])
def test_unit_tests_that_end_early_have_not_passed(tmp_path, monkeypatch, printed, says):
    monkeypatch.setattr(units.sandbox, "run", lambda *_, input, **__: subprocess.CompletedProcess(
        [], 0, printed.format(int(input)) + "\nAll tests passed\n"))
    verdict = units.run(SimpleNamespace(number="1.1", files=lambda: []), tmp_path, "a", usual=[12, 1000])
    assert (verdict is None) == (not says) and (not says or says in verdict.happened), verdict


@pytest.mark.parametrize("exercise", [one for one in exercise_file.load_all(ROOT) if not one.on_paper], ids=lambda one: one.number)
def test_every_right_solution_is_taken_from_a_submission(exercise):
    read = lambda name: (ROOT / name).read_text(encoding="utf-8")  # noqa: E731
    for texts in [exercise.reference(read), *(exercise.solution(one, read) for one in exercise.rights)]:
        submitted_bodies.taken(exercise, SimpleNamespace(read=texts.get), read)
