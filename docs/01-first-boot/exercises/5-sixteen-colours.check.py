"""The cells of the last row, those beside it, and what the loader has said."""

import re

from course.checks import need

BESIDE = 8


def check_the_row(boot):
    cells = [int(cell, 16) for cell in re.findall(r"^cell \d+ ([0-9a-f]{4})", boot.serial, re.MULTILINE)]
    row = cells[BESIDE:-BESIDE]
    need(len(row) == 80, "cells: not called", "the grader's kernel to read 80 cells", f"it read {len(row)}")
    need(0xDB not in [cell & 0xFF for cell in cells[:BESIDE] + cells[-BESIDE:]], "cells: outside",
         "no block outside of the last row", "there is one just before or after it")
    need(any(cell & 0xFF == 0xDB for cell in row), "cells: none", "blocks in the last row", f"its first cell is {row[0]:#06x}")
    need("blocks above 0" in boot.serial, "cells: outside", "no block outside of the last row", "there is one further up")
    # When QEMU starts the kernel itself, the BIOS has left two lines of text. GRUB clears the screen.
    text = re.search(r"^text above (\d+)", boot.serial, re.MULTILINE)
    left = boot.tier != "direct" or bool(text and 0 < int(text[1]) < 24 * 80)
    need(left, "cells: cleared", "what the BIOS has written further up to be there still", "it is not")
    for column, cell in enumerate(row):
        wanted = column // 5 << 8 | 0xDB
        need(cell == wanted, "cells: other", f"{wanted:#06x} in column {column}", f"it is {cell:#06x}")


def check_what_the_loader_said(boot):
    need("information right" in boot.serial, "information: wrong", "the kernel to get the address of the loader's information",
         "there is none at the address that it got")
