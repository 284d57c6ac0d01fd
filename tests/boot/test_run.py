"""`make run` and `make qemu` without a terminal: when they end, with which exit status, and what they say themselves."""

import errno
import os
import subprocess
import sys
import tempfile
from types import SimpleNamespace

import pytest

from boots import BOCHS_ISO, KERNEL, QEMU_KERNEL, ROOT, WRITE_ALL, as_module, assembled, iso_of, program
from machine import Bochs, End, Ending, Qemu, chapters, qemu, run
from machine.diagnosis import autopsy
from machine.diagnosis.explain import explain_scene
from machine.diagnosis.scene import scene_of
from mutants import kernel_with, kernel_with_replaced, symbol

LIMIT = 300
PLACES = (QEMU_KERNEL, BOCHS_ISO)
CHAPTER_6 = ROOT / "build/chapters/06/kernel.elf"


def run_unattended(place, modules, append="", kernel=KERNEL):
    """What `make qemu </dev/null` or `make run </dev/null` does with these; its output without the lines about the start."""
    words = ["--iso", iso_of(kernel, tuple(as_module(module) for module in modules), append), "--symbols", kernel]
    command = [sys.executable, "-m", "machine.run", "bochs" if place is BOCHS_ISO else "qemu", *words, "--display", "none"]
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=LIMIT)


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_it_ends_when_all_programs_have_ended(place):
    """Not when the first one has; its status is the one that counts."""
    programs = [(program("exit-status.bin"), f"exit-status {status}") for status in (0, 1)]
    done = run_unattended(place, programs)
    assert done.returncode == 0
    assert done.stdout.endswith(
        "[info ] process 2 (exit-status): exited with status 1\n"
        "[info ] all programs have ended; the machine can be switched off\n"
        "-- process 1 exited with status 0\n"
    ), done.stdout
    assert run_unattended(place, programs[::-1]).returncode == 1


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_panic_after_the_first_programs_end_is_a_failure(place, tmp_path):
    """In this kernel getpid() is an undefined instruction, and the second program calls it."""
    kernel = kernel_with(tmp_path / "kernel.elf", symbol("kernel::system_call::calls::getpid("), b"\x0f\x0b")  # ud2
    second = assembled(tmp_path, "mov eax, 20\nint SYSTEM_CALL_VECTOR")
    done = run_unattended(place, [program("hello.bin"), second], kernel=kernel)
    assert done.returncode == 1
    assert "The machine has been stopped.\n-- the kernel panicked: its report is above\n" in done.stdout, done.stdout


def test_what_a_program_writes_is_neither_a_panic_nor_the_end(tmp_path):
    words = "KERNEL PANIC: no\nall programs have ended; the machine can be switched off\n"
    writer = assembled(tmp_path, f"{WRITE_ALL} mov eax, 1\nxor ebx, ebx\nint SYSTEM_CALL_VECTOR\n"
                                 f"text: db {', '.join(str(byte) for byte in words.encode())}\n.end:")  # fmt: skip
    for append in ("", "poweroff"):
        done = run_unattended(QEMU_KERNEL, [writer, (program("exit-status.bin"), "exit-status 1")], append)
        assert done.returncode == 0 and "panicked" not in done.stdout, done.stdout
        assert "process 2 (exit-status): exited with status 1" in done.stdout


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_power_off_ends_it_with_the_status_of_the_first_program(place):
    for status in (0, 3):
        done = run_unattended(place, [(program("exit-status.bin"), f"exit-status {status}")], "poweroff")
        assert done.returncode == status
        assert "\n[info ] power: off\n-- powered off" in done.stdout, done.stdout


