"""The map of chapters to files in docs/README.md is what the files' opening lines say.

    /usr/bin/python3 tests/course/test_map.py    writes the map anew
"""

import difflib
import re
from pathlib import Path

from course.document import around

ROOT = Path(__file__).resolve().parents[2]
CONTENTS = ROOT / "docs/README.md"
BEGIN, END = "<!-- map: tests/course/test_map.py writes it -->\n", "<!-- /map -->\n"
PATTERNS = ("boot/*", "kernel/*/*", "linker/*", "programs/libc/*.*")
OF_ALL_CHAPTERS = ("linker/layout.h",)  # and kernel/main.cpp, which the patterns leave out


def opening(text: str) -> str:
    """The comment, or Python's documentation string, with which a file begins, on one line."""
    text = re.sub(r"^#!.*\n", "", text)
    if text.startswith("/*") or text.startswith('"""'):
        mark = "*/" if text.startswith("/*") else '"""'
        lines = text[len(mark) :].partition(mark)[0].splitlines()
    else:
        lines = re.match(r"(?:(?://|;).*\n)*", text)[0].splitlines()
    return " ".join(line.lstrip("/; ").strip() for line in lines)


def purpose_and_chapters(text: str):
    """What stands before the first "(chapter", and the chapters within that bracket; None if there is none."""
    found = re.search(r"^(.*?) \((chapters? .*?)\)", opening(text))
    if not found:
        return None
    numbers = re.findall(r"chapters? (\d+(?:(?:, | and )\d+)*)", found[2])
    return found[1], sorted({int(number) for run in numbers for number in re.findall(r"\d+", run)})


def sources():
    files = {file for pattern in PATTERNS for file in ROOT.glob(pattern) if file.is_file()}
    return sorted(file for file in files if str(file.relative_to(ROOT)) not in OF_ALL_CHAPTERS)


def course_map() -> str:
    """A table: chapter, files (a header with its source), purpose as the header has it."""
    rows = {}  # chapter and path without its ending: files
    purposes = {}
    for file in sources():
        purpose, chapters = purpose_and_chapters(file.read_text()) or ("", [])
        for chapter in chapters:
            rows.setdefault((chapter, file.with_suffix("")), []).append(file)
        if file.suffix in (".hpp", ".h") or file.with_suffix("") not in purposes:
            purposes[file.with_suffix("")] = purpose
    lines = ["| Chapter | Files | What they are |", "|---|---|---|"]
    for (chapter, stem), files in sorted(rows.items()):
        files.sort(key=lambda file: (file.suffix not in (".hpp", ".h"), file.suffix))
        names = [files[0].relative_to(ROOT)] + [file.suffix for file in files[1:]]
        links = " ".join(f"[{name}](../{file.relative_to(ROOT)})" for name, file in zip(names, files))
        words = purposes[stem].replace("<", "&lt;").replace("|", "\\|")
        lines.append(f"| {chapter} | {links} | {words} |")
    return "\n".join(lines) + "\n"


def test_opening_comments_are_understood():
    assert purpose_and_chapters("// Page frames: hands out (chapter 9).\n#pragma once\n") == ("Page frames: hands out", [9])
    assert purpose_and_chapters("// Broken (chapter\n// 11).\n") == ("Broken", [11])
    assert purpose_and_chapters("; Two (chapters 7 and 13).\n;\n; (chapter 1)\n") == ("Two", [7, 13])
    steps = "; In steps (chapter 1: steps 1 and 6; chapter 2: step 5).\n"
    assert purpose_and_chapters(steps) == ("In steps", [1, 2])
    assert purpose_and_chapters("/* Shared\n   (chapter 12). */\n") == ("Shared", [12])
    assert purpose_and_chapters('#!/usr/bin/env python3\n"""Makes it (chapter 5): so.\n"""\n') == ("Makes it", [5])
    assert purpose_and_chapters("// Nothing.\n#include <x> // (chapter 3)\n") is None


def test_every_file_names_its_chapter():
    for file in sources():
        found = purpose_and_chapters(file.read_text())
        assert found and found[1], f"{file.relative_to(ROOT)}: its opening comment names no chapter"


def test_the_map_is_what_the_files_say():
    _, written, _ = around(CONTENTS, BEGIN, END)
    difference = "\n".join(difflib.unified_diff(written.splitlines(), course_map().splitlines(), lineterm="", n=0))
    assert not difference, f"{difference}\n`/usr/bin/python3 {Path(__file__).relative_to(ROOT)}` writes it anew"


def test_the_contents_name_every_chapter_by_its_title():
    contents = CONTENTS.read_text()
    chapters = sorted((ROOT / "docs").glob("[0-9][0-9]-*/README.md"))
    assert chapters
    for chapter in chapters:
        title = chapter.read_text().partition("\n")[0]
        line = f"[{title[2:]}]({chapter.relative_to(ROOT / 'docs')})"
        assert title.startswith("# ") and line in contents, f"{line} is not in {CONTENTS.relative_to(ROOT)}"


if __name__ == "__main__":
    head, _, tail = around(CONTENTS, BEGIN, END)
    CONTENTS.write_text(head + course_map() + tail)
