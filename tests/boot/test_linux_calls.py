"""Numbers of system calls that are Linux's but not this kernel's: ENOSYS, and a line in the log with the name, once."""

from boots import BOCHS_ISO, LIMIT, QEMU_KERNEL, assembled, boot
from course import reference
import pytest


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
