"""The kernel's flags while a program sleeps that came with AC set: QEMU logs them at each tick."""

import re

from course.checks import need


def check_the_kernels_flags(boot):
    if boot.tier != "direct":
        return
    seen = re.findall(r"v=20 e=0000 i=0 cpl=0 .*?EFL=([0-9a-f]+)", boot.machine.log_text, re.DOTALL)
    need(len(seen) >= 10, "flags: no tick", "ticks to come while a program sleeps", f"{len(seen)} came")
    need(not any(int(flags, 16) >> 18 & 1 for flags in seen), "flags: AC",
         "EFLAGS.AC = 0 in the kernel, whatever the program has set", "it is 1 there")
