"""Every number from the end of the table on came to `refuse_unknown`, which logs it; and interrupts stay off."""

import re
import subprocess

from course.checks import need
from machine.confine import confined
from machine.symbols import CROSS


def check_that_interrupts_stay_off(boot):
    file = boot.tree / "build/kernel/syscall/system_call.cpp.o"
    code = subprocess.run(confined([f"{CROSS}objdump", "-d", file], [file]),
                          stdout=subprocess.PIPE, text=True, check=True, timeout=60).stdout
    functions = re.findall(r"^[0-9a-f]+ <\w*(?:6handle|5enter)E\w*>:\n((?:.+\n)+)", code, re.MULTILINE)
    found = re.search(r"\t(sti|popf\w?|iret\w?)\b", "".join(functions))  # the one may be a part of the other
    need(bool(functions) and found is None, "interrupts: turned on", "`handle` to leave interrupts off",
         f"there is the instruction {found[1]} in it" if found else "there is no such function")


def check_the_end_of_the_table(boot):
    text = (boot.tree / "kernel/abi/system_calls.def").read_text(encoding="utf-8")
    end = max(int(number) for number in re.findall(r"^SYSTEM_CALL\((\d+)", text, re.MULTILINE)) + 1
    need(f"system call {end} (" in boot.serial, "table: its end",
         f"the first number after the table, {end}, to come to `refuse_unknown`", "it did not")
