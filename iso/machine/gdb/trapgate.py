"""gdb commands that show the processor's tables as Trapgate has set them up: pagewalk, gdt, idt, process.

They ask the running machine (QEMU's monitor for control registers and physical memory, the kernel's symbols for its
own data) and hold no copy of the kernel's addresses. Loaded by start.gdb.
"""

import re
import socket

import gdb

SYSTEM_SEGMENTS = {1: "16-bit TSS, available", 2: "LDT", 3: "16-bit TSS, busy", 9: "TSS, available", 11: "TSS, busy"}
GATES = {5: "task gate", 6: "16-bit interrupt gate", 7: "16-bit trap gate", 14: "interrupt gate", 15: "trap gate"}
MACHINE_IS_GONE = "no running machine: start with `make debug`"


def monitor(command):
    """The answer of QEMU's monitor."""
    try:
        return gdb.execute("monitor " + command, to_string=True)
    except gdb.error as error:
        raise gdb.GdbError(f"{MACHINE_IS_GONE} ({error})")


def control_register(number):
    found = re.search(rf"\bCR{number}=([0-9a-f]+)", monitor("info registers"))
    if not found:
        raise gdb.GdbError(MACHINE_IS_GONE)
    return int(found[1], 16)


def table_register(name):
    """Base and limit of GDT or IDT."""
    found = re.search(rf"^{name}= *([0-9a-f]+) ([0-9a-f]+)", monitor("info registers"), re.MULTILINE)
    if not found:
        raise gdb.GdbError(MACHINE_IS_GONE)
    return int(found[1], 16), int(found[2], 16)


def physical_word(address):
    """The doubleword at a physical address."""
    answer = monitor(f"xp /1xw {address:#x}")
    found = re.search(r": (0x[0-9a-f]+)", answer)
    if not found:
        raise gdb.GdbError(f"physical address {address:#010x} can't be read: {answer.strip()}")
    return int(found[1], 16)


def virtual_words(address, count):
    """`count` doublewords as the processor sees them now."""
    try:
        data = gdb.selected_inferior().read_memory(address, 4 * count).tobytes()
    except gdb.MemoryError:
        raise gdb.GdbError(f"nothing is mapped at {address:#010x}; `pagewalk {address:#x}` says why")
    return [int.from_bytes(data[i : i + 4], "little") for i in range(0, len(data), 4)]


def symbol_at(address):
    """`name + offset` of the function or object at `address`, or nothing."""
    answer = gdb.execute(f"info symbol {address:#x}", to_string=True)
    return "" if answer.startswith("No symbol") else answer.split(" in section ")[0].strip()


