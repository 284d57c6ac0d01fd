"""The comparison of a document's session with a real run: what may differ from machine to machine, and what may not."""

import re

import pytest

from course.session_agreement import LAYOUT, Mapping, agreement
from course.document import ELISION, PROMPT, ROOT, Fence, dialogue
from course.sessions import disagreement, kind_of, sessions_in


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
    "lines and places": (["f () at kernel/main.cpp:20", "20\tcode", "<f+7>", "f() + 9 in section .text"],
                         ["f () at kernel/main.cpp:31", "31\tcode", "<f+9>", "f() + 11 in section .text"]),
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
    "whether kernel code has been executed": (
        [" PTE: 0x0000000000104001       g pat d a pcd pwt S R P", "PTE  260  at 0x00125410: 0x00104021 present, read-only, kernel only, accessed"],
        [" PTE: 0x0000000000104021       g pat d A pcd pwt S R P", "PTE  260  at 0x00125410: 0x00104001 present, read-only, kernel only"]),
    "a compiled instruction": (["(_ZN1f1gEv+0): mov eax, 1 ; b8"], ["(_ZN1f1gEv+0): add ecx, 1 ; 83c1"]),
    "the resume flag in QEMU 11": (["  eflags 00000202", "  eflags = 0x202,"], ["  eflags 00010202", "  eflags = 0x10202,"]),
    "eflags in Bochs 3": (["eflags 0x00000046: id vip cf", "id vip cf"], ["eflags: 0x00000046: id vip cf", "eflags: 0x00000046: id vip cf"]),
    "flags in gdb": (["eflags         0x246               [ IOPL=0 IF ZF PF ]"], ["eflags         0x10282             [ IOPL=0 IF SF RF ]"]),
    "flags that an interrupt has pushed": (["{0x804814a, 0x1b, 0x246, 0x0}", "0x0000001b\t0x00000292"], ["{0x8048150, 0x1b, 0x10282, 0x0}", "0x0000001b\t0x00000296"]),
    "flags that an interrupt has pushed, in Bochs": (
        [" | STACK 0xff807ff0 [0x0000001b] (<unknown>)", " | STACK 0xff807ff4 [0x00000246] (<unknown>)"],
        [" | STACK 0xff807ff0 [0x0000001b] (<unknown>)", " | STACK 0xff807ff4 [0x00000202] (<unknown>)"]),
    "a text's address": (['f (how=0x25ea "opened")', '_M_str = 0xff803ecc "/dev/null"'], ['f (how=0x28aa "opened")', '_M_str = 0xff803ebc "/dev/null"']),
    "a stop in an inline function": (["Breakpoint 1, f () at kernel/p.hpp:95", "95\treturn *running;"], ["Breakpoint 1, f () at kernel/f.cpp:246", "246\tTRY(1);"]),
    "a function within another": (["#1  0xc0101234 in f () at k/f.cpp:3", "#2  g () at k/f.cpp:9"], ["#1  0xc0105678 in f () at k/f.cpp:3", "#2  0xc0105699 in g () at k/f.cpp:9"]),
    "an argument that a compiler adds": (["#0  f (this=0xf8000010, __in_chrg=<optimized out>) at k/f.cpp:3"], ["#0  f (this=0xf8000010) at k/f.cpp:3"]),
    "two programs, one of which has a page more": (
        ["  program break   0x0804c000", "  program break   0x0804d000"], ["  program break   0x0804d000", "  program break   0x0804d000"]),
    "a frame above 4 MiB": (["(CR3 is 0x00595000)", "PDE  765  at 0x00595bf4: 0x00598027 present"], ["(CR3 is 0x00596000)", "PDE  765  at 0x00596bf4: 0x00599027 present"]),
    "a place in a kernel stack": ([" | STACK 0xff803f78 [0xff803f90]"], [" | STACK 0xff803f68 [0xff803f88]"]),
    "which frames are in a range": (
        ["0x00000000f8000000-0x00000000f8001fff -> 0x00000016e000-0x00000016ffff", "0x00000000ff802000-0x00000000ff803fff -> 0x000000191000-0x000000192fff"],
        ["0x00000000f8000000-0x00000000f8000fff -> 0x00000016e000-0x00000016efff", "0x00000000f8001000-0x00000000f8001fff -> 0x000000193000-0x000000193fff",
         "0x00000000ff802000-0x00000000ff802fff -> 0x00000017b000-0x00000017bfff", "0x00000000ff803000-0x00000000ff803fff -> 0x000000191000-0x000000191fff"]),
    "the frame that a program's instruction is in": (
        ["(0) [0x0000003f9304] 001b:0000000008049304 (start+0): cli"], ["(0) [0x0000004293e4] 001b:00000000080493e4 (start+0): cli"]),
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
    "fixed addresses": (["0xff804000 0xf8000010 0xc0000000 0xbfffffd0"], ["0xff804000 0xf8000010 0xc0000000 0xbfffffcc"]),
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
    "whether a program's page has been written": (
        [" PTE: 0x000000000017a067       g pat D A pcd pwt U W P"], [" PTE: 0x000000000017a007       g pat d a pcd pwt U W P"]),
    "the flags of a page in Bochs": ([" PTE: 0x0000000000138005  U R P"], ["  PTE: 0x000000000013d120 : 0x000000000013c007  U W P"]),
    "another file": (["#1  0xc0101234 in f () at kernel/f.cpp:3"], ["#1  0xc0101234 in f () at kernel/g.cpp:3"]),
    "an argument": (["#0  f (first=1, second=2) at k/f.cpp:3"], ["#0  f (first=2, second=2) at k/f.cpp:3"]),
    "an argument that is another address elsewhere": (
        ["#0  f (p=0xc0101234) at k/f.cpp:3", "0xc0101234"], ["#0  f (p=0xc0105678) at k/f.cpp:3", "0xc0105679"]),
    "where GRUB's table is": (["ebx 0x00010000"], ["ebx 0x00010004"]),
    "a control flag": (["id vip IOPL=0 of df if tf sf zf af pf cf"], ["id vip IOPL=0 of df IF tf sf zf af pf cf"]),
    "a control flag in gdb": (["eflags         0x202               [ IOPL=0 IF ]"], ["eflags         0x2                 [ IOPL=0 ]"]),
    "a control flag that was pushed": (["{0x804814a, 0x1b, 0x246, 0x0}"], ["{0x804814a, 0x1b, 0x46, 0x0}"]),
    "the privilege level that was pushed": (["{0x804814a, 0x1b, 0x246, 0x0}"], ["{0x804814a, 0x8, 0x246, 0x0}"]),
    "a text": (['f (how=0x25ea "opened")'], ['f (how=0x25ea "closed")']),
    "how large the heap is": (["0x00000000f8000000-0x00000000f8001fff -> 0x00000016e000-0x00000016ffff"],
                              ["0x00000000f8000000-0x00000000f8000fff -> 0x00000016e000-0x00000016efff"]),
    "a range of the direct map": (["0x00000000c0000000-0x00000000c1ffffff -> 0x000000000000-0x000001ffffff"],
                                  ["0x00000000c0000000-0x00000000c1ffffff -> 0x000000400000-0x0000023fffff"]),
    "the end of memory": (["0x01ffffff"], ["0x00ffffff"]),
    "a stack's end": (["ends at 0xff808000, prepared 0xff807fb0"], ["ends at 0xff808000, prepared 0xff807fb4"]),
    "the frame's number in a large table": (["0x00cf9a00"], ["0x00cf9b00"]),
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


