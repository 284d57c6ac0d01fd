"""gdb commands that show the processor's tables as Trapgate has set them up, and what the kernel has of its processes.

They ask the running machine (QEMU's monitor for its registers and physical memory, the kernel's symbols for its own data),
have the tables decoded by machine.processor, and hold no copy of the kernel's addresses. Loaded by start.gdb.
"""

import os
import re

import gdb
from machine.diagnosis.events import registers_in
from machine.processor import PAGE, TSS_TYPES, NotMapped, Processor
from machine.symbols import layout

FRAME_TABLE = "'kernel::frames::(anonymous namespace)::table'"
MACHINE_IS_GONE = "no running machine: start with `make debug`"


def monitor(command):
    """The answer of QEMU's monitor."""
    try:
        return gdb.execute("monitor " + command, to_string=True)
    except gdb.error as error:
        raise gdb.GdbError(f"{MACHINE_IS_GONE} ({error})")


def read_physical(address, size):
    """Whole doublewords of physical memory."""
    answer = monitor(f"xp /{size // 4}xw {address:#x}")
    words = re.findall(r"\b0x([0-9a-f]{8})\b", answer)
    if len(words) != size // 4:
        raise gdb.GdbError(f"physical address {address:#010x} can't be read: {answer.strip()}")
    return b"".join(int(word, 16).to_bytes(4, "little") for word in words)


def processor():
    """The machine's registers and memory, as they are now."""
    registers = registers_in(monitor("info registers"))
    if not hasattr(registers, "cr3"):
        raise gdb.GdbError(MACHINE_IS_GONE)
    return Processor(registers, read_physical)


def table(read):
    """What a method of Processor reads from the processor's tables."""
    try:
        return read()
    except NotMapped as error:
        address = error.walk.address
        raise gdb.GdbError(f"nothing is mapped at {address:#010x}; `pagewalk {address:#x}` says why")


def argument_of(text):
    """The number that an expression is."""
    return int(gdb.parse_and_eval(f"(unsigned int)({text})")) & 0xFFFFFFFF


def symbol_at(address):
    """`name + offset` of the function or object at `address`, or nothing."""
    answer = gdb.execute(f"info symbol {address:#x}", to_string=True)
    return "" if answer.startswith("No symbol") else answer.split(" in section ")[0].strip()


def symbol_in_program(address, program):
    """The same in a program: nothing if the only symbols that gdb has for the address are another program's."""
    for line in gdb.execute(f"info symbol {address:#x}", to_string=True).splitlines():
        symbol, _, file = line.partition(" in section ")
        if bare_name(file.rpartition("/")[2]) == bare_name(program):
            return symbol
    return ""


def bare_name(program):
    """Of share-elf.elf, for example, which chapter 17 starts by the name of share."""
    return re.sub(r"(?:-elf)?(?:\.elf|\.bin|\.flat)?$", "", program)


