"""The machine driver's own test: each way to end is told apart, in both emulators, with a kernel of one page."""

import os
import shutil
import signal
import struct
import subprocess
import time
from pathlib import Path

import pytest

from machine import Bochs, End, Ending, Machine, MachineError, Qemu
from machine import bochs, confine, grub, keys, picture
from pieces import assemble

LIMIT = 120  # seconds: many times what a busy machine needs

needs_qemu = pytest.mark.skipif(not shutil.which("qemu-system-i386"), reason="QEMU is not installed")
needs_bochs = pytest.mark.skipif(
    not (shutil.which("bochs") and shutil.which(grub.MKRESCUE)), reason="Bochs or GRUB is not installed"
)
BOTH = [pytest.param(Qemu, marks=needs_qemu), pytest.param(Bochs, marks=needs_bochs)]


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    return assemble("tiny", tmp_path_factory.mktemp("tiny"))


@pytest.mark.parametrize("emulator", BOTH)
@pytest.mark.parametrize(
    "word, ending",
    [("off", Ending.POWER_OFF), ("triple", Ending.TRIPLE_FAULT), ("reset", Ending.RESET), ("halt", Ending.HANG)],
)
def test_the_endings_are_told_apart(tiny, emulator, word, ending):
    with emulator(kernel=tiny, append=word) as machine:
        machine.wait_for("tiny: hello", LIMIT)
        assert machine.wait_for_end(LIMIT).ending is ending, machine.report()
        if ending is Ending.TRIPLE_FAULT:  # the machine stands, and can be looked at
            registers = machine.registers()
            assert machine.read_physical(registers.eip, 2) == b"\x0f\x0b"  # at its ud2
            assert registers.idt_limit == 0
            assert registers.cs_limit == 0xFFFFFFFF and registers.cs & 3 == 0
            assert machine.screen_text()[0].startswith("tiny on the screen")
            assert "triple fault" in machine.log_text.lower() or "no resolution" in machine.log_text
    assert machine.end.ending is ending


@needs_qemu
def test_the_exit_status_comes_out_of_qemu(tiny):
    with Qemu(kernel=tiny, append="x") as machine:
        end = machine.wait_for_end(LIMIT)
        assert (end.ending, end.status) == (Ending.POWER_OFF, 42)


@needs_qemu
def test_spinning_is_a_hang_and_idling_is_none(tiny):
    with Qemu(kernel=tiny, append="spin") as machine:
        assert machine.wait_for_end(LIMIT).ending is Ending.HANG
    with Qemu(kernel=tiny, append="idle") as machine:
        machine.wait_for("tiny: hello", LIMIT)
        assert machine.wait_for_end(3).ending is Ending.TIME_OUT
        assert machine.registers().halted


@needs_qemu
def test_a_hang_that_is_suspected_when_the_time_is_over_is_looked_into(tiny):
    with Qemu(kernel=tiny, append="spin") as machine:
        machine.wait_for("tiny: hello", LIMIT)
        assert machine.wait_for_end(3 * machine.sample_period).ending is Ending.HANG


@needs_qemu
def test_limits_are_of_time_in_which_the_emulator_could_run(tiny, monkeypatch):
    with Qemu(kernel=tiny, append="idle") as machine:
        machine.wait_for("tiny: hello", LIMIT)
        begin = time.monotonic()
        monkeypatch.setattr(machine, "clock", lambda: time.monotonic() / 4)
        assert machine.wait_for_end(0.2).ending is Ending.TIME_OUT
        assert time.monotonic() - begin >= 0.8


@needs_qemu
@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="this kernel does not tell how long a thread has waited")
def test_the_clock_stands_still_while_the_emulator_waits_for_a_processor(tiny):
    with Qemu(kernel=tiny, append="spin") as machine:
        machine.wait_for("tiny: hello", LIMIT)
        one = {min(os.sched_getaffinity(0))}
        for thread in Path(f"/proc/{machine.emulator_pid()}/task").iterdir():
            os.sched_setaffinity(int(thread.name), one)

        def waited():
            return time.monotonic() - machine.clock()

        before, deadline = waited(), time.monotonic() + LIMIT
        with subprocess.Popen(["taskset", "-c", str(*one), "sh", "-c", "while :; do :; done"]) as rival:
            while waited() < before + 0.2 and time.monotonic() < deadline:
                time.sleep(0.05)
            rival.kill()
        assert waited() >= before + 0.2


@needs_qemu
def test_a_machine_that_has_not_run_since_the_last_look_does_not_hang(tiny, monkeypatch):
    with Qemu(kernel=tiny, append="spin") as machine:
        machine.wait_for("tiny: hello", LIMIT)
        monkeypatch.setattr(machine, "work", lambda: 0.0)
        assert machine.wait_for_end(20 * machine.sample_period).ending is Ending.TIME_OUT


@needs_bochs
@pytest.mark.skipif(not Path("/proc/self/wchan").exists(), reason="this kernel does not tell where a thread waits")
def test_a_bochs_that_does_not_stop_is_told_of_with_what_its_threads_do(tiny, monkeypatch):
    with Bochs(kernel=tiny, append="idle") as machine:
        machine.wait_for("tiny: hello", LIMIT)
        os.kill(machine.emulator_pid(), signal.SIGSTOP)
        monkeypatch.setattr(bochs, "ANSWER_LIMIT", 1)
        with pytest.raises(MachineError, match=f"has not taken SIGINT; its threads: {machine.emulator_pid()} [a-z_]*stop"):
            machine.pause()


