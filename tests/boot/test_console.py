"""The console from both sides: what is typed reaches a program, what is written is seen."""

import struct
import zlib

import pytest

from boots import BOCHS_ISO, LIMIT, QEMU_KERNEL, boot, program, writer_of
from machine import Ending

PLACES = (QEMU_KERNEL, BOCHS_ISO)


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_typed_lines_reach_a_program(place):
    """On the keyboard and on the serial line, with line editing: what was erased is not there any more. A line that is
    not finished is not delivered."""
    limit = LIMIT[place.emulator]
    with boot(place, [program("echo.bin")], "poweroff") as machine:
        machine.wait_for("echo: type lines", limit)
        machine.type_keys("Helo\blo, World_42!\n")
        machine.wait_for("^echo: Hello, World_42!$", limit)
        machine.type_serial("serial linee\x7f\rsecond\r")
        machine.wait_for("^echo: serial line$", limit)
        machine.wait_for("^echo: second$", limit)
        machine.type_keys("\b\bx\b\b\bboth ")  # nothing to erase is no mistake
        machine.type_serial("at once\r")
        machine.wait_for("^echo: both at once$", limit)
        machine.press("caps_lock")
        machine.type_keys("caps\n")
        machine.wait_for("^echo: CAPS$", limit)
        machine.press("caps_lock")
        machine.type_keys("wrong")
        machine.press("ctrl", "u")
        machine.type_keys("quit\n")
        machine.wait_for("^echo: done$", limit)
        end = machine.wait_for_end(limit)
    assert end.ending is Ending.POWER_OFF, f"{end}\n{machine.report()}"
    assert "process 1 (echo.bin): exited with status 0" in machine.serial
    assert "Helo\b \blo, World_42!\n" in machine.serial  # the echo, as a terminal wants it


def test_what_is_typed_before_anybody_reads_is_kept():
    with boot(QEMU_KERNEL, [program("times.bin"), program("echo.bin")], "poweroff") as machine:
        machine.wait_for("times.bin.: started", LIMIT[QEMU_KERNEL.emulator])
        machine.type_keys("early\n")
        machine.wait_for("^echo: early$", LIMIT[QEMU_KERNEL.emulator])
        machine.type_serial("quit\r")
        assert machine.wait_for_end(LIMIT[QEMU_KERNEL.emulator]).ending is Ending.POWER_OFF


def png_pixels(data: bytes):
    """Width, height and the bytes of a PNG whose lines are unfiltered RGB, as the machine driver writes it."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack_from(">II", data, 16)
    start = data.index(b"IDAT")
    (length,) = struct.unpack_from(">I", data, start - 4)
    return width, height, zlib.decompress(data[start + 4 : start + 4 + length])


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_the_screen_shows_what_the_serial_line_says(place, tmp_path):
    """Its last lines, after scrolling; below them the cursor's empty line. Tabs go to the next multiple of eight,
    backspaces back, a line that is longer than the screen goes on in the next."""
    text = "".join(f"line {i}\n" for i in range(100)) + "tab\tstop\tof 8\nabcd\b\bX\nover\rback\n" + "w" * 85 + "\n"
    writer = writer_of(tmp_path, text.encode())
    with boot(place, [program("hello.bin"), writer]) as machine:
        machine.wait_for("all programs have ended", LIMIT[place.emulator])
        screen = machine.screen_text()
        picture = tmp_path / "screen.png"
        machine.screenshot(picture)
    serial = machine.serial
    begin = serial.index("line 90\n")
    expected = serial[begin:].replace("tab\tstop\tof 8", "tab     stop    of 8").replace("abcd\b\bX", "abXd")
    lines = expected.replace("w" * 85, "w" * 80 + "\n" + "w" * 5).splitlines()
    lines = [line.replace("overback", "back") for line in lines]  # the driver drops carriage returns
    assert screen[: len(screen) - 1] == lines[-24:], "\n".join(screen)
    assert screen[24] == ""
    width, height, pixels = png_pixels(picture.read_bytes())
    assert (width, height) in ((720, 400), (640, 400))
    assert len(pixels) == height * (3 * width + 1)
    top, bottom = pixels[: len(pixels) * 24 // 25], pixels[len(pixels) * 24 // 25 :]
    assert any(top) and len(set(top)) > 1  # something is to be seen where the text is


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_the_greeting_is_on_the_screen(place):
    with boot(place, [program("hello.bin")]) as machine:
        machine.wait_for("all programs have ended", LIMIT[place.emulator])
        assert "Hello from privilege level 3!" in machine.screen_text()