def test_complaints_of_a_windows_libraries_are_no_death_of_qemu(tmp_path, monkeypatch):
    """They come on standard error while all goes well. QEMU before 10 leaves at isa-debug-exit without an event."""
    complainer = tmp_path / "qemu"
    complainer.write_text('#!/bin/sh\necho "Gtk-Message: Failed to load module" >&2\nexec qemu-system-i386 "$@"\n')
    complainer.chmod(0o755)
    monkeypatch.setattr(qemu, "EMULATOR", str(complainer))
    with Qemu(kernel=KERNEL, append="poweroff", modules=[(program("exit-status.bin"), "exit-status 3")]) as machine:
        end = machine.wait_for_end(LIMIT)
    assert (end.ending, end.status) == (Ending.POWER_OFF, 3), end


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_program_that_waits_for_input_gets_its_end(place):
    done = run_unattended(place, [program("echo.bin"), program("hello.bin")])
    assert done.returncode == 0
    assert "Hello from privilege level 3!\n" in done.stdout, done.stdout


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_program_that_waits_for_more_ends_it_all_the_same(place, tmp_path):
    reader = assembled(
        tmp_path,
        """
        again:
            mov eax, 3                  ; read
            mov ebx, 0
            mov ecx, 0
            mov edx, 1
            int SYSTEM_CALL_VECTOR
            jmp again
        """,
    )
    done = run_unattended(place, [reader])
    assert done.returncode == 1
    assert "hang (waits at hlt for what does not come; there is no one to type)" in done.stdout, done.stdout
    assert "-- last tick: " in done.stdout


@pytest.mark.parametrize("spins", (False, True), ids=("alone", "another one spins"))
@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_program_that_sleeps_is_no_hang(place, spins, tmp_path):
    """For longer than silence is suspicious, or while its child runs on the spot; then it ends that one."""
    sleeper = assembled(
        tmp_path,
        f"""
            mov esi, 0
        %if {int(spins)}
            mov eax, 2                  ; fork
            int SYSTEM_CALL_VECTOR
            mov esi, eax
            test eax, eax
            jz $
        %endif
            mov eax, 162                ; nanosleep
            mov ebx, time
            xor ecx, ecx
            int SYSTEM_CALL_VECTOR
            mov eax, 37                 ; kill
            mov ebx, esi
            mov ecx, {9 if spins else 0}
            int SYSTEM_CALL_VECTOR
            mov eax, 1                  ; exit
            xor ebx, ebx
            int SYSTEM_CALL_VECTOR
        time: dd 15, 0
        """,
    )
    done = run_unattended(place, [sleeper])
    assert done.returncode == 0 and "hang" not in done.stdout, done.stdout


@pytest.mark.parametrize("emulator", ("qemu", "bochs"))
def test_a_chapter_that_reads_lines_gets_those_of_standard_input(emulator):
    command = [sys.executable, "-m", "machine.run", emulator, "--chapter", "6", "--display", "none"]
    done = subprocess.run(command, input="hello there\nand here\n", stdout=subprocess.PIPE, text=True, timeout=LIMIT)
    assert done.returncode == 0 and done.stdout.replace("\r", "").endswith(
        "ctrl-D ends\nhello there\nyou typed: hello there\nand here\nyou typed: and here\n[info ] end of input\n"
        f"-- {run.CHAPTER_DONE}\n"
    ), done.stdout


@pytest.mark.parametrize("emulator", (Qemu, Bochs), ids=lambda emulator: emulator.name)
@pytest.mark.parametrize(
    "mistake, words",
    {
        "masked": "waits at hlt, and IRQ 0 (the timer) is masked",
        "not counted": "waits at hlt for what does not come; there is no one to type",
    }.items(),
    ids=("masked", "not counted"),
)
def test_a_dead_timer_ends_a_chapter_and_is_explained(emulator, mistake, words, tmp_path, capfd):
    """pit::initialize does nothing, or the handler doesn't. Chapter 6 waits for the first second."""
    functions = {"masked": "kernel::pit::initialize(", "not counted": "kernel::pit::(anonymous namespace)::handle_tick("}
    kernel = kernel_with(tmp_path / "kernel.elf", symbol(functions[mistake], CHAPTER_6), b"\xc3", CHAPTER_6)  # ret
    with emulator(kernel=kernel, on_serial=run.output.write) as machine:
        code = run.run_unattended(machine, chapter=True)
    said = capfd.readouterr().out
    assert code == 1
    assert f"hang ({words})" in said, said
    assert "-- last tick: 0" in said


