"""Machines that die in each way, and what is said about it: deaths.asm in both emulators."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from machine import Bochs, Ending, MachineError, Qemu, grub, run, symbols
from machine.diagnosis import autopsy
from machine.diagnosis import explain as diagnosis
from machine.diagnosis.explain import explain, explain_scene
from machine.diagnosis.scene import scene_of
from machine.diagnosis.standing import where_it_stands
from machine.qmp import connect
from pieces import assemble

LIMIT = 120  # seconds: many times what a busy machine needs
INT80, UD, PF, GP = 0x80, 6, 14, 13
SEGMENTS, INTERRUPTS, PAGING, USER_MODE = "4 (segmentation)", "5 (interrupts)", "8 (paging)", "11 (user mode)"

needs_qemu = pytest.mark.skipif(not shutil.which("qemu-system-i386"), reason="QEMU is not installed")
needs_bochs = pytest.mark.skipif(
    not (shutil.which("bochs") and shutil.which(grub.MKRESCUE)), reason="Bochs or GRUB is not installed"
)

# The word for deaths.asm: cause, vector of the first exception that could not be delivered, chapter.
TRIPLE_FAULTS = {
    "idt-limit": ("idt-limit", UD, INTERRUPTS),
    "idt-not-loaded": ("idt-not-loaded", UD, INTERRUPTS),
    "idt-not-mapped": ("idt-not-mapped", UD, PAGING),
    "lidt-of-table": ("lidt-of-table", UD, INTERRUPTS),
    "gate-not-present": ("gate-not-present", UD, INTERRUPTS),
    "gate-type": ("gate-type", UD, INTERRUPTS),
    "gate-empty": ("gate-empty", UD, INTERRUPTS),
    "gate-swapped": ("gate-dwords-swapped", UD, INTERRUPTS),
    "gate-swapped-alike": ("gate-dwords-swapped", UD, INTERRUPTS),
    "gate-selector-null": ("gate-selector", UD, INTERRUPTS),
    "gate-selector-data": ("gate-selector", UD, INTERRUPTS),
    "gate-selector-beyond": ("gate-selector", UD, INTERRUPTS),
    "gate-selector-user": ("gate-selector", UD, INTERRUPTS),
    "handler-not-mapped": ("handler-not-mapped", UD, INTERRUPTS),
    "gate-dpl": ("gate-dpl", INT80, INTERRUPTS),
    "stack-not-mapped": ("stack-not-mapped", PF, PAGING),
    "code-not-mapped": ("code-not-mapped", PF, PAGING),
    "cr3-virtual": ("cr3-not-memory", PF, PAGING),
    "large-page-without-pse": ("large-page-without-pse", PF, PAGING),
    "gdt-not-mapped": ("gdt-not-mapped", PF, PAGING),
    "tss-limit": ("tss-limit", INT80, USER_MODE),
    "tss-ss0-null": ("tss-ss0", INT80, USER_MODE),
    "tss-ss0-code": ("tss-ss0", INT80, USER_MODE),
    "tss-ss0-rpl": ("tss-ss0", INT80, USER_MODE),
    "tss-esp0-zero": ("tss-esp0", INT80, USER_MODE),
    "tss-esp0-not-mapped": ("tss-esp0", INT80, USER_MODE),
    "tss-not-mapped": ("tss-not-mapped", INT80, PAGING),
    "ltr-data": ("tss-type", GP, USER_MODE),
    "iret-cs-rpl": ("iret-cs", GP, USER_MODE),
    "iret-cs-kernel": ("iret-cs", GP, USER_MODE),
    "iret-cs-data": ("iret-cs", GP, USER_MODE),
    "iret-cs-beyond": ("iret-cs", GP, USER_MODE),
    "iret-ss-rpl": ("iret-ss", GP, USER_MODE),
    "iret-ss-kernel": ("iret-ss", GP, USER_MODE),
    "iret-ss-null": ("iret-ss", GP, USER_MODE),
    "iret-shifted": ("iret-frame", GP, INTERRUPTS),
    "gdt-junk": ("gdt-limit", GP, SEGMENTS),
    "gdt-limit": ("gdt-limit", GP, SEGMENTS),
    "ss-dpl": ("segment-load", GP, SEGMENTS),
    "gdt-gone": ("gdt-limit", UD, SEGMENTS),
    "interrupts-before-idt": ("interrupts-before-idt", 0x20, INTERRUPTS),
}
IN_BOCHS = ("idt-limit", "gate-swapped", "code-not-mapped", "tss-limit", "tss-esp0-zero", "iret-ss-rpl", "interrupts-before-idt")
# The word: symptom, cause, vector of the last exception or None, chapter.
OTHERS = {
    "page-not-mapped": ("hang", "page-not-mapped", PF, PAGING),
    "endless-exception": ("hang", "endless-exception", PF, INTERRUPTS),
    "pic-not-remapped": ("hang", "pic-not-remapped", 8, INTERRUPTS),
    "no-end-of-interrupt": ("hang", "no-end-of-interrupt", None, INTERRUPTS),
    "halt": ("hang", "halted-interrupts-off", None, INTERRUPTS),
    "spin": ("hang", "jump-to-self", None, INTERRUPTS),
    "loop": ("hang", "spin-interrupts-off", None, INTERRUPTS),
    "reset-keyboard": ("reset", "reset-by-keyboard-controller", None, "1 (first boot)"),
    "reset-port": ("reset", "reset-by-port-cf9", None, "1 (first boot)"),
}
LABELS = {  # where the faulting instruction is, if the word doesn't name the label
    "cr3-virtual": "cr3_virtual", "interrupts-before-idt": "ticks", "gate-swapped-alike": "gate_swapped", "iret-cs-rpl": "iret_cs_rpl",
}  # fmt: skip


@pytest.fixture(scope="session")
def deaths(tmp_path_factory):
    return assemble("deaths", tmp_path_factory.mktemp("deaths"))


def died(emulator, kernel, word):
    with emulator(kernel=kernel, append=word) as machine:
        end = machine.wait_for_end(LIMIT)
        return end, explain(machine)


def check_triple_fault(word, end, found):
    cause, vector, chapter = TRIPLE_FAULTS[word]
    assert end.ending is Ending.TRIPLE_FAULT, end
    assert (found.symptom, found.cause, found.chapter) == ("triple-fault", cause, chapter), found.text
    assert found.exception.vector == vector, found.text
    label = "user" if vector == INT80 else LABELS.get(word, word.replace("-", "_"))
    assert found.exception.place.startswith(label) or "..@" in found.exception.place, found.text
    assert "deaths.asm:" in found.exception.place
    assert found.exception.cpl == (3 if vector == INT80 else 0)
    assert "the log disagrees" not in found.text, found.text  # our checks foresaw what the emulator's found
    assert found.then and all(len(line) <= 80 for line in found.text.splitlines())


@needs_qemu
@pytest.mark.parametrize("word", TRIPLE_FAULTS)
def test_a_triple_fault_in_qemu_is_explained(deaths, word):
    check_triple_fault(word, *died(Qemu, deaths, word))


@needs_bochs
@pytest.mark.parametrize("word", IN_BOCHS)
def test_a_triple_fault_in_bochs_is_explained(deaths, word):
    check_triple_fault(word, *died(Bochs, deaths, word))


@pytest.mark.parametrize("emulator", (pytest.param(Qemu, marks=needs_qemu), pytest.param(Bochs, marks=needs_bochs)))
def test_a_gate_that_leads_to_what_is_no_code(deaths, emulator):
    """The exceptions of what is executed there hide the one with which it began."""
    end, found = died(emulator, deaths, "gate-offset")
    assert end.ending is Ending.TRIPLE_FAULT and found.cause == "gate-offset", found.text
    assert "likely mistake: the offset in the gate is not the handler's address" in found.text


@needs_qemu
def test_of_a_cut_log_only_the_end_is_counted(deaths, monkeypatch):
    monkeypatch.setattr(diagnosis, "_astray", lambda *_: None)
    with Qemu(kernel=deaths, append="gate-offset") as machine:
        machine.wait_for_end(LIMIT)
        scene = scene_of(machine)
        told = explain_scene(scene).sentence
        count = int(re.search(r"raised exceptions itself, (\d+) times", told)[1])
        del scene.log.events[:2]
        scene.log.cut = True
        assert f"raised exceptions itself, at least {count - 2} times" in explain_scene(scene).sentence


def test_without_its_log_a_shut_down_machine_may_have_been_switched_off():
    qemu = SimpleNamespace(status=lambda: "shutdown", registers=lambda: SimpleNamespace(eip=0x1234))
    with pytest.raises(MachineError, match="shut down at 00001234.* switched off, or by a triple fault"):
        autopsy.standing(qemu, None, Path("/nosuch"))


@needs_qemu
@pytest.mark.parametrize("word", OTHERS)
def test_a_hang_or_reset_is_explained(deaths, word):
    end, found = died(Qemu, deaths, word)
    symptom, cause, vector, chapter = OTHERS[word]
    assert end.ending is (Ending.RESET if symptom == "reset" else Ending.HANG), end
    assert (found.symptom, found.cause, found.chapter) == (symptom, cause, chapter), found.text
    assert (found.exception and found.exception.vector) == vector, found.text
    assert "deaths.asm:" in found.text


@needs_qemu
def test_a_missing_tss_in_qemu_which_aborts(deaths):
    end, found = died(Qemu, deaths, "no-ltr")
    assert found.cause == "tss-missing" and found.exception.vector == INT80, found and found.text
    assert end.ending in (Ending.EMULATOR_DIED, Ending.TRIPLE_FAULT)  # QEMU 7.2 gives up; a later one may do better


@needs_bochs
def test_a_missing_tss_in_bochs(deaths):
    end, found = died(Bochs, deaths, "no-ltr")
    assert end.ending is Ending.TRIPLE_FAULT
    assert found.cause == "tss-missing" and found.exception.vector == INT80, found.text


@needs_qemu
def test_nothing_is_explained_where_nobody_died(tmp_path):
    with Qemu(kernel=assemble("tiny", tmp_path), append="x") as machine:
        assert machine.wait_for_end(LIMIT).ending is Ending.POWER_OFF
        assert explain(machine) is None


@needs_qemu
def test_a_kernel_that_is_never_reached(tmp_path):
    """A disc without anything to boot: the BIOS goes through its list and stops."""
    empty = tmp_path / "empty.iso"
    empty.write_bytes(bytes(1 << 20))
    with Qemu(iso=empty, extra=["-net", "none"]) as machine:
        machine.wait_for_end(8)
        found = explain(machine)
    assert (found.symptom, found.cause) == ("never-reached-kernel", "stuck-in-bios"), found.text


@needs_qemu
def test_a_wait_that_fails_tells_how_the_machine_died(deaths):
    with Qemu(kernel=deaths, append="idt-limit") as machine:
        with pytest.raises(MachineError, match=r"how it died:(.|\n)*\[idt-limit\]"):
            machine.wait_for("never said", LIMIT)


@needs_qemu
def test_a_reader_at_the_terminal_is_told_of_a_hang(deaths):
    ours, theirs = os.openpty()  # what is typed: nothing
    words = ["qemu", "--kernel", deaths, "--append", "halt", "--display", "none"]
    command = [sys.executable, "-m", "machine.run", *words]
    try:
        done = subprocess.run(command, stdin=theirs, stdout=subprocess.PIPE, text=True, timeout=LIMIT)
    finally:
        os.close(ours)
        os.close(theirs)
    assert "how it died:" in done.stdout and "[halted-interrupts-off]" in done.stdout, done.stdout
    assert f"the kernel was {os.path.relpath(deaths, symbols.ROOT)}" in done.stdout, done.stdout


@needs_qemu
def test_a_run_that_nobody_watches_ends_when_the_timer_is_dead(deaths):
    command = [sys.executable, "-m", "machine.run", "qemu", "--kernel", deaths, "--append", "no-end-of-interrupt", "--display", "none"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=LIMIT)
    assert done.returncode == 1 and "still serves IRQ 0 (the timer)" in done.stdout, done.stdout
    assert "likely mistake: the handler sent no end of interrupt" in done.stdout, done.stdout


@needs_qemu
def test_a_reader_who_leaves_is_told_where_it_stood(deaths):
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "machine.run", "qemu", "--kernel", deaths, "--append", "no-end-of-interrupt", "--display", "none"]
    with subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE) as running:
        said = b""
        while b"deaths: tick" not in said:
            said += os.read(running.stdout.fileno(), 4096)
        os.write(ours, run.LEAVE)
        said += running.communicate(timeout=LIMIT)[0]
    os.close(ours)
    os.close(theirs)
    assert running.returncode == 0
    words = " ".join(said.decode().split())
    assert re.search(r"-- it stood: in the kernel, interrupts on, at [0-9a-f]{8}, (no_end_of_interrupt|print)", words), words
    assert "in service (ISR) IRQ 0 (the timer)" in words
    assert "last tick" not in words  # this kernel counts none


@needs_qemu
def test_the_kernels_ticks_are_told(deaths):
    kernel = symbols.ROOT / "build/kernel.elf"
    with Qemu(kernel=kernel, modules=[(symbols.ROOT / "build/programs/echo.bin", "echo")]) as machine:
        machine.wait_for("started", LIMIT)
        lines = where_it_stands(machine)
    assert re.fullmatch(r"last tick: \d+, after \d+\.\d\d s of the kernel's time", lines[1]), lines
    assert lines[2].startswith("interrupt controllers: in service (ISR) none; not masked (IMR 0xffe8) IRQ 0 (the timer)"), lines


def test_a_kernel_is_named_by_its_file():
    build = symbols.ROOT / "build"
    assert symbols.name_of_kernel(build / "kernel.elf") == "build/kernel.elf"
    assert symbols.name_of_kernel(build / "chapters/06/kernel.elf") == "build/chapters/06/kernel.elf (chapter 6)"
    assert symbols.name_of_kernel(build / "mutations/a-b/build/kernel.elf").endswith("(mutation a-b)")


@needs_qemu
def test_the_last_death_is_kept_and_told_again(deaths, tmp_path, monkeypatch):
    monkeypatch.setattr(autopsy, "LAST_DEATH", tmp_path)
    with Qemu(kernel=deaths, append="tss-not-mapped") as machine:
        machine.wait_for_end(LIMIT)
        scene = scene_of(machine)
        first = explain_scene(scene)
        autopsy.keep(scene, first)
    again = explain_scene(autopsy.kept(tmp_path, None))
    assert again.as_dict() == json.loads(json.dumps(first.as_dict()))
    assert (tmp_path / "explanation.txt").read_text() == first.text + "\n"


@pytest.mark.parametrize("death", ["", "{}", "null"])
def test_a_death_that_is_not_whole_is_told_of(tmp_path, death):
    """As an older version wrote it, or a full disk left it."""
    (tmp_path / "death.json").write_text(death)
    (tmp_path / "log").touch()
    said = wrong_use({"TRAPGATE_LAST_DEATH": str(tmp_path)})
    assert said.startswith(f"autopsy: {os.path.relpath(tmp_path)} is cut off, or of another version: "), said


@pytest.mark.parametrize("words", [("--kernel", "/nosuch"), ("--qmp", "/nosuch")])
def test_an_autopsy_says_what_is_not_there(words):
    assert "/nosuch" in wrong_use({}, *words).splitlines()[-1]


def wrong_use(environment, *words):
    """What the autopsy says on standard error; that it has no case."""
    command = [sys.executable, "-m", "machine.diagnosis.autopsy", *words]
    done = subprocess.run(command, env={**os.environ, **environment}, stderr=subprocess.PIPE, text=True, timeout=LIMIT)
    assert done.returncode == autopsy.NO_CASE, done.stderr
    return done.stderr


@needs_qemu
@pytest.mark.parametrize("word", ["idt-not-mapped", "tss-limit", "gdt-not-mapped", "stack-not-mapped", "code-not-mapped", "gate-not-present"])
def test_a_log_alone_is_told(deaths, tmp_path, word):
    with Qemu(kernel=deaths, append=word) as machine:
        machine.wait_for_end(LIMIT)
        (tmp_path / "log").write_text(machine.log_text)
    command = [sys.executable, "-m", "machine.diagnosis.autopsy", "--json", "--log", tmp_path / "log", "--kernel", deaths]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=LIMIT)
    assert done.returncode == 0 and json.loads(done.stdout)["cause"] == TRIPLE_FAULTS[word][0], done.stdout


@needs_qemu
def test_a_machine_that_stands_is_told_over_qmp(deaths, tmp_path):
    command = ["qemu-system-i386", "-kernel", deaths, "-append", "tss-ss0-null", "-display", "none", "-no-reboot", "-no-shutdown"]
    command += ["-qmp", f"unix:{tmp_path}/qmp,server", "-d", "int,cpu_reset", "-D", tmp_path / "log", "-m", "32"]
    with subprocess.Popen(command) as qemu:  # it waits for us to connect
        try:
            for _ in range(LIMIT):
                if not (tmp_path / "qmp").exists():
                    subprocess.run(["sleep", "1"])
            with connect(f"{tmp_path}/qmp") as client:
                for _ in range(LIMIT):
                    if client.status() != "shutdown":
                        subprocess.run(["sleep", "1"])
                found = explain_scene(autopsy.standing(client, tmp_path / "log", deaths))
        finally:
            qemu.kill()
    assert (found.cause, found.exception.vector) == ("tss-ss0", INT80), found.text
