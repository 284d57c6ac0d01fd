"""What gdt_load has left, called twice: from the boot loader's segments, and from those of a table in another order."""

import re

from course.checks import need


def check_what_is_left_behind(boot):
    for line in re.findall(r"^call (.*)$", boot.serial, re.MULTILINE):
        said = {name: int(value, 16) for name, value in re.findall(r"(\w+) ([0-9a-f]+)", line)}
        need(said["base"] == said["table"], "gdtr: base", f"GDTR to hold the table's address, {said['table']:#x}",
             f"it holds {said['base']:#x}")
        need(said["limit"] == 0x2F, "gdtr: limit", "GDTR to hold the limit 0x2f", f"it holds {said['limit']:#x}")
        for name in ("cs", "ds", "es", "fs", "gs", "ss"):
            want = boot.layout.KERNEL_CODE if name == "cs" else boot.layout.KERNEL_DATA
            need(said[name] == want, f"segments: {name}", f"{name} = {want:#x}", f"it is {said[name]:#x}")
        for name, want in zip(("ebx", "esi", "edi", "ebp"), boot.numbers[1:5]):
            need(said[name] == want, f"registers: {name}", f"{name} to be as it was before the call", "it is not")
        lost = said["lost"] - (said["lost"] >> 31 << 32)  # a number with a sign
        need(lost == 0, "registers: esp", "esp to be as it was before the call",
             f"{lost} bytes lie on the stack" if lost > 0 else f"{-lost} bytes too many were taken off")
        need(said["flags"] & 0x600 == 0, "registers: flags", "IF and DF to be 0, as they were before the call", "they are not")
    calls = re.findall(r"^call ", boot.serial, re.MULTILINE)
    need(len(calls) == 2, "segments: not called", "two calls", f"{len(calls)} came to their end")
