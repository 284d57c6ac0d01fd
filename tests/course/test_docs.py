"""The course's text against the tree and against real runs: quotations, sessions, links, paths, parts."""

import re
from pathlib import Path
from urllib.parse import urlparse

import pytest

from course import document
from course import sessions
from course.document import ROOT, anchors, fences, headings, links, missing_quotation, prose
from machine import chapters
from machine.diagnosis.causes import CAUSES
from machine.diagnosis.report import Explanation

DOCUMENTS = sorted((ROOT / "docs").glob("**/*.md"))
# Files of exercises show code that is wrong, or not there yet; their graders have tests of their own.
TEXTS = [one for one in DOCUMENTS if one.parent.name != "exercises"]
LINKED = DOCUMENTS + [ROOT / "README.md"]
# These parts name files of Linux and xv6, and files that the reader is to make.
FOREIGN_PARTS = r"^## (?:How Linux and xv6 do it|Exercises)\n(?:(?!## ).*\n?)*"
SESSIONS = [fence for one in TEXTS for fence in sessions.sessions_in(one)]


def name(path):
    return str(path.relative_to(ROOT)) if isinstance(path, Path) else str(path)


def test_quotations_are_found_only_where_they_stand():
    source = ["int f() {", "    return 1;", "}", "", "int g() {", "    return 2;", "}"]
    assert missing_quotation(["int f() {", "...", "int g() {"], source) == []
    assert missing_quotation(["return 2;"], source) == []
    assert missing_quotation(["int g() {", "...", "int f() {"], source) == ["int f() {"]
    assert missing_quotation(["int f() {", "return 1;"], source), "relative indentation counts"
    assert missing_quotation(["    return 3;"], source) == ["    return 3;"]


@pytest.mark.parametrize("text", TEXTS, ids=name)
def test_quotations_stand_in_the_tree(text):
    wrong = []
    for fence in fences(text):
        file = fence.words.get("file")
        if file is None:
            if not fence.language:
                wrong.append(f"{fence}: no language")
            elif fence.language in document.QUOTED_LANGUAGES and "example" not in fence.words:
                wrong.append(f"{fence}: neither file= nor example")
        elif not (ROOT / file).is_file():
            wrong.append(f"{fence}: there is no file {file}")
        else:
            missing = missing_quotation(fence.lines, (ROOT / file).read_text().splitlines())
            if missing:
                wrong.append(f"{fence}: not in {file}, or not in this order:\n" + "\n".join(missing))
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("text", TEXTS, ids=name)
def test_a_console_fence_says_how_it_came_about(text):
    unknown = [str(fence) for fence in fences(text) if fence.language == "console" and not sessions.kind_of(fence)]
    assert not unknown, f"neither run=, bochs=, gdb=, rewind= nor shell: {', '.join(unknown)}"


@pytest.mark.parametrize("fence", SESSIONS, ids=str)
def test_a_session_prints_what_the_text_shows(fence):
    disagreement = sessions.disagreement(fence, sessions.real(fence))
    assert not disagreement, disagreement


@pytest.mark.parametrize("text", LINKED, ids=name)
def test_links_lead_somewhere(text):
    dead = []
    for link in links(text):
        address = urlparse(link)
        if address.scheme:
            if address.scheme not in ("http", "https", "mailto") or not (address.netloc or address.path):
                dead.append(link)
            continue
        target = (text.parent / address.path).resolve() if address.path else text
        if not target.exists():
            dead.append(link)
        elif address.fragment and (target.suffix != ".md" or address.fragment not in anchors(target)):
            dead.append(link)
    assert not dead, dead


@pytest.mark.parametrize("text", TEXTS, ids=name)
def test_files_that_are_named_exist(text):
    ours = re.sub(FOREIGN_PARTS, "", prose(text), flags=re.MULTILINE)
    named = re.findall(r"`((?:kernel|boot|programs|linker|iso)/[\w./+-]+\.\w+)`", ours)
    missing = [file for file in named if not (ROOT / file).is_file() and not (ROOT / "build" / file).is_file()]
    assert not missing, missing


@pytest.mark.parametrize("chapter", chapters.chapters(), ids=lambda chapter: chapter.folder.name)
def test_a_chapter_has_its_parts_in_order(chapter):
    found = headings(chapter.folder / "README.md")
    assert found[0][0] == 1 and re.match(rf"{chapter.number}\. ", found[0][1]), "the title begins with the number"
    assert [text for level, text in found if level == 2] == document.PARTS


def sections_to_read():
    """(number, section) of what the kernel's reports, and the explanations from outside, send a reader to."""
    explanations = [Explanation("", "", cause) for cause in CAUSES]
    found = {(int(one.chapter.split()[0]), one.section) for one in explanations}
    for file in (ROOT / "kernel/diagnosis").glob("*.cpp"):
        found |= {(int(n), section) for n, section in re.findall(r'(\d+) \([a-z ]+\), \\?"([^"\\]+)\\?"', file.read_text())}
    return sorted(found)


def test_what_a_report_says_to_read_is_there():
    places = sections_to_read()
    assert len(places) > 20
    folders = {chapter.number: chapter.folder for chapter in chapters.chapters()}
    missing = [place for place in places if place[1] not in (text for _, text in headings(folders[place[0]] / "README.md"))]
    assert not missing, missing
