"""Whether programs came to their ends by themselves, and the grader's main to its own."""

import re
import time
from types import SimpleNamespace

import pytest

from course import boot_verdict, checks, ends, judged_boot

CALL = (b"   123: v=80 e=0000 i=1 cpl=%d IP=%s:%08x pc=%08x SP=0023:bffffff0 env->regs[R_EAX]=%08x\n"
        b"EAX=%08x EBX=%08x ECX=00000000 EDX=00000000\nESI=00000000 EDI=00000000 EBP=00000000 ESP=bffffff0\n")
FAULT = (b"   124: v=%02x e=0000 i=0 cpl=3 IP=001b:00000040 pc=00000040 SP=0023:bffffff0 %s\n"
         b"EAX=00000001 EBX=00000000 ECX=00000000 EDX=00000000\n")


def call(number, status=0, level=3, eip=0x10):
    return CALL % (level, b"001b" if level else b"0008", eip, eip, number, number, status)


def fault(vector):
    return FAULT % (vector, b"CR2=00001000" if vector == 14 else b"env->regs[R_EAX]=00000001")


def causes_of(log, piece=1 << 20):
    causes = ends.Causes()
    for begin in range(0, len(log), piece):
        causes.take(log[begin : begin + piece])
    return [cause.end for cause in causes.found]


@pytest.mark.parametrize("piece", [1, 7, 100, 1 << 20])
def test_what_can_end_a_program_is_found_however_the_log_comes(piece):
    log = call(4) + call(1, 7) + fault(14) + call(252, 0x1FF) + call(1, 9, level=0) + fault(13) + call(1) + fault(32)
    assert causes_of(log, piece) == ["exited with status 7", "page fault", "exited with status 255", "general protection fault",
                                     "exited with status 0"]


def end(name, said, place=None):
    return name, said, place


def first_without_a_cause(log, *told):
    causes = ends.Causes()
    causes.take(log)
    found = ends.uncaused(causes.found, told)
    return found and found[0]


ZERO, SEVEN = "exited with status 0", "exited with status 7"
FAULTED = "killed by SIGSEGV (page fault)"


def test_each_end_needs_a_cause_of_its_own():
    assert first_without_a_cause(call(1, 7) + call(1) + fault(14), end("a", SEVEN), end("b", ZERO), end("c", FAULTED)) is None
    assert first_without_a_cause(call(1, 7) + call(63), end("witness", SEVEN), end("dup", ZERO)) == "dup"
    assert first_without_a_cause(call(1), end("a", ZERO), end("b", ZERO)) == "b"
    assert first_without_a_cause(call(1, level=0), end("a", ZERO)) == "a"  # the kernel's own
    assert first_without_a_cause(call(1) + call(1, 7), end("a", SEVEN), end("b", ZERO)) == "b"  # in another order
    assert first_without_a_cause(fault(13), end("a", FAULTED)) == "a"
    assert first_without_a_cause(call(1, 3) + fault(14) + call(1), end("a", ZERO)) is None  # a child's, and a page on demand


def test_in_a_program_that_is_linked_with_a_part_of_the_tree_it_must_be_the_graders_code():
    assert first_without_a_cause(call(1, eip=0x10), end("stub", ZERO, range(0, 0x20))) is None
    assert first_without_a_cause(call(1, eip=0x20), end("stub", ZERO, range(0, 0x20))) == "stub"


def test_the_graders_own_code_is_found_in_a_map(tmp_path):
    (tmp_path / "stub.map").write_text("\n *(.text*)\n .text          0x00000020      0x1a4 build/tmpx/own.o\n"
                                       " .text          0x000001d0       0x4c build/programs/libc/system_calls.asm.o\n")
    assert judged_boot.own_code(tmp_path / "stub") == range(0x20, 0x1C4)
    assert judged_boot.own_code(tmp_path / "other") is None


def main_boot(serial, has_returned=True):
    return SimpleNamespace(serial=serial, registers=SimpleNamespace(), main_has_returned=has_returned)


def test_the_graders_main_returns_and_says_so_once():
    boot_verdict.main_returned(main_boot("bar 1\ndone 77\n"))
    with pytest.raises(checks.Failed, match="it has not returned"):
        boot_verdict.main_returned(main_boot("done 77\n", has_returned=False))
    with pytest.raises(checks.Failed, match="one of them was printed by something else"):
        boot_verdict.main_returned(main_boot("done 76\ndone 77\n"))


def test_an_empty_line_of_the_log_is_no_other_line():
    boot = SimpleNamespace(told="bar 1\ndone 77\n", serial="[info ] \n\n[info ] bar 1\n[debug] \r\ndone 77\n")
    boot_verdict.main_said_it(boot)
    boot.serial += "[info ] bar 2\n"
    with pytest.raises(checks.Failed, match="something else has printed \"bar 2\""):
        boot_verdict.main_said_it(boot)


def test_names_without_an_end_on_the_console_are_soon_read():
    serial, begin = "process 1 (a): killed by A (" * (judged_boot.FLOOD // 28), time.process_time()
    assert not re.findall(boot_verdict.STARTED, serial)
    assert not re.findall(boot_verdict.ENDS.format(number=1), serial, re.MULTILINE)
    assert time.process_time() - begin < 2


def test_a_main_is_called_by_the_graders_own_function():
    text = judged_boot.main_of('extern "C" void kernel_main(unsigned, unsigned) {\n    say(@0@);\n}\n', list(range(100, 109)))
    assert "say(100)" in text and '"S"(108U)' in text and "void exercise_main(unsigned, unsigned)" in text and "@" not in text
    assert text.count("kernel_main") == 1