def test_a_line_of_ours_begins_on_a_line_of_its_own(capfd):
    output = run.Output()
    for text in (b"whole\r\n", b"half", b"split\r", b"\n", b"carriage return alone\r"):
        output.write(text)
        output.print("-- ours")
    assert capfd.readouterr().out.replace("\r\n", "\n") == (
        "whole\n-- ours\nhalf\n-- ours\nsplit\n-- ours\n\n-- ours\ncarriage return alone\n-- ours\n"
    )


def test_a_chapters_normal_end_is_no_hang():
    """It halts where kernel_main returns to, or after a panic that it has announced."""
    stands = SimpleNamespace(eip=symbol("higher_half.stop", CHAPTER_6))
    machine = SimpleNamespace(name="Bochs", end=End(Ending.HANG, detail="halted with interrupts off"), symbols=CHAPTER_6)
    machine.registers = lambda: stands
    machine.serial = "[info ] end of input\n"
    assert run.halted_as_it_should(machine)
    panics = ("\nKERNEL PANIC: the worst\n", "[info ] panics, on purpose\n\nKERNEL PANIC: the worst\n")
    for machine.serial in panics:
        assert not run.halted_as_it_should(machine)
    stands.eip = symbol("kernel::stop_machine(", CHAPTER_6)
    assert [run.halted_as_it_should(machine) for machine.serial in panics] == [False, True]
    machine.serial = "[info ] end of input\n"
    for name in ("kernel_main", "stop_with_message.stop", "kernel::stop_machine("):
        stands.eip = symbol(name, CHAPTER_6)
        assert not run.halted_as_it_should(machine), name
    machine.end = End(Ending.HANG, detail="waits at hlt, and IRQ 0 (the timer) is masked")
    stands.eip = symbol("higher_half.stop", CHAPTER_6)
    assert not run.halted_as_it_should(machine)


def test_chapter_1_halts_where_it_likes():
    machine = SimpleNamespace(end=End(Ending.HANG, detail="halted with interrupts off"), serial="")
    machine.symbols = ROOT / "build/chapters/01/kernel.elf"
    assert run.halted_as_it_should(machine)


@pytest.mark.parametrize("emulator", (Qemu, Bochs), ids=lambda emulator: emulator.name)
def test_a_chapters_kernel_that_halts_too_early_is_told_as_dead(emulator, tmp_path, capfd):
    """Without its sti, wait_for_interrupt() halts with interrupts off: no tick is ever seen."""
    main = symbol("kernel_main", CHAPTER_6)
    kernel = kernel_with_replaced(tmp_path / "kernel.elf", main, b"\xfb\xf4", b"\x90\xf4", CHAPTER_6)  # sti; hlt
    with emulator(kernel=kernel, on_serial=run.output.write) as machine:
        code = run.run_unattended(machine, chapter=True)
    said = capfd.readouterr().out
    assert code == 1 and "halted with interrupts off" in said and run.CHAPTER_DONE not in said, said


def test_by_hand_is_said_where_it_is_true():
    """.bochsrc boots the whole system, whatever else was booted here."""
    assert f"path={os.path.relpath(run.ISO, ROOT)}" in (ROOT / ".bochsrc").read_text()
    assert run.by_hand(Bochs(iso=run.ISO)).startswith("bochs ")
    assert run.by_hand(Bochs(iso=iso_of(CHAPTER_6, (), ""))) is None
    assert "trapgate.iso" in run.by_hand(Qemu(iso=run.ISO))


