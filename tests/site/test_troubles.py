"""What is missing or makes no sense is told in a sentence, and a machine that is booted again and again takes no more memory."""

import re

import pytest

from browsing import browse

EXPECTED = {
    "no WebAssembly": r"This browser has no WebAssembly, .* `make run` boots the same machine on your own computer\.",
    "a file that is not there": r"The machine did not come: bochs\.wasm: the host says 404\. The text needs none\.",
    "a connection that breaks": r"The machine did not come: .+\. The text needs none\.",
    "half a file": r"The machine did not come: .+\. The text needs none\.",
    "no worker": r"The machine did not come: .+\. The text needs none\.",
    "the address here": r"An address is a number from 0 to 0xffffffff\.",
    "the address -1": r"An address is a number from 0 to 0xffffffff\.",
    "the address 0x100000000": r"An address is a number from 0 to 0xffffffff\.",
    "a command while it runs": r"The machine runs: pause it first\.",
    "a second machine": r"One machine on a page is enough: the other one is still on\.",
    "no number": r".*: very high is neither\.",
    "no storage": r"This browser keeps nothing for this page: .*",
}


@pytest.fixture(scope="module")
def told():
    return browse("troubles", "11-user-mode/index.html", "11-user-mode/exercises/7-predict-the-wrong-end.html")


@pytest.mark.parametrize("trouble", EXPECTED)
def test_trouble_is_told_in_a_sentence(told, trouble):
    assert re.fullmatch(EXPECTED[trouble], told[trouble]), told[trouble]


def test_memory_does_not_grow():
    found = browse("memory", "04-segmentation/index.html", "20", "privilege level 3")
    held = found["held"]
    print(held)
    assert found["complaints"] == []
    assert max(held[-5:]) < 1.15 * max(held[2:7])