def users_of(physical):
    """How many users the frame of a physical address has, by the frame allocator's table; 0 if it is free, or not the allocator's."""
    try:
        entry = int(gdb.parse_and_eval(FRAME_TABLE)[physical // PAGE])
    except gdb.error:
        return 0
    return entry if entry < 1 << 31 else 0


class PageWalk(gdb.Command):
    """Shows how the processor translates an address: CR3, directory entry, table entry, physical address, and how many
    users a program's frame has if it is shared.
    pagewalk ADDRESS        an expression: pagewalk $esp, pagewalk &kernel_end
    Intel SDM Vol. 3A, 4.3 32-Bit Paging."""

    def __init__(self):
        super().__init__("pagewalk", gdb.COMMAND_DATA, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        if not argument:
            raise gdb.GdbError("pagewalk needs an address: pagewalk $eip")
        machine = processor()
        way = machine.walk(argument_of(argument))
        if not machine.registers.cr0 >> 31:
            print(f"CR0.PG is 0, paging is off: {way.address:#010x} is the physical address too")
            return
        print(f"CR3            {machine.registers.cr3 & ~0xFFF:#010x}: physical address of the page directory")
        for entry in way.entries:
            name = "PDE" if entry.level == "directory" else "PTE"
            print(f"{name} {entry.number:4}  at {entry.address:#010x}: {entry.raw:#010x} {entry.words}")
        if way.physical is None:
            print(f"{way.address:#010x} is not mapped: {way.reason.replace('the ', 'its ', 1)}")
            return
        if len(way.entries) == 1:
            print(f"               a page of 4 MiB at physical {way.physical & ~0x3FFFFF:#010x}, no table")
        print(f"{way.address:#010x} is physical {way.physical:#010x}: {self.allowed(way, machine.registers.cr0)}")
        users = users_of(way.physical) if way.user else 1
        if users > 1:
            print(f"               the frame has {users} users")

    @staticmethod
    def allowed(way, cr0):
        user = "no access" if not way.user else "read and write" if way.writable else "read only"
        kernel = "read and write" if way.writable or not cr0 >> 16 & 1 else "read only (CR0.WP is set)"
        return f"programs {user}, the kernel {kernel}"


class Gdt(gdb.Command):
    """Shows the segment descriptors of the GDT, and of the TSS what the processor takes at an interrupt.
    gdt
    Intel SDM Vol. 3A, 3.4.5 Segment Descriptors."""

    def __init__(self):
        super().__init__("gdt", gdb.COMMAND_DATA, gdb.COMPLETE_NONE)

    def invoke(self, argument, from_tty):
        machine = processor()
        descriptors = table(machine.descriptors)
        print(f"GDT at {machine.registers.gdt_base:#010x}, limit {machine.registers.gdt_limit:#x}: {len(descriptors)} descriptors")
        for index, one in enumerate(descriptors):
            print(f"  {8 * index:#06x}  {one.raw >> 32:08x} {one.raw & 0xFFFFFFFF:08x}  {self.describe(one, machine)}")

    @staticmethod
    def describe(one, machine):
        if not one.raw:
            return "null"
        text = f"base {one.base:#010x} limit {one.limit:#x} privilege {one.dpl}: " + ("" if one.present else "not present, ")
        if one.system:
            text += one.kind.removeprefix("32-bit ")
            if one.type in TSS_TYPES[2:]:
                machine.registers.tr_base = one.base
                tss = table(machine.tss)
                text += f"; an interrupt from privilege 3 takes ss0:esp0 = {tss.ss0:#x}:{tss.esp0:#010x}"
            return text
        size = "32-bit" if one.is_32_bit else "16-bit"
        if one.is_code:
            return text + f"{size} code" + (", readable" if one.readable else "") + (", conforming" if one.conforming else "")
        return text + f"{size} data" + (", writable" if one.writable else "") + (", expands down" if one.expands_down else "")


class Idt(gdb.Command):
    """Shows the gates of the IDT: where each leads, who may use it, which function of the kernel handles it.
    idt             the gates that have a handler, and a count of the others
    idt VECTOR      one gate
    Intel SDM Vol. 3A, 6.11 IDT Descriptors."""

    def __init__(self):
        super().__init__("idt", gdb.COMMAND_DATA, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        machine = processor()
        gates = table(machine.gates)
        handlers = self.handlers()
        if argument:
            vector = argument_of(argument)
            if vector >= len(gates):
                raise gdb.GdbError(f"the IDT has {len(gates)} gates: 0 to {len(gates) - 1}")
            print(self.describe(vector, gates[vector], handlers))
            return
        print(f"IDT at {machine.registers.idt_base:#010x}, limit {machine.registers.idt_limit:#x}: {len(gates)} gates")
        plain = [vector for vector in range(min(len(gates), len(handlers))) if handlers[vector].endswith("::ignore")]
        for vector in sorted(set(range(len(gates))) - set(plain)):
            print(self.describe(vector, gates[vector], handlers))
        if plain:
            print(f"  and {len(plain)} gates whose interrupts are ignored")

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
    def describe(vector, gate, handlers):
        start = f"  {vector:#04x} {vector:3}  "
        if not gate.present:
            return start + "not present"
        entry = symbol_at(gate.offset)
        text = f"{start}{gate.selector:#04x}:{gate.offset:#010x} privilege {gate.dpl} {gate.kind.removeprefix('32-bit ')}"
        if entry:
            text += f" <{entry}>"
        if vector < len(handlers) and handlers[vector]:
            text += f" -> {handlers[vector]}"
        return text


def kernel_value(name):
    """A variable of the kernel, once that runs."""
    try:
        value = gdb.parse_and_eval(f"'{name}'")
        value.fetch_lazy()
        return value
    except gdb.MemoryError:
        raise gdb.GdbError("no process: the kernel does not run yet, its addresses are not mapped")
    except gdb.error as error:
        raise gdb.GdbError(f"the kernel's symbols are not loaded ({error})")


def listed(ends, kind):
    """The elements of a kernel::List, whose own link is `ends`."""
    link = ends["next_"]
    while int(link) not in (0, int(ends.address)):
        yield link.cast(gdb.lookup_type(kind).pointer()).dereference()
        link = link["next_"]


def processes():
    """All of them, by their numbers."""
    lists = kernel_value("kernel::(anonymous namespace)::table")["_M_elems"]
    low, high = lists.type.strip_typedefs().range()
    found = [one for place in range(low, high + 1) for one in listed(lists[place]["ends_"], "kernel::Process")]
    return sorted(found, key=lambda process: int(process["id_"]))


def wanted_process(argument):
    """The one with that number; without a number the one that has the processor."""
    if not argument:
        running = kernel_value("kernel::scheduler::running")
        if int(running) == 0:
            raise gdb.GdbError("no process: the kernel runs for itself")
        return running.cast(gdb.lookup_type("kernel::Process").pointer()).dereference()
    for process in processes():
        if int(process["id_"]) == argument_of(argument):
            return process
    raise gdb.GdbError(f"there is no process {argument}; `processes` lists them")


def memory_owner(process):
    """Whose memory it uses: its own, or that of a parent which waits in vfork."""
    while int(process["lender_"]):
        process = process["lender_"].dereference()
    return process


def name_of(process):
    return process["name_"].string(length=int(process["name_length_"]))


def has_value(optional):
    return bool(optional["_M_payload"]["_M_engaged"])


def extension(process, layer, kind):
    """What a layer of the kernel keeps for the process, by the slot that it was given; nothing if this kernel is without it."""
    try:
        slot = int(kernel_value(f"kernel::{layer}::(anonymous namespace)::slot"))
        kind = gdb.lookup_type(f"kernel::{layer}::{kind}")
    except gdb.error:
        return None
    pointer = process["extensions_"]["_M_elems"][slot]
    return pointer.cast(kind.pointer()).dereference() if int(pointer) else None


class Processes(gdb.Command):
    """Lists all processes: number, parent, state, name. The one that has the processor is marked.
    processes"""

    def __init__(self):
        super().__init__("processes", gdb.COMMAND_STATUS, gdb.COMPLETE_NONE)

    def invoke(self, argument, from_tty):
        running = int(kernel_value("kernel::scheduler::running"))
        print("    PID PARENT STATE    NAME")
        for process in processes():
            family = extension(process, "family", "(anonymous namespace)::Family")
            parent = int(family["parent_"]["process_"].referenced_value()["id_"]) if family is not None and int(family["parent_"]) else 0
            mark = "*" if int(process.address) == running else " "
            print(f"{mark} {int(process['id_']):5} {parent:6} {self.state(process):8} {name_of(process)}")

    @staticmethod
    def state(process):
        signals = extension(process, "signals", "(anonymous namespace)::Signals")
        if has_value(process["ended_"]):
            return "ended"
        if signals is not None and signals["is_stopped_"]:
            return "stopped"
        return "asleep" if process["is_asleep"] else "ready"


class Files(gdb.Command):
    """Lists a process's open files by descriptor: how each was opened, its place, and the node that it is.
    files           of the process that has the processor
    files PID"""

    def __init__(self):
        super().__init__("files", gdb.COMMAND_STATUS, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        process = wanted_process(argument)
        files = extension(process, "files", "ProcessFiles")
        if files is None:
            raise gdb.GdbError("this kernel's processes have no files: they come in chapter 15")
        print(f"files of process {int(process['id_'])} ({name_of(process)})")
        descriptors = files["descriptors"]
        table = descriptors["files_"]["_M_elems"]
        low, high = table.type.strip_typedefs().range()
        for number in range(low, high + 1):
            pointer = table[number]["object_"]
            if int(pointer):
                print(f"  {number:3}  {self.describe(pointer.dereference(), self.has(descriptors['closed_by_exec_'], number))}")

    @staticmethod
    def has(bits, number):
        return bool(int(bits["_M_elems"][number // 32]) >> number % 32 & 1)

    @staticmethod
    def describe(file, closed_by_exec):
        node = file["node_"]["object_"].dereference()
        kind = str(node["kind_"]).rpartition("::")[2].lower()
        flags = int(file["flags_"])
        words = [("read", "write", "read and write")[flags & 3], f"place {int(file['place_'])}"]
        words += ["append"] * bool(flags & 0o2000) + ["no waiting"] * bool(flags & 0o4000) + ["closed by exec"] * closed_by_exec
        return f"{', '.join(words)}: {kind}, node {int(node['number_'])}, {int(file['users_'])} users of the open file"


class Regions(gdb.Command):
    """Lists the memory of a program: from where to where, what it may do there, how many of the pages have a frame.
    regions         of the process that has the processor
    regions PID
    Memory that is not promised came with the program's file, and has all its frames."""

    def __init__(self):
        super().__init__("regions", gdb.COMMAND_STATUS, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        process = wanted_process(argument)
        print(f"regions of process {int(process['id_'])} ({name_of(process)})")
        if has_value(process["ended_"]):
            return
        process = memory_owner(process)
        pages = dict(self.pages(int(process["space_"]["directory_"]["frame_"]["value_"])))
        lines = []
        for begin, end, access in self.promised(process):
            inside = [page for page in pages if begin <= page < end]
            lines.append((begin, end, access, f"promised, {len(inside)} of {(end - begin) // PAGE} pages have a frame"))
            for page in inside:
                del pages[page]
        lines += [(*run, "from the program's file") for run in self.runs(pages)]
        for begin, end, access, words in sorted(lines):
            print(f"  {begin:08x}-{end:08x}  {access:14}  {words}")

    @staticmethod
    def promised(process):
        kept = extension(process, "memory_on_demand", "(anonymous namespace)::ProcessRegions")
        if kept is None:
            return
        kind = gdb.lookup_type("kernel::Region").pointer()
        first = kept["regions"]["regions_"].address.cast(kind.pointer()).dereference()  # a unique_ptr is a pointer
        names = {"ReadOnly": "read", "Writable": "read and write", "None": "no access"}
        for index in range(int(kept["regions"]["count_"])):
            one = first[index]
            yield int(one["begin"]["value_"]), int(one["end"]["value_"]), names[str(one["access"]).rpartition("::")[2]]

    @staticmethod
    def pages(directory):
        """The pages that have a frame, by the process's page tables, and what the program may do there."""
        machine = processor()
        for entry in machine.entries("directory", directory, 0, layout().KERNEL_BASE >> 22):
            for page in machine.entries("table", entry.frame) if entry.present else ():
                if page.raw:
                    writable = page.writable or page.copy_on_write
                    yield entry.number << 22 | page.number << 12, "no access" if not page.present else "read and write" if writable else "read"

    @staticmethod
    def runs(pages):
        """Pages side by side that may be used in one way, as one."""
        found = []
        for page, access in pages.items():
            if found and found[-1][1:] == [page, access]:
                found[-1][1] += PAGE
            else:
                found.append([page, page + PAGE, access])
        return found


class CurrentProcess(gdb.Command):
    """Shows the process that has the processor: its name, memory, kernel stack, and where it left privilege level 3.
    process"""

    def __init__(self):
        super().__init__("process", gdb.COMMAND_STATUS, gdb.COMPLETE_NONE)

    def invoke(self, argument, from_tty):
        if int(kernel_value("kernel::scheduler::running")) == 0:
            print("no process: the kernel runs for itself")
            return
        process = wanted_process("")
        name, address = name_of(process), int(process.address)
        stack_end = int(process["stack_"]["end_"]["value_"])
        directory = int(memory_owner(process)["space_"]["directory_"]["frame_"]["value_"])
        print(f"process {int(process['id_'])} ({name}), kernel object at {address:#010x}")
        print(f"  page directory  {directory:#010x} (CR3 is {processor().registers.cr3:#010x})")
        print(f"  program break   {int(memory_owner(process)['break_']['value_']):#010x}")
        print(f"  kernel stack    ends at {stack_end:#010x}")
        if int(gdb.parse_and_eval("$cs")) & 3 == 3:  # the privilege level is in cs' low bits
            place = self.place(name, "$eip", "$esp")
            print(f"  in user mode    at {place}")
        else:
            # An interrupt from privilege level 3 finds the kernel stack empty, so its frame ends where the stack does.
            # Not as an expression: where the machine is in assembly, gdb does not know C++'s names.
            kind = gdb.lookup_type("kernel::interrupts::Frame").pointer()
            frame = (gdb.Value(stack_end).cast(kind) - 1).dereference()
            place = self.place(name, int(frame["eip"]), int(frame["user_esp"]))
            print(f"  left user mode  at {place}, by vector {int(frame['vector']):#x}")

    @staticmethod
    def place(program, eip, esp):
        """Where a program is, in words."""
        eip, esp = (argument_of(register) for register in (eip, esp))
        symbol = symbol_in_program(eip, program)
        return f"{eip:#010x}" + (f" <{symbol}>" if symbol else "") + f", esp {esp:#010x}"


class SerialLine(gdb.Command):
    """Says where the other end of the machine's serial line is: a pipe with a name that QEMU reads. `make debug` does that.
    serial-line PATH"""

    path = None

    def __init__(self):
        super().__init__("serial-line", gdb.COMMAND_SUPPORT, gdb.COMPLETE_FILENAME)

    def invoke(self, argument, from_tty):
        SerialLine.path = argument

    @classmethod
    def send(cls, data):
        """QEMU reads it when the machine runs. A pipe that no QEMU reads, or one that is full, is an error and not a wait."""
        if cls.path is None:
            raise gdb.GdbError(MACHINE_IS_GONE)
        try:
            pipe = os.open(cls.path, os.O_WRONLY | os.O_NONBLOCK)
            try:
                os.write(pipe, data)
            finally:
                os.close(pipe)
        except OSError as error:
            raise gdb.GdbError(f"{MACHINE_IS_GONE} ({error})")


class Type(gdb.Command):
    r"""Types a line at the other end of the serial line; the machine takes it when it runs on.
    type TEXT
    Escapes are those of C. Enter follows, unless the text ends in a control character: `type \x04` is the end of input."""

    def __init__(self):
        super().__init__("type", gdb.COMMAND_SUPPORT, gdb.COMPLETE_NONE)

    def invoke(self, argument, from_tty):
        try:
            data = argument.encode().decode("unicode_escape").encode("latin-1")
        except ValueError as error:
            raise gdb.GdbError(f"no text with escapes as C has them: {error}")
        SerialLine.send(data if data and data[-1] < ord(" ") else data + b"\r")


for command in (PageWalk, Gdt, Idt, CurrentProcess, Processes, Files, Regions, SerialLine, Type):
    command()
print("Commands of Trapgate: pagewalk ADDRESS, gdt, idt [VECTOR], process, processes, files [PID], regions [PID], type TEXT;")
print("`help pagewalk` and so on say more.")