@needs_bochs
def test_a_viewer_comes_to_bochs_while_the_machine_stands(tiny, monkeypatch):
    stood = []

    class Viewer(bochs.RfbClient):
        def __init__(self, port):
            stood.append(machine._standing)
            super().__init__(port)

    monkeypatch.setattr(bochs, "RfbClient", Viewer)
    with Bochs(kernel=tiny, append="keys") as machine:
        machine.wait_for("tiny: hello", LIMIT)
        machine.type_keys("aZ!\n")
        machine.wait_for("1e2a2c2a021c", LIMIT)  # as below
    assert stood == [True]


@needs_qemu
def test_an_emulator_that_cannot_start_is_no_exit_status(tiny):
    with pytest.raises(MachineError):
        with Qemu(kernel=tiny, append="x", extra=["-device", "no-such-device"]):
            pass
    with Qemu(kernel=tiny, append="idle") as machine:
        machine._process.kill()
        assert machine.wait_for_end(LIMIT).ending is Ending.EMULATOR_DIED


@needs_qemu
def test_a_wait_ends_with_the_machine_and_with_its_time(tiny):
    with Qemu(kernel=tiny, append="halt") as machine:
        with pytest.raises(MachineError, match="halted with interrupts off"):
            machine.wait_for("never said", LIMIT)
    with Qemu(kernel=tiny, append="idle") as machine:
        with pytest.raises(MachineError, match="time-out"):
            machine.wait_for("never said", 0.2)


@pytest.mark.parametrize("emulator", BOTH)
def test_the_keyboard_types_and_the_screen_is_seen(tiny, emulator, tmp_path):
    with emulator(kernel=tiny, append="keys") as machine:
        machine.wait_for("tiny: hello", LIMIT)
        machine.type_keys("aZ!\n")
        # Make codes of set 1: a, shift and z, shift and 1, Enter.
        machine.wait_for("1e2a2c2a021c", LIMIT)
        machine.screenshot(tmp_path / "screen.png")
    data = (tmp_path / "screen.png").read_bytes()
    assert data.startswith(b"\x89PNG")
    assert struct.unpack(">II", data[16:24]) >= (640, 400)


@needs_qemu
def test_the_serial_line_carries_both_ways(tiny):
    with Qemu(kernel=tiny, append="echo") as machine:
        machine.wait_for("tiny: hello", LIMIT)
        machine.type_serial("to and fro")
        machine.wait_for("to and fro", LIMIT)


def test_each_printable_character_has_its_keys():
    for code in range(0x20, 0x7F):
        assert all(name in keys.KEYS for name in keys.keys_for(chr(code)))
    assert keys.keys_for("A") == ("shift", "a")
    with pytest.raises(ValueError):
        keys.keys_for("é")


def test_a_picture_of_the_wrong_size_is_refused(tmp_path):
    with pytest.raises(ValueError):
        picture.write_png(tmp_path / "no.png", 2, 2, b"123")


def test_an_emulator_that_has_left_has_been_heard_out(tiny):
    """Its process may be known to have ended before its last words are read: then the end is not known yet."""

    class Leaver(Machine):
        def _start(self):
            self._launch(["sh", "-c", "read word; echo last words >&2"], stdin=subprocess.PIPE)

        def _classify_exit(self, code):
            return End(Ending.EMULATOR_DIED, detail=self._complaints.decode())

    with Leaver(kernel=tiny) as machine:
        with machine._changed:  # the reader has to wait
            machine._process.stdin.write(b"leave\n")
            machine._process.stdin.close()
            while machine._process.poll() is None:
                pass
            assert machine.running and machine.end is None
        machine.wait_for_process()
        assert machine.end == End(Ending.EMULATOR_DIED, detail="last words\n")


@pytest.mark.parametrize("emulator", BOTH)
@pytest.mark.parametrize("confined", (False, True), ids=("", "sandbox"))
def test_an_emulator_that_somebody_kills_is_told_from_one_that_ends(tiny, emulator, confined, monkeypatch):
    """By `kill`, or as the system does it that is out of memory: the emulator alone, not the sandbox around it."""
    if confined and not shutil.which("bwrap"):
        pytest.skip("bubblewrap is not installed")
    bwrap = ["bwrap", "--dev-bind", "/", "/", "--unshare-pid", "--proc", "/proc", "--die-with-parent"]
    monkeypatch.setattr(confine, "sandbox", (lambda words, *_: [*bwrap, *words]) if confined else None)
    with emulator(kernel=tiny, append="idle") as machine:
        machine.wait_for("tiny: hello", LIMIT)
        os.kill(machine.emulator_pid(), signal.SIGKILL) if confined else machine.kill()
        end = machine.wait_for_end(LIMIT)
        assert end.ending is Ending.EMULATOR_DIED and end.killed and "was ended by SIGKILL" in end.detail


def test_a_kernels_path_may_have_a_blank(tmp_path):
    """Its second word would be one of the command line, which the kernel complains of."""
    (tmp_path / "a b").mkdir()
    kernel = shutil.copy(Path(__file__).parents[2] / "build/kernel.elf", tmp_path / "a b")
    with Qemu(kernel=kernel, append="poweroff") as machine:
        assert machine.wait_for_end(LIMIT).ending is Ending.POWER_OFF
        assert "command line" not in machine.serial


@needs_qemu
@pytest.mark.parametrize("name", ("memory", "screen.ppm"))
def test_a_look_inside_leaves_the_modules_files_alone(tiny, name, tmp_path):
    module = tmp_path / name
    module.write_bytes(b"a module")
    with Qemu(kernel=tiny, append="keys", modules=[module]) as machine:
        machine.wait_for("tiny: hello", LIMIT)
        assert len(machine.read_physical(0, 16)) == 16
        machine.screenshot(tmp_path / "a-screen.png")
    assert module.read_bytes() == b"a module"