# Errors that a session of docs/ might have: in which lines, and what they become. However much may differ, these are seen.
ERRORS = {
    "a page's rights in Bochs": (r" R P$", " W P"),
    "a page's privilege in Bochs": (r" U (?=[RW] P$)", " S "),
    "a page's rights in gdb": (r"present, (?:writable|read-only)", "present, odd"),
    "a page that is there": (r": 0x[0-9a-f]{8} present.*", ": 0x00000000 not present"),
    "a page that is shared": (r", copy on write", ""),
    "the users of a frame": (r"the frame has 2 users", "the frame has 3 users"),
    "who may do what with a page": (r"programs (?:read only|no access)", "programs read and write"),
    "an error code, a count, a number in gdb": (r"^(\$\d+ = (?:0x)?)\d\b", r"\g<1>77"),
    "a member of an object": (r"^( +\w+_ = )\d+(?=,|$)", r"\g<1>77"),
    "an enumerator": (r"::Kind::\w+", "::Kind::Other"),
    "the vector": (r"by vector 0x", "by vector 0x1"),
    "the end of a kernel stack": (r"ends at 0xff80([048c])000", r"ends at 0xff81\g<1>000"),
    "a process's number": (r"\bprocess (\d+)", r"process 7\1"),
    "an exit status": (r"exited with status \d+", "exited with status 99"),
    "an error's name": (r"\bE(?:FAULT|NOENT|NOTDIR|BADF|INVAL)\b", "EPERM"),
    "the interrupt flag in Bochs": (r"(?<= df )[iI][fF](?= )", lambda match: match[0].swapcase()),
    "the interrupt flag in gdb": (r"(\[ IOPL=0) IF", r"\1"),
    "a flag of cr0": (r"^(CR0=.*) ne ", r"\1 NE "),
    "the privilege level in Bochs": (r"\b(?:001b|0008)(?=:[0-9a-f]{16} )", "0023"),
    "a selector on a stack": (r"\b(0x(?:000000)?)(?:1b|23)\b", r"\g<1>13"),
    "the stack segment of the TSS": (r"^ss:esp\(0\): 0x0010", "ss:esp(0): 0x0018"),
    "a descriptor's privilege": (r"\bDPL=0", "DPL=3"),
    "an interrupt in service": (r"^master ISR = 0[01]$", "master ISR = 02"),
    "the function in a backtrace": (r"^(#\d+ .*?)\w+ \(", r"\1another ("),
    "the file in a backtrace": (r"^(#\d+ .*) at kernel/(?=.*\.cpp:)", r"\1 at kernel/another/"),
    "the function that a debugger stops in": (r"(reakpoint [\d.]+, .*?)\w+ \(", r"\1another ("),
    "the source line at which an assembly step ends": (r"^(\d+\t +)(?:iret|pop gs|xor ebp, ebp)\b", r"\1nop"),
    "an instruction in Bochs": (r"(\([a-z]\w+\+[0-9a-f]+\): )(?:iret|cld|pusha|cli|hlt)\b", r"\1nop"),
    "a frame count": (r"^(.*: )(\d+) frames$", r"\g<1>7\2 frames"),
    "what a program says": (r"Hello from", "Goodbye from"),
    "an old value": (r"^(Old value = ).*", r"\g<1>0x77"),
}  # fmt: skip
SESSIONS = [fence for file in sorted((ROOT / "docs").glob("*/*.md")) for fence in sessions_in(file)]


