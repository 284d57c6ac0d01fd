"""The comparison of a document's session with a real run: what may differ from machine to machine, and what may not."""

import pytest

from course.agreement import Mapping, agreement
from course.document import Fence
from course.sessions import disagreement


def agrees(expected, actual):
    return agreement(expected, actual, Mapping()) is not None


def test_sessions_are_compared_line_by_line():
    assert agrees(["a", "...", "d"], ["a", "b", "c", "d"])
    assert agrees(["..."], ["a"]) and agrees(["..."], []) and agrees([], [])
    assert not agrees(["a", "...", "d"], ["a", "b"])
    assert not agrees(["...", "b"], ["b", "c"])
    assert not agrees(["...", "c", "...", "b", "..."], ["a", "b", "c"])
    assert not agrees(["a"], ["a", "b"]) and not agrees([], ["a"])
    assert not agrees(["a", "...", "a"], ["a"]), "an elision's two sides are two lines"


def test_after_an_elision_the_first_place_that_looks_right_may_be_the_wrong_one():
    assert agrees(["...", "eip 0xc0101234", "...", "again 0xc0101234"], ["eip 0xc0105000", "eip 0xc0106000", "again 0xc0106000"])


SAME = {  # text, and what another kernel or another compiler prints
    "an address, however it is written": (
        ["eip 0xc0101234", "rip: 00000000_c0101234", "(0) [0x000000101234] 0008:00000000c0101234 (start+0): cli  ; fa"],
        ["eip 0xc0105678", "rip: 00000000_c0105678", "(0) [0x000000105678] 0008:00000000c0105678 (start+0): cli  ; fa"],
    ),
    "lines and places": (["f () at kernel/main.cpp:20", "20\tcode", "<f+7>"], ["f () at kernel/main.cpp:31", "31\tcode", "<f+9>"]),
    "instruction counts": (["Next at t=1000", "Next at t=1001"], ["Next at t=2000", "Next at t=2005"]),
    "an object's end": (["<kernel_end+37ed2020>"], ["<kernel_end+37ed1020>"]),
    "frames": (["7852 of 7852 frames free", "7850 of 7852 frames free"], ["7800 of 7800 frames free", "7798 of 7800 frames free"]),
    "the base in a descriptor": (
        ["0x0028  c0008b12 95600067  base 0xc0129560", "tr:0x0028, dh=0xc0008b12, dl=0x95600067"],
        ["0x0028  c0008b13 00200067  base 0xc0130020", "tr:0x0028, dh=0xc0008b13, dl=0x00200067"]),
    "the base of a table in bytes": (["0xc0106000:\t0x2f\t0x00\t0x00\t0xc0\t0x10\t0xc0"], ["0xc0107000:\t0x2f\t0x00\t0x20\t0xc0\t0x10\t0xc0"]),
    "arithmetic flags in the kernel": (["id vip IOPL=0 of df if tf SF zf af pf cf"], ["id vip IOPL=0 of df if tf sf zf af PF cf"]),
    "a page table's entry": (["PTE  260  at 0x00128410: 0x00104001 present"], ["PTE  261  at 0x00130414: 0x00105001 present"]),
    "arguments in another order, and unknown ones": (
        ["#0  f (level=1, format=..., p=0x1e0 <x>) at k/f.cpp:3"], ["#0  f (format=..., level=<optimized out>, p=p@entry=0x1e0 <x>) at k/f.cpp:3"]),
    "a caller whose last instruction is a library's": (["#1  0xc0101234 in f () at kernel/f.cpp:3"], ["#1  0xc0105678 in f () at /usr/include/c++/12/span:90"]),
    "an argument that moves": (["#0  f (p=0xc0101234) at k/f.cpp:3", "0xc0101234"], ["#0  f (p=0xc0105678) at k/f.cpp:3", "0xc0105678"]),
    "offsets in Bochs 3.1": (["(start+0): cli", "(start+a): hlt"], ["(start+0000000000000000): cli", "(start+000000000000000c): hlt"]),
    "tables in Bochs 3.1": (
        ["Global Descriptor Table (base=0x10b0, limit=32):", "GDT[0x0000]=??? descriptor hi=0x00000000, lo=0x00000000",
         "IDT[0x00]=32-Bit Interrupt Gate target=0x0008:0xc0105600, DPL=0", " PDE: 0x0000000000139007    ps"],
        ["gdt (base=0x10b0, limit=32):", "gdt[0x0000]=<null entry>",
         "IDT[0x00]=32-Bit Interrupt Gate target=0x0008:0xc0105400, DPL=0 (stub_0+0)", " PDE: 0x0000000000137080 : 0x0000000000138007    ps"]),
    "cr4 in Bochs 3.1": (["CR4=0x00000000: pks cet"], ["CR4=0x00000000: lass uintr pks cet"]),
    "pages in Bochs 3.0": ([" PTE: 0x0000000000138005  U R P"], ["  PTE: 0x000000000013c005  U R P"]),
    "pages in Bochs 3.1": ([" PTE: 0x0000000000138005  U R P"], ["  PTE: 0x000000000013d120 : 0x000000000013c005  U R P"]),
    "where a function's prologue ends": (
        ["Breakpoint 4.1, f (a=...) at k/f.cpp:28", "28\t    if (a)"], ["Breakpoint 4, f (a=...) at k/f.cpp:27", "27\tint f(int a) {"]),
    "a compiled instruction": (["(_ZN1f1gEv+0): mov eax, 1 ; b8"], ["(_ZN1f1gEv+0): add ecx, 1 ; 83c1"]),
    "the resume flag in QEMU 11": (["  eflags 00000202", "  eflags = 0x202,"], ["  eflags 00010202", "  eflags = 0x10202,"]),
    "eflags in Bochs 3": (["eflags 0x00000046: id"], ["eflags: 0x00000046: id"]),
    "what GRUB hands over": (["0x00010154 0x00010078"], ["0x00010148 0x00010078"]),
    "a call in a program": (["call .+104  (0x00000080)  ; e868000000"], ["call .+2  (0x00000090) ; e802000000"]),
    "registers in compiled code": (
        ["  at eip     0xc0102123 kernel_main (docs/main.cpp:52)", "  code       a1 00", "  eax 00000001  ebp c0115fe8", "  eflags 00000046"],
        ["  at eip     0xc0102127 kernel_main (docs/main.cpp:52)", "  code       8b 00", "  eax 00000002  ebp c0116fe8", "  eflags 00000082"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("text, here", SAME.values(), ids=SAME)
def test_what_moves_may_differ(text, here):
    assert agrees(text, here) and agrees(here, text) and agrees(text, text)


DIFFERENT = {
    "one address is two here": (["0xc0101234", "0xc0101234"], ["0xc0105678", "0xc0105679"]),
    "two addresses are one here": (["0xc0101234", "0xc0101238"], ["0xc0105678", "0xc0105678"]),
    "physical and virtual": (["0xc0101234 is physical 0x00101234"], ["0xc0105678 is physical 0x00105679"]),
    "the name at an address": (["0xc0101234 <main>"], ["0xc0101234 <other>"]),
    "fixed addresses": (["0xffc04000 0xf8000010 0xc0000000 0xbfffffd0"], ["0xffc04000 0xf8000010 0xc0000000 0xbfffffcc"]),
    "a selector": (["cs 0x08"], ["cs 0x1b"]),
    "a program's register": (["eax 0xcafebabe"], ["eax 0xcafebabf"]),
    "an address that became a number": (["0xc0101234"], ["0x00000000"]),
    "how many frames were taken": (["7852 frames free", "7850 frames free"], ["7800 frames free", "7799 frames free"]),
    "the flags of a page table's entry": (["PTE  260 at 0x00128410: 0x00104001"], ["PTE  260 at 0x00128410: 0x00104003"]),
    "the limit of a segment": (["c0008b12 95600067"], ["c0008b12 95600068"]),
    "registers in assembly": (["  at eip     0x00000000 start (cli.asm:8)", "  eax 00000000"],
                              ["  at eip     0x00000000 start (cli.asm:8)", "  eax 00000001"]),
    "what a fault was": (["  at eip     0xc0102123 f (main.cpp:52)", "  error code 0x0"],
                         ["  at eip     0xc0102123 f (main.cpp:52)", "  error code 0x2"]),
    "where a step ends": (["28\t    if (a)"], ["27\tint f(int a) {"]),
    "the flags of a page in Bochs": ([" PTE: 0x0000000000138005  U R P"], ["  PTE: 0x000000000013d120 : 0x000000000013c007  U W P"]),
    "another file": (["#1  0xc0101234 in f () at kernel/f.cpp:3"], ["#1  0xc0101234 in f () at kernel/g.cpp:3"]),
    "an argument": (["#0  f (first=1, second=2) at k/f.cpp:3"], ["#0  f (first=2, second=2) at k/f.cpp:3"]),
    "an argument that is another address elsewhere": (
        ["#0  f (p=0xc0101234) at k/f.cpp:3", "0xc0101234"], ["#0  f (p=0xc0105678) at k/f.cpp:3", "0xc0105679"]),
    "where GRUB's table is": (["ebx 0x00010000"], ["ebx 0x00010004"]),
    "a control flag": (["id vip IOPL=0 of df if tf sf zf af pf cf"], ["id vip IOPL=0 of df IF tf sf zf af pf cf"]),
    "an instruction": (["(start+0): cli  ; fa"], ["(start+0): sti  ; fb"]),
}  # fmt: skip


@pytest.mark.parametrize("text, here", DIFFERENT.values(), ids=DIFFERENT)
def test_what_does_not_move_may_not_differ(text, here):
    assert agrees(text, text) and agrees(here, here)
    assert not agrees(text, here) and not agrees(here, text)


def session(tmp_path, *lines):
    return Fence(tmp_path, 1, "console", {"gdb": "CHAPTER=1"}, list(lines))


def test_what_has_moved_is_kept_from_command_to_command(tmp_path):
    fence = session(tmp_path, "(gdb) p &f", "0xc0101234", "(gdb) p &g", "0xc0101240", "(gdb) p &f", "0xc0101234")
    assert not disagreement(fence, [["0xc0105000"], ["0xc0106000"], ["0xc0105000"]])
    found = disagreement(fence, [["0xc0105000"], ["0xc0106000"], ["0xc0106000"]])
    assert "(gdb) p &f\n0xc0106000" in found and "0x101234 is 0x105000 here" in found


def test_an_address_in_a_command_is_that_address(tmp_path):
    fence = session(tmp_path, "(gdb) pagewalk 0xc0104abc", "0xc0104abc is physical 0x00104abc")
    assert not disagreement(fence, [["0xc0104abc is physical 0x00104abc"]])
    assert disagreement(fence, [["0xc0105abc is physical 0x00105abc"]])
