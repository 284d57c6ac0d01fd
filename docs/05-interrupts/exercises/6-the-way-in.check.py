"""The flags that the kernel has while a program waits that came with AC and DF set: QEMU logs them at each tick."""

import re

from course.checks import need


def check_the_kernels_flags(boot):
    if boot.tier != "direct":
        return
    seen = re.findall(r"v=20 e=0000 i=0 cpl=0 .*?EFL=([0-9a-f]+)", boot.machine.log_text, re.DOTALL)
    need(len(seen) >= 10, "flags: no tick", "ticks to come while a program waits", f"{len(seen)} came")
    for bit, name in ((18, "AC"), (10, "DF")):
        need(not any(int(flags, 16) >> bit & 1 for flags in seen), f"flags: {name}",
             f"EFLAGS.{name} = 0 in the kernel, whatever the program has set", "it is 1 there")
