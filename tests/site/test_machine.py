"""The machines of the chapters' pages, in Chromium: they boot, and the text's sessions typed there print what the text prints."""

import re

import pytest

from browsing import browse
from course.document import ELISION, ROOT, fences
from course.sessions import disagreement, kind_of
from machine.picture import differences

PROMPT = re.compile(r"^<bochs:\d+> ?(.*)$")
SESSIONS = [document for document in sorted((ROOT / "docs").glob("*/README.md")) if any(kind_of(fence) == "bochs" for fence in fences(document))]


MOVES = r"\d|end of input"  # addresses and sizes, and what is there because a test's input has an end


def last_line(document):
    """The last line that the text shows of the chapter's boot; or None where there is none that is the same in each boot."""
    shown = [fence for fence in fences(document) if re.fullmatch(r"make qemu CHAPTER=\d+", fence.words.get("run", ""))]
    lines = [line for fence in shown[:1] for line in fence.lines if line.strip() not in ("", ELISION) and not re.search(MOVES, line)]
    return lines[-1] if lines else None


# Their texts show no boot, or one whose last line has numbers that differ.
WITHOUT_LAST_LINE = "01-first-boot 02-getting-to-cpp 04-segmentation 07-the-road-to-user-mode 09-page-frames 18-a-shell".split()
TYPED_INTO = ("06-input-and-time/index.html",)  # its picture shows what somebody has typed
BOOTS = {f"{document.parent.name}/index.html": last_line(document) for document in sorted((ROOT / "docs").glob("[0-9]*/README.md"))}


def answers(console):
    """What was printed after each command: lines of a session, as the text's are."""
    found = []
    for line in console.splitlines():
        prompt = PROMPT.match(line)
        if prompt:
            found.append(["CPU0:"] if prompt[1] in ("r", "reg") else [])  # which a Bochs for one processor leaves out
        elif found:
            found[-1].append(re.sub(r"^eflags: (0x\w+: )", r"eflags \1", line.rstrip()))  # so Bochs 3 writes it
    return found[:-1]  # nothing has been typed at the last prompt


@pytest.mark.parametrize("document", SESSIONS, ids=lambda document: document.parent.name)
def test_sessions_print_what_the_text_prints(document):
    page = f"{document.parent.name}/index.html"
    consoles = browse("sessions", page)[page]
    expected = [fence for fence in fences(document) if kind_of(fence) == "bochs"]
    assert len(consoles) == len(expected)
    assert [disagreement(fence, answers(console)) for fence, console in zip(expected, consoles)] == [""] * len(expected)


def frame(tables):
    """What the words on the stack are called that have a name."""
    return [cells[1].lstrip("*") for key, cells in tables.items() if key.startswith("Stack ") and cells[1].strip("*")]


def test_tables_change_over_the_way_down():
    """Chapter 11's iret, seven steps after the first instruction of interrupt_return."""
    seen = browse("tables", "11-user-mode/index.html", "interrupt_return", "7")
    at, after = seen["at"], seen["after"]
    assert seen["complaints"] == []
    assert at["Registers eip"][1] == "*interrupt_return" and at["Registers cs"][0] == "*0x00000008"
    assert at["GDT 0x8"][-1] == "*cs" and at["TSS esp0"][0] == "*" + after["TSS esp0"][0]  # there was no GDT yet at the first instruction
    assert frame(seen["before"]) == ["eip", "cs", "eflags", "esp", "ss"] and frame(after) == []
    assert after["Registers cs"][0] == "*0x0000001b" and after["Registers eip"][0] == "*0x00000000"
    assert after["GDT 0x18"][-1] == "*cs" and after["IDT 13"][-1] == "stub_13"


def test_the_words_that_an_exception_has_pushed_are_named():
    """Chapter 11's program tries cli."""
    seen = browse("tables", "11-user-mode/index.html", "stub_13", "0")
    assert seen["complaints"] == []
    assert frame(seen["at"]) == ["error code", "eip", "cs", "eflags", "esp", "ss"]


def test_no_other_chapter_is_left_out():
    assert [page for page, line in BOOTS.items() if not line] == [f"{name}/index.html" for name in WITHOUT_LAST_LINE]


@pytest.mark.parametrize("page", [page for page, line in BOOTS.items() if line])
def test_machine_boots_to_the_chapters_end(page):
    booted = browse("boots", f"{page}={BOOTS[page]}")[page]
    print(f"{page}: {booted['milliseconds']} ms")
    assert booted["complaints"] == []
    if page not in TYPED_INTO:
        assert differences(ROOT / "docs" / page.replace("index.html", "screen.png"), booted["screen"].split("\n")) == []


def test_the_keypad_and_a_key_that_is_held_down_reach_the_machine():
    seen = browse("keys", "06-input-and-time/index.html", "ctrl-D ends", "you typed: ", "Numpad7", "NumpadAdd", "KeyX", "KeyX", "KeyX", "NumpadEnter")
    assert "you typed: 7+xxx" in seen["serial"] and seen["complaints"] == []


def test_a_machine_that_traces_can_be_paused():
    seen = browse("trace", "11-user-mode/index.html")
    assert re.search(r"Next at t=\d+\n.*\n<bochs:\d+> $", seen["console"]) and seen["complaints"] == []
