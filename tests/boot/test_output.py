"""Output does not stop the clock: programs write to a queue that the serial line's interrupt empties, and nothing that was
written is lost, whatever comes after it."""

import re

import pytest

from boots import BOCHS_ISO, LIMIT, NEXT_TICK, QEMU_KERNEL, WRITE_ALL, assembled, boot, program, run, writer_of
from machine import Ending, Qemu
from machine.bochs import IPS
from mutants import kernel_with, symbol

PLACES = (QEMU_KERNEL, BOCHS_ISO)
SIZE = 64 << 10
# Long lines, and then the worst for the screen: one that scrolls with each character.
FLOOD = (b"." * 62 + b"\n") * (SIZE // 63 - 64)
FLOOD += b"\n" * (SIZE - len(FLOOD))


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_program_that_writes_much_loses_no_tick(place, tmp_path):
    """Ticks are compared with the time-stamp counter, which follows the machine's time: with -icount it counts
    nanoseconds, in Bochs instructions, of which IPS make a second. The program's status is what is missing."""
    options = dict(icount=0) if place.emulator is Qemu else {}
    tick = 10_000_000 if place.emulator is Qemu else IPS // 100
    (tmp_path / "text").write_bytes(FLOOD)
    flood = assembled(
        tmp_path,
        f"""
            call next_tick
            mov esi, edi                ; ticks
            rdtsc
            push edx
            push eax
            {WRITE_ALL}
            call next_tick
            rdtsc
            sub eax, [esp]
            sbb edx, [esp + 4]
            mov ecx, {tick}
            add eax, {tick // 2}
            adc edx, 0
            div ecx                     ; eax: ticks that have passed
            sub edi, esi                ; ticks that were counted
            mov ebx, eax
            sub ebx, edi
            jns .exit
            neg ebx
        .exit:
            mov eax, 1                  ; exit
            int SYSTEM_CALL_VECTOR
        {NEXT_TICK}
        text: incbin "{tmp_path}/text"
        .end:
        """,
    )
    process = run(place, [flood], **options)["program.bin"]
    assert process.end == "exited with status 0"
    assert process.output == FLOOD.decode()


# The echo of a key, and no letter of a report.
AMONG_DOTS = r"[.\n]{}[.\n]"


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_keys_are_taken_while_a_program_writes(place, tmp_path):
    """On the keyboard and on the serial line; their echo goes out between the lines of a program that never stops."""
    flood = assembled(
        tmp_path,
        f"""
        start:
            {WRITE_ALL}
            jmp start
        text: times 4096 db "{'.' * 62}", 10
        .end:
        """,
    )
    limit = LIMIT[place.emulator]
    with boot(place, [flood]) as machine:
        machine.wait_for("[.]{62}\n", limit)
        machine.type_keys("k")
        machine.wait_for(AMONG_DOTS.format("k"), limit)
        machine.type_serial("s")
        machine.wait_for(AMONG_DOTS.format("s"), limit)
        machine.wait_for("[.]{62}\n", limit)


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_panic_prints_all_that_was_written_before_it(place, tmp_path):
    """In this kernel getpid() is an undefined instruction, and the program calls it when the queue is as full as can be."""
    text = "".join(f"line {number}\n" for number in range(2000))
    (tmp_path / "text").write_text(text)
    writer = assembled(
        tmp_path,
        f"""
            {WRITE_ALL}
            mov eax, 20                 ; getpid
            int SYSTEM_CALL_VECTOR
        text: incbin "{tmp_path}/text"
        .end:
        """,
    )
    kernel = kernel_with(tmp_path / "kernel.elf", symbol("kernel::system_call::calls::getpid("), b"\x0f\x0b")  # ud2
    with boot(place, [writer], "poweroff", kernel=kernel) as machine:
        end = machine.wait_for_end(LIMIT[place.emulator])
    assert end.ending is Ending.HANG, f"{end}\n{machine.report()}"
    before, _, report = machine.serial.partition("\nKERNEL PANIC: an exception in the kernel\n")
    assert before.endswith(text)
    assert report.endswith("The machine has been stopped.\n")


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_power_off_waits_until_all_was_sent(place, tmp_path):
    """The program that writes ends at once, with a full queue, and the kernel switches the machine off."""
    text = "".join(f"line {number}\n" for number in range(1000))
    with boot(place, [writer_of(tmp_path, text.encode())], "poweroff") as machine:
        end = machine.wait_for_end(LIMIT[place.emulator])
    assert end.ending is Ending.POWER_OFF, f"{end}\n{machine.report()}"
    _, _, output = machine.serial.partition("bytes\n")
    assert output == text + "[info ] process 1 (writer.bin): exited with status 0\n[info ] power: off\n"


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_many_long_reports_are_all_printed(place):
    """Each program faults at once, and its report fills half the queue."""
    faulty = [program("misbehave/ud2.bin")] * 12
    result = run(place, faulty)
    reports = [process.output for process in result.processes]
    assert len(reports) == 12
    # Where a stack ends depends on the length of the program's name, which the emulator's own folder is a part of.
    assert len({re.sub(r"esp \w+", "esp", report.partition("by process")[0]) for report in reports}) == 1
