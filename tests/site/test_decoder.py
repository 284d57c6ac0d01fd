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


@pytest.mark.parametrize("name", UNUSUAL)
def test_walks_of_unusual_tables(name, tmp_path):
    cr3, entry, address = UNUSUAL[name]
    values = {**dict.fromkeys(NAMES, 0), "cr0": 0x80000001, "cr3": cr3, "cr4": 1 << 4}
    memory = bytearray(1 << 20)
    struct.pack_into("<I", memory, 0x1004, entry)
    for file, data in {"registers": json.dumps(values).encode(), "memory": memory, "symbols": b"00000000 T nothing"}.items():
        (tmp_path / file).write_bytes(data)
    processor = Processor(SimpleNamespace(**values), lambda address, size: bytes(memory[address : address + size]), len(memory))
    said = said_of(tmp_path, address)
    check_walks(processor, said)
    if name == "PSE-36":
        assert [one["physical"] for one in said["map"]] == [page.physical for page in processor.pages()] == [0x500C00000]


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
    ends = [said["named"][f"{named[name]:#x}"] for name in ("kernel_physical_begin", "kernel_end")]
    assert ends[0] and "+" not in ends[0] and ends[1] == ""
    assert [said["named"][address] for address in ("0x0", "0x08048000", "0xf8000010", "0xffffffff")] == [""] * 4
