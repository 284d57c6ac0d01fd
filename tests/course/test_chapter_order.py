"""The order of the chapters is the order of the dependencies: a file of chapter N builds on chapters 1 to N only."""

import re
from pathlib import Path

import pytest

from machine import chapters

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = chapters.chapters()
WITH_ARCHIVE = [chapter for chapter in CHAPTERS if chapter.number > 1]
SOURCES = sorted(
    file for file in (ROOT / "kernel").glob("*/*") if file.suffix in (".cpp", ".hpp", ".h", ".asm", ".def")
)  # kernel/main.cpp knows all of them
# The kernel's folders, lowest first: each may include from itself and from those before it.
FOLDERS = "abi lib cpu drivers diagnosis multiboot memory program process files syscall".split()


def chapter_of(text: str):
    """The first chapter that the opening comment names in brackets: "(chapter 9)", "(chapters 7 and 8)"."""
    head = re.match(r"(?:(?://|;|/\*| {3}).*\n)+", text)
    words = " ".join(line.strip("/;* ") for line in head[0].splitlines()) if head else ""
    named = re.search(r"\(chapters? (\d+)", words)
    return int(named[1]) if named else None


def test_the_opening_comment_is_understood():
    assert chapter_of("// Page frames (chapter 9).\n#pragma once\n") == 9
    assert chapter_of("// Long words that are broken (chapter\n// 11).\n") == 11
    assert chapter_of("; Two (chapters 7 and 8).\nbits 32\n") == 7
    assert chapter_of("/* Shared\n   (chapter 12). */\n") == 12
    assert chapter_of("// Nothing.\n#include <x> // (chapter 3)\n") is None


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_file_includes_only_what_earlier_chapters_brought(file):
    text = file.read_text()
    own = chapter_of(text)
    assert own is not None, "its opening line names no chapter"
    later = []
    for name in re.findall(r'^#include "(.*)"', text, re.MULTILINE):
        header = ROOT / "kernel" / name
        if header.is_file() and (chapter_of(header.read_text()) or 99) > own:
            later.append(f"{name} (chapter {chapter_of(header.read_text())})")
    assert not later, f"chapter {own} includes {', '.join(later)}"


def folder_edges(root: Path) -> dict:
    """Which folder of the kernel includes from which other: (from, to) -> the includes that make it so."""
    edges = {}
    for file in sorted((root / "kernel").glob("*/*")):
        for name in re.findall(r'^\s*#include "(.*)"', file.read_text(), re.MULTILINE):
            if (root / "kernel" / name).is_file() and Path(name).parts[0] != file.parent.name:
                edges.setdefault((file.parent.name, Path(name).parts[0]), []).append(f"{file.name} includes {name}")
    return edges


def forbidden(edges: dict) -> list:
    return [f"{one} must not know {other}: {', '.join(edges[one, other])}" for one, other in edges
            if FOLDERS.index(other) > FOLDERS.index(one)]


def test_every_folder_of_the_kernel_has_its_place():
    assert sorted(FOLDERS) == sorted(folder.name for folder in (ROOT / "kernel").iterdir() if folder.is_dir())


def test_no_folder_knows_an_upper_one():
    """So there is no circle either. A lower layer that must call upwards offers a registration."""
    edges = folder_edges(ROOT)
    assert ("memory", "diagnosis") in edges, "the includes are not found"
    assert forbidden(edges) == []


def test_an_upward_include_is_named(tmp_path):
    for name, text in (("lib/a.hpp", '#include "cpu/b.hpp"\n'), ("cpu/b.hpp", '#include "lib/a.hpp"\n#include "cpu/c.hpp"\n')):
        (tmp_path / "kernel" / name).parent.mkdir(parents=True)
        (tmp_path / "kernel" / name).write_text(text)
    assert forbidden(folder_edges(tmp_path)) == ["lib must not know cpu: a.hpp includes cpu/b.hpp"]


def linked_sources(kernel: Path) -> list:
    """The kernel's sources whose objects the linker took out of the archive, from its map."""
    text = kernel.with_suffix(".map").read_text()
    members = text.partition("Archive member included")[2].partition("\n\n\n")[0]
    names = set(re.findall(r"^\S*libkernel\.a\((\S+)\.o\)$", members, re.MULTILINE))
    return [file for file in SOURCES if file.name in names]


@pytest.mark.parametrize("chapter", WITH_ARCHIVE, ids=lambda chapter: chapter.folder.name)
def test_a_checkpoint_links_only_what_earlier_chapters_brought(chapter):
    linked = linked_sources(chapter.kernel)
    assert linked, "the map names no object of the archive"
    later = [str(file.relative_to(ROOT)) for file in linked if chapter_of(file.read_text()) > chapter.number]
    assert not later, f"chapter {chapter.number} pulls in {', '.join(later)}"


@pytest.mark.parametrize("chapter", CHAPTERS[1:], ids=lambda chapter: chapter.folder.name)
def test_a_checkpoint_needs_something_that_its_chapter_brings(chapter):
    """Otherwise it shows nothing of its chapter. Chapter 13 is about programs, in programs/libc."""
    brought = {chapter_of(file.read_text()) for file in linked_sources(chapter.kernel)}
    assert chapter.number in brought or chapter.number == 13


def test_no_two_objects_of_the_kernel_have_the_same_name():
    """The archive knows its members by name only; so does this file."""
    names = [file.name for file in SOURCES if file.suffix in (".cpp", ".asm")]
    assert len(names) == len(set(names))


def test_the_chapters_are_in_a_row():
    assert [chapter.number for chapter in CHAPTERS] == list(range(1, len(CHAPTERS) + 1))


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.folder.name)
def test_the_iso_has_a_menu_entry_for_each_chapter(chapter):
    menu = (ROOT / "build/iso/boot/grub/chapters.cfg").read_text()
    assert f"menuentry 'Chapter {chapter.number}: {chapter.title}' {{\n    multiboot /boot/chapters/{chapter.number:02}/kernel.elf\n" in menu
    files = re.findall(r"(?:multiboot|module) /boot/(\S+)", menu)
    assert [file for file in files if not (ROOT / "build/iso/boot" / file).is_file()] == []
