"""What a submission may not hold, without building anything. (Judged as a whole: test_hostile.py.)"""

from types import SimpleNamespace

import pytest
from course import foreign_calls, submitted_bodies
from course.submission import Refused


def refusal(name, text, given="", whole=False):
    """Why it is refused; "" if it is not."""
    try:
        submitted_bodies.screen(name, text, given, whole)
    except Refused as refused:
        return str(refused)
    return ""


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
    said = refusal("kernel/a.cpp", line)
    assert bool(said) == bool(says) and says in said, said


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
