"""Processes: what programs/processes.c prints is what it prints on a Linux host, and nothing is left of its children."""

import re
from pathlib import Path

import pytest

from boots import BOCHS_ISO, INITRD, LIMIT, QEMU_KERNEL, assembled, boot, counter, initrd, on_this_machine, program, run
from elf_files import BASE, EXECUTE, EXIT_WITH_7, READ, WRITE, Elf, Segment

FAMILY = """
        mov eax, 2                  ; fork
        int SYSTEM_CALL_VECTOR
        test eax, eax
        jnz .eldest
        mov eax, 2
        int SYSTEM_CALL_VECTOR
        jmp $
.eldest:
        mov ebp, 4
.yield: mov eax, 158                ; sched_yield
        int SYSTEM_CALL_VECTOR
        dec ebp
        jnz .yield
        mov ebx, 3
        mov eax, 1
        int SYSTEM_CALL_VECTOR
"""


def on_the_host(name: str, folder: Path) -> str:
    return on_this_machine([program(name)], cwd=folder, check=True).stdout


def without_reports(output: str) -> str:
    """What the program itself wrote: the report of the child that is killed is the kernel's."""
    return re.sub(r"(invalid opcode #UD|page fault #PF)(?:.|\n)*?killed by SIG.*\n", "", output)


@pytest.mark.parametrize("place", (QEMU_KERNEL, BOCHS_ISO), ids=str)
@pytest.mark.parametrize("file", ("processes.elf", "processes.bin", "memory.elf", "memory.bin"))
def test_prints_what_it_prints_on_linux(place, file, tmp_path):
    process = run(place, [program(file), INITRD])[file]
    assert process.end == "exited with status 0", process.output
    assert without_reports(process.output) == on_the_host(file.replace(".bin", ".elf"), tmp_path)


@pytest.mark.parametrize("place", (QEMU_KERNEL, BOCHS_ISO), ids=str)
def test_execve_gives_what_it_gives_on_linux(place, tmp_path):
    process = run(place, [program("exec-elf.elf"), INITRD])["exec-elf.elf"]
    assert process.end == "exited with status 0", process.output
    # The kernel says of a file that is not a program what is wrong with it.
    assert re.sub(r"\[warn \] program .*\n", "", process.output) == on_the_host("exec-elf.elf", tmp_path)


@pytest.mark.parametrize("place", (QEMU_KERNEL, BOCHS_ISO), ids=str)
def test_a_whole_family_ends_with_its_eldest(place, tmp_path):
    """Its child and its grandchild, which would never end by themselves."""
    eldest = assembled(tmp_path, FAMILY, "eldest")
    processes = run(place, [eldest, program("hello.bin")]).processes
    assert [process.end for process in processes] == ["exited with status 3", "exited with status 0"]


@pytest.mark.parametrize("place", (QEMU_KERNEL, BOCHS_ISO), ids=str)
@pytest.mark.parametrize("flags, answer", ((READ | EXECUTE, 7), (READ | WRITE | EXECUTE, 126)))
def test_a_program_takes_no_memory_for_pages_that_are_its_files(place, flags, answer, tmp_path):
    """The archive and the file itself leave less memory than the program has pages: only if it shares them it can run."""
    big = Elf([Segment(contents=EXIT_WITH_7.ljust(12 << 20, b"\0"), flags=flags)]).bytes()
    archive = initrd(tmp_path / "initrd.tar", b"big; echo big: $?\n", files={"bin/big": big})
    with boot(place, [(program("init.bin"), "init"), (archive, "initrd.tar")], memory=32) as machine:
        machine.wait_for(r"^\$ ", LIMIT[place.emulator])
        assert f"big: {answer}\n" in machine.serial


# A group and a session without the processes that they are called after, and then a child for each number that there is. Ends
# with 1 if one has the group's number, 2 if one has the session's.
NUMBERS = """
        mov eax, 2                  ; fork
        int SYSTEM_CALL_VECTOR
        mov esi, eax
        test eax, eax
        jnz .session
        mov ebx, 0
        mov ecx, 0
        mov eax, 57                 ; setpgid
        int SYSTEM_CALL_VECTOR
        mov eax, 2
        int SYSTEM_CALL_VECTOR
        test eax, eax
        jz .stay
        jmp .leave
.session:
        call wait_for_child
        mov eax, 2
        int SYSTEM_CALL_VECTOR
        mov edi, eax
        test eax, eax
        jnz .all
        mov eax, 66                 ; setsid
        int SYSTEM_CALL_VECTOR
        mov eax, 2
        int SYSTEM_CALL_VECTOR
        test eax, eax
        jnz .leave
        mov ebx, 0
        mov ecx, 0
        mov eax, 57
        int SYSTEM_CALL_VECTOR
.stay:  mov eax, 29                 ; pause
        int SYSTEM_CALL_VECTOR
.all:   call wait_for_child
        mov ebp, 32768
.next:  mov eax, 2
        int SYSTEM_CALL_VECTOR
        test eax, eax
        jz .leave
        mov ebx, 1
        cmp eax, esi
        je .end
        mov ebx, 2
        cmp eax, edi
        je .end
        call wait_for_child
        dec ebp
        jnz .next
.leave: mov ebx, 0
.end:   mov eax, 1                  ; exit
        int SYSTEM_CALL_VECTOR
wait_for_child:
        mov ebx, -1
        mov ecx, 0
        mov edx, 0
        mov eax, 7                  ; waitpid
        int SYSTEM_CALL_VECTOR
        ret
"""


