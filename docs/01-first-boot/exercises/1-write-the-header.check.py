"""The header lies in memory, and asks for what this kernel wants."""
import struct

from course.checks import need

MAGIC, FLAGS = 0x1BADB002, 3


def check_header(boot):
    words = struct.unpack("<2048I", boot.physical(boot.layout.KERNEL_LOAD, 8192))
    found = [words[place + 1] for place in range(2046)
             if words[place] == MAGIC and sum(words[place : place + 3]) % (1 << 32) == 0]
    need(bool(found), "header: not in memory", "the Multiboot header in the kernel's first 8 KiB of memory",
         "it is in the file, but was not loaded")
    need(found[0] == FLAGS, "header: flags", "bits 0 and 1 set in the header's flags, and no other",
         f"the flags are {found[0]:#x}")
