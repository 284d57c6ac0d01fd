"""The GDT in use, the segment registers and the caller's registers, as the main function printed them."""

import re

from course.checks import need, symbol


def check_what_is_left_behind(boot):
    said = dict(re.findall(r"(\w+) (0x[0-9a-f]+|\d+)", boot.serial))
    table = symbol(boot, "kernel::gdt::table")
    need(int(said["base"], 16) == table, "gdtr: base", f"GDTR to hold the table's address, {table:#x}", f"it holds {said['base']}")
    need(said["limit"] == "0x2f", "gdtr: limit", "GDTR to hold the limit 0x2f", f"it holds {said['limit']}")
    for name in ("cs", "ds", "es", "fs", "gs", "ss"):
        want = boot.layout.KERNEL_CODE if name == "cs" else boot.layout.KERNEL_DATA
        need(int(said[name], 16) == want, f"segments: {name}", f"{name} = {want:#x}", f"it is {said[name]}")
    for name, want in zip(("ebx", "esi", "edi"), boot.numbers[1:4]):
        need(int(said[name]) == want, f"registers: {name}", f"{name} to be as it was before the call", "it is not")
