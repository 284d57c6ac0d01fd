"""What Linux's programs need (chapter 20): calls that are not there say so, and programs are loaded by others.

Numbers of system calls that are Linux's but not this kernel's: ENOSYS, and a line in the log with the name, once.
"""

import pytest

from boots import BOCHS_ISO, LIMIT, QEMU_KERNEL, assembled, boot, initrd, program
from course import reference
from elf_files import Elf, Segment


@pytest.mark.parametrize("place", (QEMU_KERNEL, BOCHS_ISO), ids=str)
def test_what_is_missing_says_so(place, tmp_path):
    missing = dict(reference.missing_calls())
    numbers = [*missing, *reference.NEVER_USED, 461, 0x7FFFFFFF, 0xFFFFFFFF]
    program = assembled(tmp_path, f"""
        mov esi, numbers
    .again:
        lodsd
        int SYSTEM_CALL_VECTOR
        cmp eax, -38            ; ENOSYS
        jne .wrong
        cmp esi, numbers.end
        jb .again
        mov ebx, 0
    .exit:
        mov eax, 1              ; exit
        int SYSTEM_CALL_VECTOR
    .wrong:
        mov ebx, 1
        jmp .exit
    numbers: dd {", ".join(map(str, [*numbers, *numbers]))}
    .end:
    """)
    with boot(place, [program], "log=debug") as machine:
        machine.wait_for(r"process 1 .*: exited with status 0", LIMIT[place.emulator])
        log = machine.serial
    for number, name in missing.items():
        assert log.count(f"system call {number} ({name}): not implemented\n") == 1
    assert "system call 222 (unknown): not implemented\n" in log


# An interpreter that loads nothing: looks whether the auxiliary vector tells where it is itself (AT_BASE), writes what it was started
# for, and begins the program (AT_ENTRY).
INTERPRETER = """
        call .here
    .here:
        pop ebp
        sub ebp, .here              ; its base
        mov eax, [esp]
        lea esi, [esp + 4 * eax + 8]
    .environment:
        lodsd
        test eax, eax
        jnz .environment
    .next:
        lodsd
        mov edx, eax
        lodsd
        cmp edx, 7                  ; AT_BASE
        je .base
        cmp edx, 9                  ; AT_ENTRY
        cmove edi, eax
        test edx, edx
        jnz .next
        mov eax, 4                  ; write
        mov ebx, 1
        lea ecx, [ebp + .text]
        mov edx, .end - .text
        int SYSTEM_CALL_VECTOR
        jmp edi
    .base:
        cmp eax, ebp
        je .next
        ud2
    .text: db "interpreted: "
    .end:
"""


def interpreted_by(path: bytes, address=0, **others) -> bytes:
    """A program that ends with status 7."""
    return Elf([Segment(type=3, contents=path), Segment(address)], entry=address, **others).bytes()


@pytest.mark.parametrize("place", (QEMU_KERNEL, BOCHS_ISO), ids=str)
def test_another_program_loads_a_program(place, tmp_path):
    code = assembled(tmp_path, INTERPRETER).read_bytes()
    good, movable = b"/lib/interpreter\0", {"type": 3}
    files = {
        "lib/interpreter": Elf([Segment(0, code)], entry=0, **movable).bytes(),
        "lib/large": Elf([Segment(0, code, memory_size=0x400001)], entry=0, **movable).bytes(),
        "lib/misplaced": Elf([Segment(0x56555000, code)], entry=0x56555000).bytes(),
        "bin/movable": interpreted_by(good, **movable),
        "bin/fixed": interpreted_by(good, 0x08048000),
        "bin/alone": Elf([Segment(0)], entry=0, **movable).bytes(),
        "bin/without": interpreted_by(b"/lib/nowhere\0", **movable),
        "bin/too-low": interpreted_by(good, 0x00400000),
        "bin/too-long": interpreted_by(b"/" * 128 + b"\0", **movable),
        "bin/too-large": interpreted_by(b"/lib/large\0", **movable),
        "bin/overlapped": interpreted_by(b"/lib/misplaced\0", **movable),
        "bin/no-program": interpreted_by(b"/etc/motd\0", **movable),
    }
    # The shell takes no file with a NUL in its first line for a script, if execve refuses it with ENOEXEC.
    statuses = {"movable": 7, "fixed": 7, "alone": 7, "without": 127, "too-low": 126, "too-long": 126, "too-large": 126,
                "overlapped": 126, "no-program": 126}  # fmt: skip
    rc = "".join(f"/bin/{name}\necho {name}: $?\n" for name in statuses) + "dmesg\necho all\n"
    archive = initrd(tmp_path / "initrd.tar", rc.encode(), ["lib"], files)
    with boot(place, [(program("init.bin"), "init"), (archive, "initrd.tar")]) as machine:
        machine.wait_for("^all", LIMIT[place.emulator])
        said = machine.serial
    for name, status in statuses.items():
        assert f"{name}: {status}\n" in said, said
    assert said.count("interpreted: ") == 2
    assert "program /lib/large: reaches to 0x" in said
