"""What a page makes of a machine that is paused, reset, left or ended at an awkward moment, in Chromium; the test plays the machine."""

import json
import re

import pytest

from browsing import ROOT, browse

RIGHT = {"vector": "14", "error": "2", "cr2": "0xff801ffc", "ending": "triple-fault"}
EXPECTED = {
    "a prediction that was right, at a breakpoint after Reset": "",
    "a prediction that was right, after another boot": ["quiet", "So it is.", 1],
    "a mistake that was paused": "",
    "a mistake that went on after it was paused": {"pause": True},
    "a mistake that was quiet": "quiet",
    "a mistake that has said nothing yet": 1,
    "a mistake that never says anything": "quiet",
    "a prediction without WebAssembly": ["This browser has no WebAssembly, or is too old for it: the text can be read, and `make run` boots the same machine on your own computer.", False],
    "a mistake at which Bochs gave up": ["emulator", "How it ended here: Bochs itself came to an end: a device's reason."],
    "a prediction at which Bochs gave up": ["Bochs itself came to an end: that decides nothing.", False],
    "a session after Reset": [[], ""],
    "a session after Pause": [["lb \"interrupt_return\"", "-"], ""],
    "a mistake that ended": "tss-esp0-bottom",
    "a mistake that ended again after Reset": "The mistake:",
    "what is new since the last stop": [["*0x00000001"], ["0x00000000", ""], ["*0x00100000, limit 0x2f", ""], ["0x00000ff0", "", ""]],
    "tables that can't be read": ["The GDT at 0x00100000, limit 0x2f, is not mapped.", "The IDT at 0x00000000, limit 0x0, is not mapped."],
    "the stack after a push": ["*0x00000fec", "0x00000ff0", "0x00000ff4"],
    "the stack after two pops": ["0x00000ff4", "0x00000ff8", "0x00000ffc"],
    "a walk to no address": "An address is a number from 0 to 0xffffffff.",
    "a walk that is shown, at the next stop": ["the way", [{"walk": 0x1000}, {"walk": 0x1000}]],
    "what has been drawn": {"seen": True},
    "what Reset leaves": ["", "", 0, True],
    "a command while it is fetched": "The machine is being fetched: its prompt comes in a moment.",
    "what is shown after Reset": ["", "HI"],
    "what a machine leaves that did not come": ["", "", 0],
    "PAE's tables": "CR4.PAE is set: three-level tables, which this page does not decode.",
    "the tables of a machine that is off": "The machine is off: its processor sees nothing any more.",
    "the walk of a machine that is off": True,
    "a second machine after the first is off": "Fetching the machine ...",
    "the focus after Boot": "INPUT",
    "a key at the prompt": [],
    "keys that are let go elsewhere": ["+ShiftLeft", "-ShiftLeft", "+ControlLeft", "-ControlLeft"],
    "the focus of a machine that goes off": "Boot",
    "keys of the machine, and the browser's": [["+KeyX", "+Numpad7", "+NumpadEnter", "+IntlBackslash", "+KeyX", "+KeyX", "-KeyX"], ["", "MediaPlayPause", "Tab", "F13"]],
    "the button Tab": [["+Tab", "-Tab"], "machine-screen"],
    "the focus after a button's key": {"Pause": "Pause", "Step": "Step", "Run": "Run"},
    "a button that does nothing now": 0,
    "a page that is left": [True, "off", "The machine was switched off when you left the page."],
    "what is told when an earlier mistake's story comes late": [False, "The mistake: the program's cs is pushed with privilege level 0"],
    "what is told when an earlier mistake's story does not come": [False, "The mistake: the program's cs is pushed with privilege level 0"],
}


@pytest.fixture(scope="module")
def seen():
    return browse("moments", "11-user-mode/index.html", "11-user-mode/exercises/7-predict-the-wrong-end.html", json.dumps(RIGHT), "tss-esp0-bottom", "iret-rpl-0")


@pytest.mark.parametrize("moment", EXPECTED)
def test_moment(seen, moment):
    assert seen[moment] == EXPECTED[moment]


def test_the_pages_keys_are_the_machines():
    """page_gui.cpp takes them by their names: letters, digits and F1 to F12 by a rule, others from its table."""
    table = re.findall(r'^    \{"(\w+)", BX_KEY_', (ROOT / "docs/site/machine/page_gui.cpp").read_text(), re.MULTILINE)
    lines = re.search(r"const KEYS = new RegExp\((.*?)\);\n", (ROOT / "docs/site/machine/machine.js").read_text(), re.DOTALL)[1]
    pattern = json.loads(re.sub(r'"\s*\+ "', "", lines))
    assert len(table) > 50 and [name for name in table if not re.match(pattern, name)] == ["Tab"]
    assert [name for name in ("KeyA", "Digit0", "F1", "F12", "F13", "Numpad", "MetaLeft") if re.match(pattern, name)] == ["KeyA", "Digit0", "F1", "F12"]
