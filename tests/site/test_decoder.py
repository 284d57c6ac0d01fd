"""The page's decoder (docs/site/machine/decode.js) and the one of the diagnosis, the graders and gdb's commands
(iso/machine/processor.py) say the same of the same machine."""

import json
import re
import struct
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from machine import Qemu, chapters
from machine.processor import PAGE, Processor
from machine.symbols import addresses, function_and_line
from media import write_named_symbols

ROOT = Path(__file__).resolve().parents[2]
MEMORY = 32  # MiB
LIMIT = 120
SEGMENTS = ("cs", "ss", "ds", "es", "fs", "gs")
NAMES = ("eax ecx edx ebx esp ebp esi edi eip eflags cr0 cr2 cr3 cr4 gdt_base gdt_limit idt_base idt_limit tr tr_base cs_base ss_base "
         + " ".join(SEGMENTS)).split()  # fmt: skip
ADDRESSES = ("0x0", "0x1000", "0x08048000", "0x3fffff", "0xbffffffc", "0xc0100000", "0xc0107123", "0xc1000000", "0xf8000010", "0xffc03ff0", "0xffffffff")


def said_of(folder, *words):
    """What the page's decoder says of what is recorded in the folder."""
    recording = [folder / "registers", folder / "memory", folder / "symbols"]
    command = ["node", ROOT / "tests/site/decode.mjs", ROOT / "docs/site/machine/decode.js", *recording, *words]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=LIMIT).stdout)


@pytest.fixture(scope="module", params=(4, 8, 11, 14))
def recorded(request, tmp_path_factory):
    """(the recorded machine, what the page's decoder says of it, the kernel)"""
    chapter = chapters.chapter(request.param)
    folder = tmp_path_factory.mktemp("recorded")
    with Qemu(kernel=chapter.kernel, modules=[(one.path, one.string) for one in chapter.modules], memory=MEMORY) as machine:
        machine.wait_for_end(LIMIT)
        machine.pause()
        registers, memory = machine.registers(), machine.read_physical(0, MEMORY << 20)
    (folder / "registers").write_text(json.dumps({name: getattr(registers, name) for name in NAMES}))
    (folder / "memory").write_bytes(memory)
    write_named_symbols(chapter.kernel, folder / "symbols")
    ends = [f"{addresses(chapter.kernel)[name]:#x}" for name in ("kernel_physical_begin", "kernel_end")]
    said = said_of(folder, *ADDRESSES, *ends)
    return Processor(registers, lambda address, size: memory[address : address + size], MEMORY << 20), said, chapter.kernel


def test_descriptors(recorded):
    processor, said, _ = recorded
    ours = ["null" if not one.raw else str(one) for one in processor.descriptors()]
    assert [one["text"] for one in said["gdt"]] == ours and len(ours) >= 5
    for one in said["gdt"][1:]:
        used = {name for name in SEGMENTS if getattr(processor.registers, name) & ~7 == one["selector"]}
        assert set(one["uses"]) - {"tr"} == used


def test_gates(recorded):
    processor, said, _ = recorded
    if processor.registers.idt_limit:
        ours = [str(gate) for gate in processor.gates() if gate.present]
        assert [one["text"] for one in said["idt"]] == ours


def test_tss(recorded):
    processor, said, _ = recorded
    if processor.registers.tr >> 3:
        assert said["tss"] == processor.tss()._asdict()


def test_walks(recorded):
    check_walks(*recorded[:2])


def check_walks(processor, said):
    for address, lines in said["walks"].items():
        walk = processor.walk(int(address, 16))
        end = f"no physical address: {walk.reason}" if walk.physical is None else f"physical {walk.physical:08x}"
        assert lines == [*walk.lines, end], address


# No kernel of ours has these: (CR3, the entry of 0x00400000, the address)
UNUSUAL = {
    "PSE-36": (0x1000, 0x00C00083 | 5 << 13, "0x00412345"),
    "CR3 is not in memory": (0x7FFFF000, 0, "0x00412345"),
    "a page table is not in memory": (0x1000, 0x7FFFF003, "0x00412345"),
}


def imagined(folder, words, *addresses, **registers):
    """(a machine with these words in its memory and these registers, what the page's decoder says of it)"""
    values = {**dict.fromkeys(NAMES, 0), **registers}
    memory = bytearray(1 << 20)
    for address, word in words.items():
        struct.pack_into("<I", memory, address, word)
    for file, data in {"registers": json.dumps(values).encode(), "memory": memory, "symbols": b"00000000 T nothing"}.items():
        (folder / file).write_bytes(data)
    processor = Processor(SimpleNamespace(**values), lambda address, size: bytes(memory[address : address + size]), len(memory))
    return processor, said_of(folder, *addresses)


@pytest.mark.parametrize("name", UNUSUAL)
def test_walks_of_unusual_tables(name, tmp_path):
    cr3, entry, address = UNUSUAL[name]
    processor, said = imagined(tmp_path, {0x1004: entry}, address, cr0=0x80000001, cr3=cr3, cr4=1 << 4)
    check_walks(processor, said)
    if name == "PSE-36":
        assert [one["physical"] for one in said["map"]] == [page.physical for page in processor.pages()] == [0x500C00000]


def test_tables_of_three_levels_are_not_taken_for_others(tmp_path):
    processor, said = imagined(tmp_path, {0x1000: 0x2001, 0x2000: 0x3}, "0x0", cr0=0x80000001, cr3=0x1000, cr4=1 << 5)
    check_walks(processor, said)
    assert said["map"] == list(processor.pages()) == []


