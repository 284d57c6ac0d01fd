# What exercise 9.5 asks for: no frame of the first MiB and none of the kernel's is the allocator's, or holds its table.
import struct

from course.checks import need, symbol

FRAME, LOW_MEMORY = 4096, 0x100000


def check_reserved(boot):
    table = struct.unpack("<I", boot.virtual(symbol(boot, "kernel::frames::table"), 4))[0]
    end = symbol(boot, "kernel_physical_end")
    entries = struct.unpack(f"<{end // FRAME}I", boot.virtual(table, end // FRAME * 4))
    taken = [number * FRAME for number, entry in enumerate(entries) if entry != 0] + [table - boot.layout.KERNEL_BASE]
    whose = "low memory" if min(taken) < LOW_MEMORY else "the kernel"
    need(min(taken) >= end, f"frames: {whose}", f"the allocator to leave alone what lies below {end:#010x}",
         f"it has taken what lies at {min(taken):#010x}")
