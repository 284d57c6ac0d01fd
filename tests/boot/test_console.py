"""The console from both sides: what is typed reaches a program, what is written is seen."""

import re

import pytest

from boots import BOCHS_ISO, LIMIT, QEMU_KERNEL, assembled, boot, program, writer_of
from machine import Ending
from machine.picture import read_png, read_text

PLACES = (QEMU_KERNEL, BOCHS_ISO)


# Keys, a few at a time, and their echo: after each we wait for it, for Bochs looks at its keys seldom and its keyboard
# drops what does not go into 16 bytes (a key makes 2 of them, with shift 4). Erasing is echoed as a terminal wants it.
HELLO = [("Hel", "Hel"), ("o\bl", "o\b \bl"), ("o, ", "o, "), ("W4!", "W4!")]
BOTH = [("\b\bx", "x"), ("\b\b\b", "\b \b"), ("bot", "bot"), ("h ", "h ")]  # with nothing to erase now and then


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_typed_lines_reach_a_program(place):
    """On the keyboard and on the serial line, with line editing: what was erased is not there any more, and a line that
    is not finished is not delivered."""
    limit = LIMIT[place.emulator]

    def type_and_see(pieces):
        for keys, echo in pieces:
            machine.type_keys(keys)
            machine.wait_for(re.escape(echo), limit)

    with boot(place, [program("echo.bin")], "poweroff") as machine:
        machine.wait_for("echo: type lines, then quit\n", limit)
        type_and_see(HELLO)
        machine.type_keys("\n")
        machine.wait_for("^echo: Hello, W4!\n", limit)
        machine.type_serial("serial linee\x7f\r")
        machine.wait_for("^echo: serial line\n", limit)
        machine.type_serial("second\r")
        machine.wait_for("^echo: second\n", limit)
        type_and_see(BOTH)
        machine.type_serial("at once\r")
        machine.wait_for("^echo: both at once\n", limit)
        machine.press("caps_lock")
        type_and_see([("cap", "CAP"), ("S", "s")])
        machine.press("caps_lock")
        type_and_see([("w", "w")])
        machine.press("ctrl", "u")
        machine.wait_for(re.escape("\b \b" * 5), limit)
        type_and_see([("end", "end")])
        machine.type_keys("\n")
        machine.wait_for("^echo: end\n", limit)
        machine.type_serial("quit\r")
        end = machine.wait_for_end(limit)
    assert end.ending is Ending.POWER_OFF, f"{end}\n{machine.report()}"
    assert "echo: done\n[info ] process 1 (echo.bin): exited with status 0\n" in machine.serial


def test_what_is_typed_before_anybody_reads_is_kept():
    with boot(QEMU_KERNEL, [program("times.bin"), program("echo.bin")], "poweroff") as machine:
        machine.wait_for("times.bin.: started", LIMIT[QEMU_KERNEL.emulator])
        machine.type_keys("early\n")
        machine.wait_for("^echo: early$", LIMIT[QEMU_KERNEL.emulator])
        machine.type_serial("quit\r")
        assert machine.wait_for_end(LIMIT[QEMU_KERNEL.emulator]).ending is Ending.POWER_OFF


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_the_screen_shows_what_the_serial_line_says(place, tmp_path):
    """Its last lines, after scrolling; below them the cursor's empty line. Tabs go to the next multiple of eight,
    backspaces back, a line that is longer than the screen goes on in the next."""
    text = "".join(f"line {i}\n" for i in range(100)) + "tab\tstop\tof 8\nabcd\b\bX\nover\rback\n" + "w" * 85 + "\n"
    writer = writer_of(tmp_path, text.encode())
    with boot(place, [program("hello.bin"), writer]) as machine:
        machine.wait_for("can be switched off\n", LIMIT[place.emulator])
        screen = machine.screen_text()
        picture = tmp_path / "screen.png"
        machine.screenshot(picture)
    serial = machine.serial
    begin = serial.index("line 70\n")
    expected = serial[begin:].replace("tab\tstop\tof 8", "tab     stop    of 8").replace("abcd\b\bX", "abXd")
    lines = expected.replace("w" * 85, "w" * 80 + "\n" + "w" * 5).splitlines()
    lines = [line.replace("overback", "back") for line in lines]  # the driver drops carriage returns
    assert screen[: len(screen) - 1] == lines[-24:], "\n".join(screen)
    assert screen[24] == ""
    assert read_text(picture).split("\n") == screen
    width, height, pixels = read_png(picture)
    assert (width, height) in ((720, 400), (640, 400))
    assert len(pixels) == height * (3 * width + 1)
    assert len(set(pixels[: len(pixels) * 24 // 25])) > 1  # something is to be seen where the text is


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_the_greeting_is_on_the_screen(place):
    with boot(place, [program("hello.bin")]) as machine:
        machine.wait_for("can be switched off\n", LIMIT[place.emulator])
        assert "Hello from privilege level 3!" in machine.screen_text()


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_line_that_could_not_be_delivered_is_there_for_the_next_read(place, tmp_path):
    """read() into memory that is not the program's: EFAULT, and the line is not lost, nor the rest of one."""
    reader = assembled(
        tmp_path,
        """
        %macro bad_read 0               ; must give EFAULT
            mov eax, 3                  ; read
            mov ebx, 0
            mov ecx, 0x40000000
            mov edx, 100
            int SYSTEM_CALL_VECTOR
            cmp eax, -14
            jne failed
        %endmacro
        %macro read_and_show 1
            mov eax, 3
            mov ebx, 0
            mov ecx, buffer
            mov edx, %1
            int SYSTEM_CALL_VECTOR
            test eax, eax
            jz ended
            mov edx, eax
            mov eax, 4                  ; write
            mov ebx, 1
            mov ecx, buffer
            int SYSTEM_CALL_VECTOR
        %endmacro
            bad_read
            read_and_show 3
            bad_read
            read_and_show 100
            read_and_show 100
        failed:
            mov ebx, 1
            jmp exit
        ended:
            mov ebx, 0
        exit:
            mov eax, 1
            int SYSTEM_CALL_VECTOR
        buffer: times 100 db 0
        """,
    )
    limit = LIMIT[place.emulator]
    with boot(place, [reader], "poweroff") as machine:
        machine.wait_for("started", limit)
        machine.type_serial("first line\r")
        machine.wait_for("^first line\nfirst line\n", limit)  # the echo, and both pieces
        machine.type_serial("\x04")
        assert machine.wait_for_end(limit).ending is Ending.POWER_OFF
    assert "(program.bin): exited with status 0\n" in machine.serial, machine.serial


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_control_sequences_move_erase_and_colour(place, tmp_path):
    """On the screen; over the serial line they go as they are, for the terminal there."""
    text = "\x1b[2J\x1b[Hgone\x1b[2;3Hrow 2\x1b[1;1Htop\x1b[K\x1b[4;1H\x1b[31mred\x1b[0m and grey\x1b[5;1Hend\n"
    writer = writer_of(tmp_path, text.encode())
    with boot(place, [writer], "log=warn") as machine:
        machine.wait_for("end\n", LIMIT[place.emulator])
        assert machine.screen_text()[:6] == ["top", "  row 2", "", "red and grey", "end", ""]
    assert text in machine.serial
