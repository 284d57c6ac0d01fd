"""gdb commands for a machine that can go backwards: who-wrote, $pte(), $pde() and $count(). Loaded by iso/machine/rewind.py,
after trapgate.py, whose functions it uses; $recording_end is then the number of the recording's last instruction."""

import re

import gdb
from machine.symbols import layout

END = int(gdb.parse_and_eval("$recording_end"))
MOVES = ("continue", "step", "stepi", "next", "nexti", "finish", "until", "advance")


def instruction_number():
    """How many instructions of the run have been executed at the place where the machine stands."""
    answer = gdb.execute("monitor info replay", to_string=True)
    return int(re.search(r"instruction count = (\d+)", answer)[1])


def word_at(address):
    return int.from_bytes(gdb.selected_inferior().read_memory(address, 4).tobytes(), "little")


class Guard(gdb.Command):
    """Keeps the machine inside the recording: past its end QEMU shuts the machine down, and nothing brings it back.
    QEMU's own stop at an instruction's number does it. It knows only one, which it needs itself to go backwards."""

    def __init__(self):
        super().__init__("recording-guard", gdb.COMMAND_SUPPORT)

    def invoke(self, argument, from_tty):
        gdb.execute("monitor replay_delete_break", to_string=True)
        # reverse-continue is `continue` with the direction reversed, and so are the others.
        if "Forward" in gdb.execute("show exec-direction", to_string=True):
            if instruction_number() >= END:
                raise gdb.GdbError("this is the end of the recording: from here it goes only backwards")
            gdb.execute(f"monitor replay_break {END}", to_string=True)


class EntryAddress(gdb.Function):
    """Where the kernel sees the page directory's or table's entry that translates an address."""

    def __init__(self, name):
        super().__init__(name)
        self.of_table = name == "pte"

    def invoke(self, address):
        way = processor().walk(int(address))
        if not way.entries:
            raise gdb.GdbError(f"no page directory translates {way.address:#010x}: paging is off")
        if self.of_table and len(way.entries) == 1:
            raise gdb.GdbError(f"{way.address:#010x} has no page table; its directory entry is at $pde({way.address:#x})")
        return layout().KERNEL_BASE + way.entries[self.of_table].address  # where all physical memory is mapped


class CountAddress(gdb.Function):
    """Where the frame allocator counts the users of the frame that an address is translated to."""

    def __init__(self):
        super().__init__("count")

    def invoke(self, address):
        way = processor().walk(int(address))
        if way.physical is None:
            raise gdb.GdbError(f"{way.address:#010x} is not mapped: {way.reason}")
        return int(gdb.parse_and_eval(f"&{FRAME_TABLE}[{way.physical // PAGE}]"))


class WhoWrote(gdb.Command):
    """Goes back to the instruction that last wrote to an address, and stops before it.
    who-wrote ADDRESS       an expression: who-wrote &'kernel::scheduler::running', who-wrote $pte(0xbffff000)
    Only writes through this virtual address count: the kernel sees all physical memory from 0xC0000000 on."""

    def __init__(self):
        super().__init__("who-wrote", gdb.COMMAND_RUNNING, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        if not argument:
            raise gdb.GdbError("who-wrote needs an address: who-wrote $pte($eip)")
        address = argument_of(argument)
        others = [one for one in gdb.breakpoints() if one.enabled]
        for one in others:
            one.enabled = False
        watch = gdb.Breakpoint(f"*(unsigned int *){address:#x}", gdb.BP_WATCHPOINT, gdb.WP_WRITE, internal=True)
        try:
            gdb.execute("reverse-continue", to_string=True)  # stops after the instruction that writes
        finally:
            watch.delete()
            for one in others:
                one.enabled = True
        if instruction_number() == 0:
            print(f"nothing has written to {address:#010x} since power-on: this is the beginning of the recording")
            return
        after = word_at(address)
        gdb.execute("reverse-stepi", to_string=True)
        before = word_at(address)
        number = instruction_number()
        print(f"instruction {number} of {END} changes {address:#010x} from {before:#010x} to {after:#010x}:")
        gdb.execute("x/i $eip")
        gdb.execute("backtrace 5")


for command in (Guard, WhoWrote):
    command()
for name in MOVES:
    gdb.execute(f"define hook-{name}\nrecording-guard\nend")
for name in ("pte", "pde"):
    EntryAddress(name)
CountAddress()
print(f"This is the end of the recording, after {END} instructions. Time goes backwards with reverse-stepi (one")
print("instruction), reverse-step (one line), and reverse-continue (to the last breakpoint or watchpoint).")
print("who-wrote ADDRESS goes back to the last write there: who-wrote $pte($eip) for the page-table entry.")
