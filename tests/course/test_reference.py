"""The reference pages against what they speak of."""

import re
from pathlib import Path

import pytest

from course import reference
from course.document import ROOT
from machine.symbols import layout

PAGES = sorted((ROOT / "docs/reference").glob("*.md"))
LENGTHS = {"glossary.md": 1500, "emulators.md": 1100, "terminal.md": 1200, "system-calls.md": 4000, "linux.md": 4000}  # words; the others are shorter
MEMORY_MAP = (ROOT / "docs/reference/memory-map.md").read_text()
NUMBERS = {int(number, 0) for number in re.findall(r"\b(?:0x[0-9A-Fa-f]+|[1-9]\d*)\b", MEMORY_MAP)}


def test_the_page_of_system_calls_is_up_to_date():
    assert reference.PAGE.read_text() == reference.page(), "`make reference-pages` writes it again"


def test_the_page_of_linux_calls_is_up_to_date_and_whole():
    assert reference.LINUX_PAGE.read_text() == reference.linux_page(), "`make reference-pages` writes it again"
    there = {number: name for number, name, _ in reference.calls()}
    missing = dict(reference.missing_calls())
    assert not there.keys() & missing.keys()
    assert sorted([*there, *missing, *reference.NEVER_USED]) == list(range(reference.LAST_NUMBER + 1))
    assert set(reference.PARTIAL) <= set(there.values())


def test_numbers_and_names_are_those_of_linux():
    folders = ("asm", "x86_64-linux-gnu/asm", "i386-linux-gnu/asm")  # beside them newer systems have those of other processors
    headers = [Path("/usr/include", folder, "unistd_32.h") for folder in folders]
    header = next((file for file in headers if file.is_file()), None)
    if header is None:
        pytest.skip("Linux's headers for x86 are not installed")
    linux = {int(number): name for name, number in re.findall(r"#define __NR_(\w+) (\d+)", header.read_text())}
    ours = {number: name for number, name, _ in reference.calls()} | dict(reference.missing_calls())
    assert {number: name for number, name in ours.items() if linux.get(number, name) != name} == {}


def test_every_system_call_has_a_description():
    assert {name for _, name, _ in reference.calls()} == set(reference.descriptions())


def test_a_description_names_the_calls_and_errors_that_it_speaks_of():
    """The page's order is not the source's: "the same" there is another row's. And the errors' names are those of programs."""
    errors = re.findall(r"^    (\w+) = E[A-Z0-9]+,", (ROOT / "kernel/lib/error.hpp").read_text(), re.MULTILINE)
    assert len(errors) > 20
    refused = re.compile(rf"\bThe same\b|\bthe (one|two|three) above\b|\b({'|'.join(errors)})\b")
    wrong = {name: match[0] for name, text in reference.descriptions().items() if (match := refused.search(text))}
    assert not wrong, wrong


def test_the_memory_map_has_the_numbers_of_the_layout():
    rows = re.findall(r"^\| (0x\w+) \| `(\w+)` \|", MEMORY_MAP, re.MULTILINE)
    assert len(rows) >= 12
    assert [row for row in rows if int(row[0], 0) != getattr(layout(), row[1])] == []


@pytest.mark.parametrize("name", ["KERNEL_STACK_SLOT", "KERNEL_HEAP_SIZE", "DIRECT_MAP_SIZE", "USER_STACK_SIZE", "VGA_TEXT",
                                  "KERNEL_LOAD", "BOOT_MAP_SIZE"])
def test_the_memory_map_names_sizes(name):
    assert getattr(layout(), name) in NUMBERS


def test_the_command_lines_page_names_every_word():
    text = (ROOT / "docs/reference/kernel-command-line.md").read_text()
    source = (ROOT / "kernel/multiboot/command_line.cpp").read_text()
    words = set(re.findall(r'word == "(\w+)"', source)) | {f"log={one}" for one in re.findall(r'name == "(\w+)"', source)}
    assert words == set(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_is_short(page):
    assert len(page.read_text().split()) < LENGTHS.get(page.name, 800)


@pytest.mark.parametrize("command", re.findall(r"`make ([a-z-]+)", (ROOT / "docs/reference/emulators.md").read_text()))
def test_the_recipes_commands_exist(command):
    files = [ROOT / "Makefile", *ROOT.glob("*/*.mk"), *ROOT.glob("*/*/*.mk")]
    targets = re.findall(r"^([a-z-]+):", "\n".join(file.read_text() for file in files), re.MULTILINE)
    assert command in targets