def test_a_number_is_not_used_again_while_a_group_or_session_has_it(tmp_path):
    program_of_it = assembled(tmp_path, NUMBERS, "numbers")
    assert run(QEMU_KERNEL, [program_of_it])["numbers.bin"].end == "exited with status 0"


@pytest.mark.parametrize("shift", (0, 3, 5))
def test_two_loops_share_the_processor(shift):
    """At several speeds of the processor, so that the ticks come at other instructions."""
    process = run(QEMU_KERNEL, [program("share-elf.elf")], icount=shift)["share-elf.elf"]
    assert process.end == "exited with status 0", process.output
    assert "a sleep of 0.2 s was over in time: yes" in process.output


@pytest.mark.parametrize("options", ({"icount": 0}, {"icount": 3}, {"icount": 5}, {"cpu": "486"}), ids=str)
def test_floating_point_registers_are_a_process_own(options):
    """With the ticks at other instructions, and on a processor without FXSAVE. Twice, because the first leaves registers behind."""
    name = "conformance/floating-point-elf.elf"
    processes = run(QEMU_KERNEL, [program(name), program(name)], **options).processes
    assert [process.end for process in processes] == ["exited with status 0"] * 2, [process.output for process in processes]


def test_every_frame_of_every_child_comes_back():
    names = ["processes.elf", "processes.elf", "processes.bin", "memory.elf", "memory.bin", "hello.bin"]
    serial = run(QEMU_KERNEL, [*(program(name) for name in names), INITRD], append="log=debug").serial
    free = re.findall(r"module \S+: (\d+) frames are free now", serial)
    # The kernel's heap has grown for twenty processes at a time, and keeps what it has.
    assert len(free) == len(names) + 3 and len(set(free[1:])) == 1, free


def test_memory_that_was_lent_comes_back():
    """Also that of parents which are killed while they wait: then it is given back at the borrower's end."""
    names = ["conformance/vfork-elf.elf", "conformance/vfork-elf.elf", "hello.bin"]
    processes = run(QEMU_KERNEL, [program(name) for name in names], append="log=debug")
    assert [process.end for process in processes.processes] == ["exited with status 0"] * 3
    free = re.findall(r"module \S+: (\d+) frames are free now", processes.serial)
    assert len(free) == len(names) + 2 and len(set(free[1:])) == 1, free  # the heap has grown for the first


# 100 pages that a program may only read. It makes page 60 its own and writes to it, looks whether that is still what it was in
# the file, and stops; when it is let go on it goes to page 50.
BIG = f"""
BASE equ {BASE:#x}
        mov eax, 125                ; mprotect
        mov ebx, BASE + 60 * 4096
        mov ecx, 4096
        mov edx, 3
        int SYSTEM_CALL_VECTOR
        mov eax, 20                 ; getpid
        int SYSTEM_CALL_VECTOR
        mov ebp, eax
        mov [BASE + 60 * 4096], ebp
        mov eax, 5                  ; open
        mov ebx, BASE + path
        mov ecx, 0
        int SYSTEM_CALL_VECTOR
        mov ebx, eax
        mov eax, 180                ; pread64
        push eax
        mov ecx, esp
        mov edx, 4
        mov esi, 61 * 4096
        mov edi, 0
        int SYSTEM_CALL_VECTOR
        cmp dword [esp], 0x5A5A5A5A
        jne wrong
        mov ebx, ebp
        mov ecx, 19                 ; SIGSTOP
        mov eax, 37                 ; kill
        int SYSTEM_CALL_VECTOR
        cmp [BASE + 60 * 4096], ebp
        je page_50
wrong:  mov ebx, 1
        mov eax, 1                  ; exit
        int SYSTEM_CALL_VECTOR
path:   db "/big", 0
        times 50 * 4096 - ($ - $$) db 0
page_50:
        mov eax, 4                  ; write
        mov ebx, 1
        mov ecx, BASE + text
        mov edx, 6
        int SYSTEM_CALL_VECTOR
        mov ebx, 0
        mov eax, 1
        int SYSTEM_CALL_VECTOR
text:   db "still", 10
        times 60 * 4096 - ($ - $$) db 0
        times 40 * 4096 db 0x5A
"""


@pytest.mark.parametrize("place", (QEMU_KERNEL, BOCHS_ISO), ids=str)
def test_what_programs_only_read_is_in_memory_once(place, tmp_path):
    """And the program's file can't be written to until they have ended."""
    code = assembled(tmp_path, BIG).read_bytes()
    files = {"big": Elf([Segment(contents=code)]).bytes()}
    archive = initrd(tmp_path / "initrd.tar", b"", files=files)
    free = []
    with boot(place, [(program("init.bin"), "init"), (archive, "initrd.tar")]) as machine:
        machine.wait_for(r"^\$ ", LIMIT[place.emulator])
        for job in (1, 2, 3):
            machine.type_serial("/big\n")
            machine.wait_for(rf"^\[{job}\] stopped\n\$ ", LIMIT[place.emulator])
            free.append(counter(machine, "free_frames"))
        machine.type_serial("echo no >/big; kill -CONT %1 %2 %3; wait; echo nothing >/big; cat /big\n")
        machine.wait_for("^nothing\n", LIMIT[place.emulator])
        assert machine.serial.count("still\n") == 3, machine.serial
        assert machine.serial.count("sh: /big: a program that runs") == 1, machine.serial
    assert all(more - less < 20 for more, less in zip(free, free[1:])), free