def as_it_is(fence):
    """What the session would print if that were just what the text shows."""
    return [fence.lines] if kind_of(fence) == "run" else [lines for _, _, lines in dialogue(fence)]


def with_error(fence, place, line):
    lines = [*fence.lines]
    lines[place : place + 1] = line
    return as_it_is(Fence(fence.document, fence.line, fence.language, fence.words, lines))


def printed_lines(fence):
    return [(place, line) for place, line in enumerate(fence.lines) if line.strip() not in ("", ELISION) and not PROMPT.match(line)]


@pytest.mark.parametrize("expression, error", ERRORS.values(), ids=ERRORS)
def test_an_error_in_a_session_is_seen(expression, error):
    tried, unseen = 0, []
    for fence in SESSIONS:
        for place, line in printed_lines(fence):
            wrong = re.sub(expression, error, line)
            if wrong != line:
                tried += 1
                if not disagreement(fence, with_error(fence, place, [wrong])):
                    unseen.append(f"{fence.document.relative_to(ROOT)}:{fence.line + place}: {wrong}")
    assert tried and not unseen, "\n".join(unseen)


@pytest.mark.parametrize("fence", SESSIONS, ids=str)
def test_a_line_that_is_missing_or_too_many_is_seen(fence):
    assert not disagreement(fence, as_it_is(fence))
    for place, line in printed_lines(fence):
        first = re.match(r"0x([0-9a-f]{16})-", line)
        if first and LAYOUT.ELF_BASE < int(first[1], 16) < LAYOUT.ELF_BASE + 0x10000:
            continue  # how many pages a program has after its first one is the compiler's
        neighbours = fence.lines[max(place - 1, 0) : place + 2]
        if line not in (neighbours[0], neighbours[-1])[: len(neighbours) - 1]:
            assert disagreement(fence, with_error(fence, place, [])), f"without {line}"
        if all(one.strip() != ELISION for one in neighbours):
            assert disagreement(fence, with_error(fence, place, [line, "and another one"])), f"after {line}"