class PageWalk(gdb.Command):
    """Shows how the processor translates an address: CR3, directory entry, table entry, physical address.
    pagewalk ADDRESS        an expression: pagewalk $esp, pagewalk &kernel_end
    Intel SDM Vol. 3A, 4.3 32-Bit Paging."""

    def __init__(self):
        super().__init__("pagewalk", gdb.COMMAND_DATA, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        if not argument:
            raise gdb.GdbError("pagewalk needs an address: pagewalk $eip")
        address = int(gdb.parse_and_eval(f"(unsigned int)({argument})")) & 0xFFFFFFFF
        cr0, cr4 = control_register(0), control_register(4)
        if not cr0 >> 31 & 1:
            print(f"CR0.PG is 0, paging is off: {address:#010x} is the physical address too")
            return
        directory = control_register(3) & 0xFFFFF000
        index = address >> 22
        place = directory + 4 * index
        entry = physical_word(place)
        print(f"CR3            {directory:#010x}: physical address of the page directory")
        print(f"PDE {index:4}  at {place:#010x}: {entry:#010x} {self.words(entry)}")
        if not entry & 1:
            print(f"{address:#010x} is not mapped: its directory entry is not present")
            return
        rights = entry
        if entry & 0x80 and cr4 & 0x10:  # PS counts only with CR4.PSE set
            # Bits 20-13 of the entry are bits 39-32 of the physical address (PSE-36); 0 on Trapgate.
            physical = (entry & 0x1FE000) << 19 | (entry & 0xFFC00000) | (address & 0x3FFFFF)
            print(f"               a page of 4 MiB at physical {physical & ~0x3FFFFF:#010x}, no table")
        else:
            index = address >> 12 & 0x3FF
            place = (entry & 0xFFFFF000) + 4 * index
            entry = physical_word(place)
            print(f"PTE {index:4}  at {place:#010x}: {entry:#010x} {self.words(entry & ~0x80)}")
            if not entry & 1:
                print(f"{address:#010x} is not mapped: its table entry is not present")
                return
            rights &= entry
            physical = (entry & 0xFFFFF000) | (address & 0xFFF)
        print(f"{address:#010x} is physical {physical:#010x}: {self.allowed(rights, cr0)}")

    @staticmethod
    def words(entry):
        if not entry & 1:
            return "not present"
        words = ["present", "writable" if entry & 2 else "read-only", "user" if entry & 4 else "kernel only"]
        names = {3: "write-through", 4: "not cached", 5: "accessed", 6: "dirty", 7: "large page", 8: "global"}
        return ", ".join(words + [name for bit, name in names.items() if entry >> bit & 1])

    @staticmethod
    def allowed(rights, cr0):
        """What both levels together allow: each right needs its bit in every entry on the way."""
        user = "no access" if not rights & 4 else "read and write" if rights & 2 else "read only"
        kernel = "read and write" if rights & 2 or not cr0 >> 16 & 1 else "read only (CR0.WP is set)"
        return f"programs {user}, the kernel {kernel}"


class Gdt(gdb.Command):
    """Shows the segment descriptors of the GDT, and of the TSS what the processor takes at an interrupt.
    gdt
    Intel SDM Vol. 3A, 3.4.5 Segment Descriptors."""

    def __init__(self):
        super().__init__("gdt", gdb.COMMAND_DATA, gdb.COMPLETE_NONE)

    def invoke(self, argument, from_tty):
        base, limit = table_register("GDT")
        print(f"GDT at {base:#010x}, limit {limit:#x}: {(limit + 1) // 8} descriptors")
        words = virtual_words(base, (limit + 1) // 8 * 2)
        for selector in range(0, len(words) * 4, 8):
            low, high = words[selector // 4], words[selector // 4 + 1]
            print(f"  {selector:#06x}  {high:08x} {low:08x}  {self.describe(low, high)}")

    @staticmethod
    def describe(low, high):
        if not low and not high:
            return "null"
        base = high & 0xFF000000 | (high & 0xFF) << 16 | low >> 16
        limit = high & 0xF0000 | low & 0xFFFF
        if high >> 23 & 1:  # G: the limit counts pages
            limit = limit << 12 | 0xFFF
        kind = high >> 8 & 0xF
        text = f"base {base:#010x} limit {limit:#x} privilege {high >> 13 & 3}: "
        if not high >> 15 & 1:
            text += "not present, "
        if high >> 12 & 1:  # S: code or data
            size = "32-bit" if high >> 22 & 1 else "16-bit"
            if kind & 8:
                return text + f"{size} code" + (", readable" if kind & 2 else "") + (", conforming" if kind & 4 else "")
            return text + f"{size} data" + (", writable" if kind & 2 else "") + (", expands down" if kind & 4 else "")
        text += SYSTEM_SEGMENTS.get(kind, GATES.get(kind, f"system segment of reserved type {kind}"))
        if kind in (9, 11):
            esp0, ss0 = virtual_words(base + 4, 2)
            text += f"; an interrupt from privilege 3 takes ss0:esp0 = {ss0 & 0xFFFF:#x}:{esp0:#010x}"
        return text


class Idt(gdb.Command):
    """Shows the gates of the IDT: where each leads, who may use it, which function of the kernel handles it.
    idt             the gates that have a handler, and a count of the others
    idt VECTOR      one gate
    Intel SDM Vol. 3A, 6.11 IDT Descriptors."""

    def __init__(self):
        super().__init__("idt", gdb.COMMAND_DATA, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        base, limit = table_register("IDT")
        count = (limit + 1) // 8
        words = virtual_words(base, 2 * count)
        if argument:
            vector = int(gdb.parse_and_eval(argument))
            if not 0 <= vector < count:
                raise gdb.GdbError(f"the IDT has {count} gates: 0 to {count - 1}")
            print(self.describe(vector, words[2 * vector], words[2 * vector + 1], self.handlers()))
            return
        print(f"IDT at {base:#010x}, limit {limit:#x}: {count} gates")
        handlers = self.handlers()
        plain = 0
        for vector in range(count):
            if handlers and handlers[vector].endswith("::ignore"):
                plain += 1
            else:
                print(self.describe(vector, words[2 * vector], words[2 * vector + 1], handlers))
        if plain:
            print(f"  and {plain} gates whose interrupts are ignored")

    @staticmethod
    def handlers():
        """The names of the functions that interrupts::set_handler was given; nothing without the kernel's symbols."""
        try:
            table = gdb.parse_and_eval("interrupt_handlers")
        except gdb.error:
            return []
        low, high = table.type.range()
        names = [symbol_at(int(table[i])) for i in range(low, high + 1)]
        return [re.sub(r"\([^()]*\)$", "", name) for name in names]  # without the parameters, all the same

    @staticmethod
    def describe(vector, low, high, handlers):
        start = f"  {vector:#04x} {vector:3}  "
        if not high >> 15 & 1:
            return start + "not present"
        kind = GATES.get(high >> 8 & 0x1F, f"reserved type {high >> 8 & 0x1F}")
        offset = high & 0xFFFF0000 | low & 0xFFFF
        entry = symbol_at(offset)
        text = f"{start}{low >> 16:#04x}:{offset:#010x} privilege {high >> 13 & 3} {kind}"
        if entry:
            text += f" <{entry}>"
        if vector < len(handlers) and handlers[vector]:
            text += f" -> {handlers[vector]}"
        return text


class CurrentProcess(gdb.Command):
    """Shows the process that has the processor: its name, memory, kernel stack, and where it left privilege level 3.
    process"""

    def __init__(self):
        super().__init__("process", gdb.COMMAND_STATUS, gdb.COMPLETE_NONE)

    def invoke(self, argument, from_tty):
        try:
            pointer = gdb.parse_and_eval("'kernel::scheduler::running'")
            address = int(pointer)
        except gdb.MemoryError:
            raise gdb.GdbError("no process: the kernel does not run yet, its addresses are not mapped")
        except gdb.error as error:
            raise gdb.GdbError(f"the kernel's symbols are not loaded ({error})")
        if address == 0:
            print("no process: the kernel runs for itself")
            return
        process = pointer.cast(gdb.lookup_type("kernel::Process").pointer()).dereference()
        name = process["name_"].string(length=int(process["name_length_"]))
        stack_end = int(process["stack_"]["end_"]["value_"])
        directory = int(process["space_"]["directory_"]["frame_"]["value_"])
        print(f"process {int(process['id_'])} ({name}), kernel object at {address:#010x}")
        print(f"  page directory  {directory:#010x} (CR3 is {control_register(3):#010x})")
        print(f"  program break   {int(process['break_']['value_']):#010x}")
        print(f"  kernel stack    ends at {stack_end:#010x}")
        if int(gdb.parse_and_eval("$cs")) & 3 == 3:  # the privilege level is in cs' low bits
            place = self.place("$eip", "$esp")
            print(f"  in user mode    at {place}")
        else:
            # An interrupt from privilege level 3 finds the kernel stack empty, so its frame ends where the stack does.
            frame = f"((kernel::interrupts::Frame *){stack_end:#x} - 1)"
            vector = int(gdb.parse_and_eval(f"{frame}->vector"))
            place = self.place(f"{frame}->eip", f"{frame}->user_esp")
            print(f"  left user mode  at {place}, by vector {vector:#x}")

    @staticmethod
    def place(eip, esp):
        """Where a program is, in words."""
        eip, esp = (int(gdb.parse_and_eval(f"(unsigned int)({register})")) for register in (eip, esp))
        symbol = symbol_at(eip)
        return f"{eip:#010x}" + (f" <{symbol}>" if symbol else "") + f", esp {esp:#010x}"


class SerialLine(gdb.Command):
    """Says where the other end of the machine's serial line is: a socket that QEMU listens at. `make debug` does that.
    serial-line PATH"""

    path = None
    connection = None  # from the first use on: QEMU reads on when the machine runs

    def __init__(self):
        super().__init__("serial-line", gdb.COMMAND_SUPPORT, gdb.COMPLETE_FILENAME)

    def invoke(self, argument, from_tty):
        SerialLine.path, SerialLine.connection = argument, None

    @classmethod
    def send(cls, data):
        if cls.path is None:
            raise gdb.GdbError(MACHINE_IS_GONE)
        try:
            if cls.connection is None:
                cls.connection = socket.socket(socket.AF_UNIX)
                cls.connection.connect(cls.path)
            cls.connection.sendall(data)
        except OSError as error:
            cls.connection = None
            raise gdb.GdbError(f"{MACHINE_IS_GONE} ({error})")


class Type(gdb.Command):
    r"""Types a line at the other end of the serial line; the machine takes it when it runs on.
    type TEXT
    Escapes are those of C. Enter follows, unless the text ends in a control character: `type \x04` is the end of input."""

    def __init__(self):
        super().__init__("type", gdb.COMMAND_SUPPORT, gdb.COMPLETE_NONE)

    def invoke(self, argument, from_tty):
        data = argument.encode().decode("unicode_escape").encode("latin-1")
        SerialLine.send(data if data and data[-1] < ord(" ") else data + b"\r")


for command in (PageWalk, Gdt, Idt, CurrentProcess, SerialLine, Type):
    command()
print("Commands of Trapgate: pagewalk ADDRESS, gdt, idt [VECTOR], process, type TEXT; `help pagewalk` and so on say more.")