def test_the_story_of_a_death_belongs_to_the_last_run(tmp_path, monkeypatch, capsys):
    """It says which run that was, and is gone when the next one begins."""
    monkeypatch.setattr(autopsy, "LAST_DEATH", tmp_path / "last-death")
    monkeypatch.setattr(sys, "argv", ["autopsy.py"])
    kernel = kernel_with(tmp_path / "kernel.elf", symbol("kernel_main"), b"\xfa\xf4")  # cli; hlt
    with Qemu(kernel=kernel) as machine:
        machine.wait_for_end(LIMIT)
        scene = scene_of(machine)
        autopsy.keep(scene, explain_scene(scene), command="run.py qemu --chapter 6")
    assert autopsy.main() == 0
    command, when, blank = capsys.readouterr().out.split("\n")[:3]
    assert command == "run.py qemu --chapter 6" and blank == ""
    assert when.startswith("20") and when.endswith(f", in QEMU, {os.path.relpath(kernel, ROOT)}")
    told = (autopsy.LAST_DEATH / "explanation.txt").read_text()
    kernel.write_bytes(CHAPTER_6.read_bytes())  # built again: other functions are at the addresses
    assert autopsy.main() == 0
    assert capsys.readouterr().out.endswith(f"The kernel has been built again since; this was told then:\n\n{told}")
    autopsy.forget()
    assert autopsy.main() == autopsy.NO_CASE
    assert "No death is known" in capsys.readouterr().err


def test_a_death_is_explained_even_where_it_cannot_be_kept(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(autopsy, "LAST_DEATH", tmp_path / "file" / "last-death")
    (tmp_path / "file").touch()
    kernel = kernel_with(tmp_path / "kernel.elf", symbol("kernel_main"), b"\xfa\xf4")  # cli; hlt
    with Qemu(kernel=kernel) as machine:
        machine.wait_for_end(LIMIT)
        run.tell_death(machine)
    said = capfd.readouterr().out
    assert "-- how it died:\n" in said and "interrupts off" in said and "-- it could not be kept: " in said, said


def test_the_debugger_of_bochs_has_a_line_typed_for_the_shell():
    """It has standard input itself."""
    command = [sys.executable, "-m", "machine.run", "bochs", "--chapter", "18", "--debugger", "--display", "none"]
    commands = 'lb "_ZN6kernel11system_call5calls4killEij"\nc\nq\n'
    environment = {**os.environ, "TYPED": "kill -INT 5"}
    done = subprocess.run(command, input=commands, env=environment, stdout=subprocess.PIPE, text=True, timeout=LIMIT)
    assert "(0) Breakpoint 1, " in done.stdout, done.stdout


def test_the_debugger_of_bochs_boots_a_kernel_with_modules():
    """`make bochs-debug PROGRAMS=hello`."""
    what = ["--kernel", KERNEL, "--module", program("hello.bin"), "--display", "none"]
    command = [sys.executable, "-m", "machine.run", "bochs", "--debugger", *what]
    done = subprocess.run(command, input="q\n", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LIMIT)
    assert done.returncode == 0 and "<bochs:1>" in done.stdout, done.stdout


@pytest.mark.parametrize(
    "words, qemu, complaint",
    [
        (["qemu", "--chapter", "99"], "qemu-system-i386", "there is no chapter 99"),
        (["qemu"], "no-such-qemu", "QEMU is not there (no program no-such-qemu): `make doctor` says what is missing"),
        (["qemu", "--kernel", "/nosuch"], "qemu-system-i386", "/nosuch is not there"),
    ],
)
def test_on_a_desktop_what_fails_before_the_window_is_told_and_nothing_else(words, qemu, complaint):
    environment = {**os.environ, "DISPLAY": ":99", "QEMU": qemu}
    done = subprocess.run([sys.executable, "-m", "machine.run", *words], env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LIMIT)  # fmt: skip
    assert done.returncode == 1 and complaint in done.stdout, done.stdout
    assert "Traceback" not in done.stdout and "window" not in done.stdout, done.stdout


def test_in_a_tree_that_may_only_be_read_a_chapters_iso_is_ours_alone(tmp_path, monkeypatch):
    class Elsewhere(chapters.Chapter):
        build = tmp_path

    def mkdtemp(prefix, dir=None):
        if dir == tmp_path:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return made(prefix=prefix, dir=dir)

    made = tempfile.mkdtemp
    monkeypatch.setattr(tempfile, "mkdtemp", mkdtemp)
    (tmp_path / "kernel.elf").write_bytes(CHAPTER_6.read_bytes())
    iso = Elsewhere(chapters.chapter(6).folder).iso()
    assert iso.stat().st_size > 100_000 and os.listdir(tmp_path) == ["kernel.elf"]
