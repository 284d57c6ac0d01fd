"""Mistakes watched on the chapters' pages, in Chromium: they die as the catalogue says, and are explained as `make qemu` explains."""

import re
import subprocess

import pytest

from browsing import ROOT, browse
from course import catalogue_of_mistakes as catalogue
from machine import chapters, inner_make

# Of each kind of death, and of each layer; booted by hand as well.
WATCHED = """boot-no-identity-map boot-no-pse boot-stack-low toolchain-sse gdt-limit-without-last-entry gdt-user-data-for-kernel gdt-pointer-swapped
    idt-interrupts-before idt-gate-halves-swapped idt-lidt-of-the-table idt-limit-too-small idt-system-call-gate-dpl-0 pic-not-remapped
    pic-words-in-wrong-order pic-no-end-of-interrupt paging-stack-read-only tss-not-loaded tss-esp0-bottom tss-busy iret-rpl-0 iret-kernel-ss iret-no-if
    stack-freed-under-our-feet""".split()  # fmt: skip
PARTS = 10  # of the others a part is watched, and at the next commit another one
BY_TIMER = ("pic-no-end-of-interrupt", "tss-not-loaded", "iret-no-if")  # a tick's moment decides where a program is caught
LIMIT = 600
ENDINGS = {"triple-fault": "triple-fault", "panic": "panic", "hang": "quiet halted", "process-killed": "power-off", "wrong-output": "power-off"}
BOCHS_GIVES_UP = {"pic-words-in-wrong-order": "master: slave PIC IRQ line not supported"}  # its model of a device is not told such a thing


def turn():
    """The names of those that this commit watches beside WATCHED."""
    count = subprocess.run(["git", "rev-list", "--count", "HEAD"], cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
    others = sorted(one.id for one in catalogue.load() if one.id not in WATCHED)
    return others[int(count) % PARTS :: PARTS]


def page_of(mutation):
    folder = next(one.folder for one in chapters.chapters() if one.number == mutation.chapter)
    return f"{folder.name}/index.html"


def conclusion(text):
    """Which mistake it is likely to be, and where to read: the same whenever the machine was caught."""
    return text[re.search("likely mistake|to read:", text).start() :]


def squeezed(text):
    return " ".join(text.split())


@pytest.mark.parametrize("name", WATCHED)
def test_mistake_dies_as_the_text_says_and_is_explained_as_by_make_qemu(name):
    mutation = catalogue.find(name)
    seen = browse("mistakes", f"{page_of(mutation)}={name}")[name]
    assert seen["complaints"] == []
    assert seen["ending"] in (["emulator"] if name in BOCHS_GIVES_UP else ENDINGS[mutation.symptom].split())
    assert squeezed(BOCHS_GIVES_UP.get(name, "")) in squeezed(seen["verdict"])
    assert squeezed(mutation.title) in squeezed(seen["verdict"])
    done = subprocess.run(["make", "-s", "qemu", f"MUTATION={name}"], cwd=ROOT, env=inner_make.environment(), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LIMIT)  # fmt: skip
    told = re.search(r"^-- how it died:\n((?: .*\n)+)", done.stdout, re.MULTILINE)
    assert bool(told) == (mutation.symptom in ("triple-fault", "panic", "hang")), done.stdout
    if told:
        text = squeezed(told[1])
        assert (conclusion(text) if name in BY_TIMER else text) in squeezed(seen["verdict"])
    # The report that the kernel itself prints is the same in the page, but for what the emulators' time decides.
    report = re.search(r"KERNEL PANIC.*", done.stdout)
    if report and name not in BOCHS_GIVES_UP:
        assert report[0].strip() in seen["serial"]


@pytest.mark.parametrize("name", turn())
def test_each_mistake_comes_to_an_end_that_is_told(name):
    mutation = catalogue.find(name)
    seen = browse("mistakes", f"{page_of(mutation)}={name}")[name]
    assert seen["complaints"] == []
    assert bool(seen["ending"]) == (mutation.symptom != "does-not-build")
    assert squeezed(mutation.title.replace("`", "")) in squeezed(seen["verdict"].replace("`", ""))