def test_bits(tmp_path):
    _, said = imagined(tmp_path, {}, cr0=0x80010001, cr4=1 << 11 | 1 << 18, eflags=0x203202)
    of = {register: [one["name"] for one in said[register] if one["set"]] for register in ("cr0", "cr4", "eflags")}
    assert of == {"cr0": ["PE", "WP", "PG"], "cr4": ["UMIP", "OSXSAVE"], "eflags": ["IF", "IOPL=3", "ID"]}
    assert {"name": "IOPL=0", "set": False} in imagined(tmp_path, {})[1]["eflags"]


KERNEL_CODE, USER_CODE = 0x8, 0x1B
FLAGS, VIRTUAL_8086 = 0x202, 0x20202
RETURN = "eip cs eflags"
FRAMES = {  # (the vector whose handler's first instruction is next, or None before an iret; the words; how those are called)
    "a page fault": (14, (2, 0x1234, KERNEL_CODE, FLAGS), f"error code {RETURN}"),
    "a page fault of a program at address 8": (14, (4, KERNEL_CODE, USER_CODE, FLAGS, 0x7FFC, 0x23), f"error code {RETURN} esp ss"),
    "a page fault where cs and eflags make no sense": (14, (2, 0, 0, 0), f"error code {RETURN}"),
    "the timer as vector 8": (8, (0x1234, KERNEL_CODE, FLAGS, 0), RETURN),
    "the timer as vector 8, from a program": (8, (0x1234, USER_CODE, FLAGS, 0x7FFC, 0x23), f"{RETURN} esp ss"),
    "a system call": (128, (0x1234, USER_CODE, FLAGS, 0x7FFC, 0x23), f"{RETURN} esp ss"),
    "from virtual-8086 mode": (13, (0, 0x1234, 0xF000, VIRTUAL_8086), f"error code {RETURN} esp ss es ds fs gs"),
    "iret in the kernel": (None, (0x1234, KERNEL_CODE, FLAGS, 0), RETURN),
    "iret to a program": (None, (0x1234, USER_CODE, FLAGS, 0x7FFC, 0x23), f"{RETURN} esp ss"),
    "iret to virtual-8086 mode": (None, (0x1234, KERNEL_CODE, VIRTUAL_8086), f"{RETURN} esp ss es ds fs gs"),
}


def frame_names(folder, vector, words, **registers):
    handler, gdt, idt, esp = 0x3000, 0x1000, 0x2000, 0x8000
    there = {gdt + 8: 0xFFFF, gdt + 12: 0xCF9A00, gdt + 24: 0xFFFF, gdt + 28: 0xCFFA00, gdt + 32: 0xFFFF, gdt + 36: 0xCFF200}
    there.update({handler: 0xCF} if vector is None else {idt + 8 * vector: KERNEL_CODE << 16 | handler, idt + 8 * vector + 4: 0x8E00})
    there.update({esp + 4 * number: word for number, word in enumerate(words)})
    values = {"cr0": 1, "eip": handler, "cs": KERNEL_CODE, "esp": esp, "gdt_base": gdt, "gdt_limit": 47, "idt_base": idt, "idt_limit": 2047, **registers}
    _, said = imagined(folder, there, **values)
    return " ".join(one["name"] for one in said["stack"]).rstrip()


@pytest.mark.parametrize("name", FRAMES)
def test_the_words_of_a_frame_have_their_names(name, tmp_path):
    *frame, expected = FRAMES[name]
    assert frame_names(tmp_path, *frame) == expected


def test_an_iret_to_another_task_pops_nothing(tmp_path):
    """SDM Vol. 2A, IRET: with EFLAGS.NT the TSS says where to."""
    assert frame_names(tmp_path, None, (0x1234, KERNEL_CODE, FLAGS), eflags=1 << 14) == ""


def test_address_space(recorded):
    processor, said, _ = recorded
    if not processor.registers.cr0 >> 31:
        assert said["map"] == []
        return
    ours = {page.address + offset: (page.physical + offset, page.writable, page.user)
            for page in processor.pages() for offset in range(0, page.size, PAGE)}  # fmt: skip
    theirs = {one["begin"] + offset: (one["physical"] + offset, one["writable"], one["user"])
              for one in said["map"] for offset in range(0, one["size"], PAGE)}  # fmt: skip
    assert theirs == ours


def test_stack(recorded):
    processor, said, _ = recorded
    assert [one["value"] for one in said["stack"]] == [
        struct.unpack("<I", processor.read(processor.registers.esp + 4 * number, 4))[0] for number in range(len(said["stack"]))
    ]


def test_names(recorded):
    processor, said, kernel = recorded
    named = addresses(kernel)
    for one in said["idt"] if processor.registers.idt_limit else []:
        assert one["symbol"] in ({name.removeprefix("kernel::") for name, address in named.items() if address == one["offset"]} or {""})
    function, _ = function_and_line(kernel, processor.registers.eip)
    assert re.fullmatch(rf"(\w+::)*{function}(\.\w+)?\+0x\w+", said["names"]["eip"])  # NASM's local labels have names, too
    assert said["names"]["gdt_base"] == "gdt::table"  # where the boot stack ends
    ends = [said["named"][f"{named[name]:#x}"] for name in ("kernel_physical_begin", "kernel_end")]
    assert ends[0] and "+" not in ends[0] and ends[1] == ""
    assert [said["named"][address] for address in ("0x0", "0x08048000", "0xf8000010", "0xffffffff")] == [""] * 4
