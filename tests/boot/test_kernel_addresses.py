"""A program may aim at any address of the kernel, in any way: it is killed, its report is right, and the kernel lives on.

Each page that matters is tried: all of the image, guards, the first pages of heap and stacks, both ends of the quarter.
One program does it, told by its arguments how and where; 30 of them are run in each boot, all in QEMU and every tenth of
them in Bochs.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from boots import BOCHS_ISO, KERNEL, MOST_MODULES, QEMU_KERNEL, Process, assembled, once, run, temporary_folder
from machine.symbols import addresses, layout

PAGE = 0x1000
LARGE_PAGE = 0x400000
MEMORY = 32  # MiB
BATCH = MOST_MODULES - 2

# argv[1][0] says how, argv[2] is the address as 8 hexadecimal digits.
PROBE = """
    mov esi, [esp + 12]
    xor eax, eax
    mov ecx, 8
.digit:
    movzx edx, byte [esi]
    inc esi
    cmp dl, 'a'
    jb .decimal
    sub dl, 'a' - '0' - 10
.decimal:
    sub dl, '0'
    shl eax, 4
    or eax, edx
    loop .digit
    mov esi, [esp + 8]
    mov dl, [esi]
    cmp dl, 'j'
    je .jump
    cmp dl, 'c'
    je .call
    cmp dl, 'r'
    je .read
    cmp dl, 'w'
    je .write
    cmp dl, 'p'
    je .push
    cmp dl, 's'
    je .stack
    mov ebp, eax
    hlt
.jump:
    jmp eax
.call:
    call eax
.read:
    mov al, [eax]
.write:
    mov [eax], al
.push:
    lea esp, [eax + 4]
    push eax
.stack:
    mov esp, eax
    hlt
"""
FETCHES, WRITES, POINTERS = "jc", "wp", "sb"  # the others: in esp or ebp while the program executes a privileged instruction
WAYS = FETCHES + "r" + WRITES + POINTERS


@dataclass(frozen=True)
class Page:
    address: int
    object: str  # what the report calls it: a regular expression
    is_mapped: bool = True
    has_table: bool = True  # its directory entry is present


def pages() -> list:
    facts, label = layout(), addresses(KERNEL)
    base, heap, stacks = facts.KERNEL_BASE, facts.KERNEL_HEAP, facts.KERNEL_STACKS
    slot, stack = facts.KERNEL_STACK_SLOT, facts.KERNEL_STACK_SIZE
    guard = label["boot_stack_guard"]
    known = r"(code of|the kernel's) .+\+0x[0-9a-f]+"  # a C++ name may have blanks
    direct = "the direct map of physical 0x[0-9A-F]{8}"
    found = []
    for address in range(base + facts.KERNEL_LOAD, label["kernel_end"], PAGE):
        if address == guard:
            found.append(Page(address, "the guard below the boot stack", is_mapped=False))
        elif guard < address <= guard + stack:
            found.append(Page(address, "the boot stack"))
        else:
            found.append(Page(address, f"{known}|{direct}"))
    found += [
        Page(base, "just past the user stack"),
        Page(base + PAGE, direct),
        Page(label["kernel_end"], rf"{direct}|the page directory in use|a page table of the program"),
        Page(base + LARGE_PAGE, direct),
        Page(base + MEMORY * 0x100000 - PAGE, direct),
        Page(base + MEMORY * 0x100000, f"{direct}: no memory", is_mapped=False, has_table=False),
        Page(heap - PAGE, f"{direct}: no memory", is_mapped=False, has_table=False),
        Page(heap, "the kernel heap"),
        Page(heap + facts.KERNEL_HEAP_SIZE - PAGE, "the kernel heap, where it has not grown to", is_mapped=False),
        Page(heap + facts.KERNEL_HEAP_SIZE, "above the kernel heap, .*", is_mapped=False, has_table=False),
        Page(stacks, "in the guard below a kernel stack", is_mapped=False),
        Page(stacks + slot - stack, "a kernel stack"),
        Page(stacks + slot, "in the guard below a kernel stack", is_mapped=False),
        Page(stacks + 2 * slot - stack, "a kernel stack that is not in use", is_mapped=False),
        Page(2**32 - PAGE, "a kernel stack that is not in use", is_mapped=False),
        Page(2**32 - 1, "a kernel stack that is not in use", is_mapped=False),
    ]
    return found


PAGES = pages() if KERNEL.is_file() else []
ALL = [(way, page) for page in PAGES for way in WAYS]


@once
def probe() -> Path:
    return assembled(temporary_folder(), PROBE, "probe")


@once
def batch_of(place, first: int, step: int) -> list:
    """The processes of the cases ALL[first], ALL[first + step], ..., as many as a boot takes."""
    cases = ALL[first :: step][:BATCH]
    modules = [(probe(), f"probe {way} {page.address:08x}") for way, page in cases]
    processes = run(place, modules, memory=MEMORY).processes
    assert len(processes) == len(cases)
    return list(zip(cases, processes))


def check(way: str, page: Page, process: Process) -> None:
    report, address = process.output, f"0x{page.address:08x}"
    assert report.count(", in user mode\n") == 1, report
    assert max(map(len, report.splitlines())) <= 80, report
    code = re.search(r"^  code       (.*)$", report, re.MULTILINE)[1]
    calls = re.findall(r"^    (0x[0-9a-f]{8})", report.partition("backtrace")[2], re.MULTILINE)
    if way in POINTERS:
        assert process.end == "killed by SIGSEGV (general protection fault)", report
        assert code.startswith("f4 "), report  # hlt
        assert len(calls) == 1, report  # the kernel's memory is no program's stack
        return
    assert process.end == "killed by SIGSEGV (page fault)", report
    at = re.search(r"^  at eip     (0x[0-9a-f]{8})", report, re.MULTILINE)[1]
    access = "a fetch" if way in FETCHES else "a write" if way in WRITES else "a read"
    reason = "the page forbids it" if page.is_mapped else "the page is not present"
    bits = 4 | (2 if way in WRITES else 0) | (1 if page.is_mapped else 0)
    found = re.search(r"^  error code (\S+): (.*) in user mode; (.*)$", report, re.MULTILINE)
    assert int(found[1], 16) & ~0x10 == bits and (found[2], found[3]) == (access, reason), report
    assert re.search(rf"^  address    {address} \(cr2\): ({page.object})$", report, re.MULTILINE | re.IGNORECASE), report
    forbidden = re.search(r"^  forbidden by (.*)$", report, re.MULTILINE)[1]
    if page.is_mapped:
        assert forbidden == "U/S of the directory entry: for the kernel only", report
    elif page.has_table:
        assert forbidden == "P of the table entry: the page is not mapped", report
    else:
        assert forbidden == "P of the directory entry: nothing is mapped there", report
    if way in FETCHES:
        assert at == address, report
        assert re.fullmatch(r"([0-9a-f]{2} ?)+" if page.is_mapped else "not readable there", code), report
        assert len(calls) == (2 if way == "c" else 1), report  # the word at esp names the caller
    else:
        assert int(at, 16) < PAGE and re.match(r"(8a|88|89|50) ", code), report


BATCHES = range(0, len(ALL), BATCH)


@pytest.mark.parametrize("first", BATCHES)
def test_in_qemu(first):
    for (way, page), process in batch_of(QEMU_KERNEL, first, 1):
        check(way, page, process)


@pytest.mark.parametrize("first", range(0, len(ALL), 10 * BATCH))
def test_a_tenth_in_bochs(first):
    for (way, page), process in batch_of(BOCHS_ISO, first, 10):
        check(way, page, process)
