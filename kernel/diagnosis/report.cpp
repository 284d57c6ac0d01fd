// The report of an exception (chapter 5).
#include "diagnosis/report.hpp"

#include "cpu/registers.hpp"
#include "diagnosis/backtrace.hpp"
#include "diagnosis/selector_error.hpp"
#include "diagnosis/symbols.hpp"
#include "diagnosis/upper_layers.hpp"
#include "lib/log.hpp"

#include "layout.h"

#include <array>
#include <cstddef>
#include <cstring>

namespace kernel::report {

namespace {

using exceptions::upper_layers;
using interrupts::PageFaultBit;
using interrupts::Vector;

struct Exception {
    std::string_view name;
    std::string_view mnemonic; // empty where the manual has none
    std::string_view to_read;  // where the course explains it: chapter and section
};

constexpr std::string_view the_vectors = R"(5 (interrupts), "The vectors")";

/// Intel SDM Vol. 3A, table 6-1 Protected-Mode Exceptions and Interrupts; 28 to 30 are AMD's (AMD64
/// APM Vol. 2, 8.2).
constexpr std::array<Exception, interrupts::exception_count> known_exceptions = {{
    {"divide error", "#DE", the_vectors},
    {"debug exception", "#DB", the_vectors},
    {"non-maskable interrupt", "", the_vectors},
    {"breakpoint", "#BP", the_vectors},
    {"overflow", "#OF", the_vectors},
    {"bound range exceeded", "#BR", the_vectors},
    {"invalid opcode", "#UD", the_vectors},
    {"device not available", "#NM", R"(17 (preemption), "Floating point")"},
    {"double fault", "#DF", the_vectors},
    {"coprocessor segment overrun", "", the_vectors},
    {"invalid TSS", "#TS", R"(11 (user mode), "The task state segment")"},
    {"segment not present", "#NP", R"(4 (segmentation), "A descriptor")"},
    {"stack-segment fault", "#SS", R"(4 (segmentation), "Who may load what")"},
    {"general protection fault", "#GP", R"(5 (interrupts), "Error codes")"},
    {"page fault", "#PF", R"(8 (paging), "The fault")"},
    {"reserved exception 15", "", the_vectors},
    {"floating-point error", "#MF", the_vectors},
    {"alignment check", "#AC", the_vectors},
    {"machine check", "#MC", the_vectors},
    {"SIMD floating-point exception", "#XM", the_vectors},
    {"virtualization exception", "#VE", the_vectors},
    {"control protection exception", "#CP", the_vectors},
    {"reserved exception 22", "", the_vectors},
    {"reserved exception 23", "", the_vectors},
    {"reserved exception 24", "", the_vectors},
    {"reserved exception 25", "", the_vectors},
    {"reserved exception 26", "", the_vectors},
    {"reserved exception 27", "", the_vectors},
    {"hypervisor injection exception", "#HV", the_vectors},
    {"VMM communication exception", "#VC", the_vectors},
    {"security exception", "#SX", the_vectors},
    {"reserved exception 31", "", the_vectors},
}};

/// What the boot page directory maps, twice, can be read until chapter 8 replaces that directory.
bool read_boot_map(void* to, std::uint32_t address, std::uint32_t size) {
    const std::uint32_t physical = address < KERNEL_BASE ? address : address - KERNEL_BASE;
    if (physical > BOOT_MAP_SIZE - size) {
        return false;
    }
    std::memcpy(to, reinterpret_cast<const void*>(KERNEL_BASE + physical), size);
    return true;
}

/// How reports read memory: code, stacks, descriptor tables. Any of it may be the very memory that can't be reached, so
/// nothing is dereferenced.
bool read(void* to, std::uint32_t address, std::uint32_t size) {
    return (upper_layers.read_memory != nullptr ? upper_layers.read_memory : read_boot_map)(to, address, size);
}

/// A program's stack is read only where the program could read it.
bool read_user(void* to, std::uint32_t address, std::uint32_t size) {
    return address < KERNEL_BASE && read(to, address, size);
}

/// As many of the 8 bytes at eip as can be read: the instruction may lie at the end of what is
/// mapped.
void print_instruction_bytes(std::uint32_t eip) {
    log::print("  code      ");
    std::uint32_t count = 0;
    for (std::uint8_t byte = 0; count < 8 && read(&byte, eip + count, 1); ++count) {
        log::print(" {:02x}", byte);
    }
    log::print("{}\n", count == 0 ? " not readable there" : "");
}

/// The error code has a bit for fetches only with NX or SMEP. Without them a read of the very
/// address that eip names was a fetch. An instruction at a page's end may reach into the next page,
/// or read it.
std::string_view read_or_fetch(const interrupts::Frame& frame) {
    if (frame.has(PageFaultBit::Fetch)) {
        return "a fetch";
    }
    constexpr std::uint32_t longest_instruction = 15;
    const std::uint32_t distance = frame.cr2 - frame.eip;
    const bool may_be_its_end = distance < longest_instruction && frame.cr2 % PAGE_SIZE == 0;
    return distance == 0 ? "a fetch" : may_be_its_end ? "a read or a fetch" : "a read";
}

void print_page_fault_error(const interrupts::Frame& frame) {
    const std::string_view access = frame.has(PageFaultBit::Write) ? "a write" : read_or_fetch(frame);
    const std::string_view reason = frame.has(PageFaultBit::ReservedBit)  ? "a reserved bit is set in an entry"
                                    : frame.has(PageFaultBit::Protection) ? "the page forbids it"
                                                                          : "the page is not present";
    log::print("  error code {:#x}: {} in {} mode; {}\n", frame.error_code, access,
               frame.has(PageFaultBit::User) ? "user" : "supervisor", reason);
}

/// The instructions of which a report knows more: told by their first bytes (Intel SDM Vol. 2, IRET/IRETD, LTR, INT
/// n/INTO/INT3 and UD), and those that load a segment register (CALL, JMP, MOV, POP, RET and LDS/LES/LFS/LGS/LSS).
enum class Instruction { Other, Iret, Ltr, Int, Ud2, LoadsCs, LoadsSs, LoadsData };

/// Those that one byte tells, or the one after 0F.
struct Opcodes {
    Instruction instruction;
    bool after_0f;
    std::string_view bytes;
};
constexpr std::array<Opcodes, 8> known_opcodes = {{
    {Instruction::Iret, false, "\xCF"},
    {Instruction::Int, false, "\xCC\xCD\xCE"},
    {Instruction::Ud2, true, "\x0B"},
    {Instruction::LoadsCs, false, "\x9A\xCA\xCB\xEA"},
    {Instruction::LoadsSs, false, "\x17"},
    {Instruction::LoadsSs, true, "\xB2"},
    {Instruction::LoadsData, false, "\x07\x1F\xC4\xC5"},
    {Instruction::LoadsData, true, "\xA1\xA9\xB4\xB5"},
}};

Instruction instruction_at(std::uint32_t eip) {
    constexpr std::string_view prefixes = "\x26\x2E\x36\x3E\x64\x65\x66\x67\xF0\xF2\xF3"; // Vol. 2A, 2.1.1
    char first = 0;
    for (std::uint32_t left = 14; left > 0 && read(&first, eip, 1) && prefixes.contains(first); --left) {
        ++eip;
    }
    std::array<std::uint8_t, 3> bytes{}; // those that can't be read stay 0
    for (std::uint32_t i = 0; i < bytes.size() && read(&bytes[i], eip + i, 1); ++i) {
    }
    const bool after_0f = bytes[0] == 0x0F;
    const std::uint32_t opcode = bytes[after_0f];
    const std::uint32_t reg = bytes[after_0f + 1U] >> 3 & 7; // of the ModR/M byte, bits 3-5 (Vol. 2A, figure 2-1)
    for (const Opcodes& known : known_opcodes) {
        if (known.after_0f == after_0f && known.bytes.contains(static_cast<char>(opcode))) {
            return known.instruction;
        }
    }
    if (after_0f) {
        return opcode == 0x00 && reg == 3 ? Instruction::Ltr : Instruction::Other;
    }
    if (opcode == 0x8E) { // MOV to a segment register
        return reg == 2 ? Instruction::LoadsSs : Instruction::LoadsData;
    }
    return opcode == 0xFF && (reg == 3 || reg == 5) ? Instruction::LoadsCs : Instruction::Other;
}

/// What has named the selector of an error code: where no instruction loads one, a gate did, of an interrupt or of INT.
/// Not every emulator sets EXT, which would tell at once (Intel SDM Vol. 3A, 6.13).
SegmentUse segment_use(const interrupts::Frame& frame) {
    const Instruction instruction = instruction_at(frame.eip);
    if (SelectorError(frame.error_code).is_external()) {
        return SegmentUse::Gate;
    }
    return instruction == Instruction::Iret || instruction == Instruction::LoadsCs ? SegmentUse::Cs
           : instruction == Instruction::LoadsSs                                   ? SegmentUse::Ss
           : instruction == Instruction::LoadsData                                 ? SegmentUse::Data
                                                                                   : SegmentUse::Gate;
}

/// The same for the kernel's own: a program's iret and ltr pass or fail other checks.
Instruction kernel_instruction_at(const interrupts::Frame& frame) {
    return frame.from_user() ? Instruction::Other : instruction_at(frame.eip);
}

/// Whether a program's iret tried to return from a nested task (Intel SDM Vol. 3A, 7.4 Task
/// Linking).
bool is_nested_task_return(const interrupts::Frame& frame) {
    constexpr std::uint32_t nested_task = 1U << 14; // Intel SDM Vol. 1, 3.4.3 EFLAGS Register
    return frame.is(Vector::InvalidTss) && (frame.eflags & nested_task) != 0 &&
           instruction_at(frame.eip) == Instruction::Iret;
}

struct IretFrame {
    std::uint32_t eip, cs, eflags;
    std::uint32_t esp, ss; // popped only if cs has another privilege level than the kernel's
};

/// What an iret of the kernel that failed was about to pop. It lies where the stack was: after a
/// frame that has no esp and ss of its own. Past the stack's end there is nothing: zeros.
IretFrame popped_by_iret(const interrupts::Frame& frame) {
    const auto address = reinterpret_cast<std::uint32_t>(&frame.user_esp);
    const std::uint32_t room = (0U - address) % KERNEL_STACK_SIZE;
    constexpr std::uint32_t without_stack = offsetof(IretFrame, esp);
    IretFrame popped{};
    if (room >= without_stack && read(&popped, address, without_stack) && (popped.cs & 3) != 0 &&
        room >= sizeof(popped)) {
        read(&popped, address, sizeof(popped));
    }
    return popped;
}

std::string_view failed_check(const interrupts::Frame& frame, SelectorError error, TableEntry entry) {
    const std::uint32_t privilege = frame.from_user() ? 3 : 0;
    if (error.in_idt()) { // an event that no INT instruction made passes whatever the DPL (Vol. 3A, 6.12.1.2)
        const bool is_int = instruction_at(frame.eip) == Instruction::Int && !error.is_external();
        return failed_gate_check(entry, is_int ? privilege : 0);
    }
    const Instruction instruction = kernel_instruction_at(frame);
    if (instruction == Instruction::Ltr) {
        return failed_ltr_check(entry);
    }
    if (instruction == Instruction::Iret) {
        const IretFrame popped = popped_by_iret(frame);
        return SelectorError(popped.cs).index() == error.index() ? failed_iret_cs_check(entry, popped.cs)
                                                                 : failed_iret_ss_check(entry, popped.cs, popped.ss);
    }
    return failed_segment_check(entry, segment_use(frame), privilege);
}

void print_table_entry(const interrupts::Frame& frame, SelectorError error) {
    const cpu::TablePointer table = error.in_idt() ? cpu::read_idtr() : cpu::read_gdtr();
    if (error.in_ldt()) {
        log::print("    failed: there is no LDT\n");
        return;
    }
    if (error.index() * sizeof(TableEntry) + sizeof(TableEntry) - 1 > table.limit) {
        log::print("    failed: it lies past the table's limit {:#x}\n", table.limit);
        return;
    }
    std::uint64_t quadword = 0;
    const std::uint32_t address = table.base + error.index() * sizeof(TableEntry);
    if (!read(&quadword, address, sizeof(quadword))) {
        log::print("    failed: it can't be read at {:#010x}\n", address);
        return;
    }
    const TableEntry entry(quadword);
    log::print("    {:016x}: {}, DPL {}, {}\n", entry.quadword(), entry.type_name(), entry.privilege(),
               entry.is_present() ? "present" : "not present");
    if (error.in_idt()) {
        log::print("    handler {:x}:{:08x}\n", entry.gate_selector(), entry.gate_offset());
    } else {
        log::print("    base {:#x}, limit {:#x}\n", entry.segment_base(), entry.segment_limit());
    }
    log::print("    failed: {}\n", failed_check(frame, error, entry));
}

void print_selector_error(const interrupts::Frame& frame) {
    if (frame.error_code == 0) {
        log::print("  error code 0: no selector is involved, or a null one\n");
        return;
    }
    const SelectorError error(frame.error_code);
    log::print("  error code {:#x}: ", frame.error_code);
    if (error.in_idt()) {
        log::print("gate {:#x} of the IDT", error.index());
    } else {
        log::print("selector {:#x}, entry {} of the {}", error.selector(), error.index(),
                   error.in_ldt() ? "LDT" : "GDT");
    }
    log::print("{}\n", error.is_external() ? ", during an external event" : "");
    print_table_entry(frame, error);
}

void print_what_iret_pops(const interrupts::Frame& frame) {
    constexpr std::uint32_t virtual_8086 = 1U << 17; // Intel SDM Vol. 1, 3.4.3 EFLAGS Register
    const IretFrame popped = popped_by_iret(frame);
    log::print("  iret pops eip {:08x} cs {:04x} eflags {:08x}", popped.eip, popped.cs, popped.eflags);
    if ((popped.cs & 3) != 0) {
        log::print(" esp {:08x} ss {:04x}", popped.esp, popped.ss);
    }
    log::print("\n");
    if ((popped.eflags & virtual_8086) != 0) {
        log::print("    VM, bit 17 of these eflags, is set: iret would enter virtual-8086 mode\n");
    }
}

void print_error_code(const interrupts::Frame& frame) {
    if (kernel_instruction_at(frame) == Instruction::Iret) {
        print_what_iret_pops(frame);
    }
    if (is_nested_task_return(frame)) {
        log::print("  NT, bit 14 of eflags, is set: so iret tried to return to another task\n");
    }
    if (frame.is(Vector::InvalidOpcode) && instruction_at(frame.eip) == Instruction::Ud2) {
        log::print(
            "  ud2: compilers put it where no program may get to, for example after\n"
            "    a write through a null pointer\n");
    }
    switch (static_cast<Vector>(frame.vector)) {
    case Vector::PageFault:
        print_page_fault_error(frame);
        if (upper_layers.explain_page_fault != nullptr) {
            upper_layers.explain_page_fault(frame);
        }
        break;
    case Vector::InvalidTss:
    case Vector::SegmentNotPresent:
    case Vector::StackFault:
    case Vector::GeneralProtection:
        print_selector_error(frame);
        break;
    case Vector::ControlProtection:
        log::print("  error code {:#x}\n", frame.error_code);
        break;
    default:
        break;
    }
}

/// Chapter and section. A general protection fault has many reasons: the instruction tells more.
std::string_view to_read(const interrupts::Frame& frame) {
    const Instruction instruction = kernel_instruction_at(frame);
    if (instruction == Instruction::Iret) {
        return R"(11 (user mode), "What iret pops")";
    }
    if (instruction == Instruction::Ltr) {
        return R"(11 (user mode), "Its descriptor")";
    }
    const SelectorError error(frame.error_code);
    const bool has_selector = frame.is(Vector::GeneralProtection) || frame.is(Vector::SegmentNotPresent);
    if (has_selector && error.selector() != 0 && !error.in_idt() && segment_use(frame) == SegmentUse::Gate) {
        return R"(5 (interrupts), "A gate")";
    }
    if ((frame.is(Vector::GeneralProtection) && frame.from_user()) || is_nested_task_return(frame)) {
        return R"(11 (user mode), "What a program must not do")";
    }
    return known_exceptions[frame.vector].to_read;
}

void print_registers(const interrupts::Frame& frame) {
    // Without a change of privilege level the processor pushes neither ss nor esp: ss is as it was, and
    // the frame's end is where the stack was.
    const std::uint32_t esp = frame.from_user() ? frame.user_esp : reinterpret_cast<std::uint32_t>(&frame.user_esp);
    const std::uint32_t ss = frame.from_user() ? frame.user_ss : cpu::read_ss();
    log::print("  eax {:08x}  ebx {:08x}  ecx {:08x}  edx {:08x}\n", frame.eax, frame.ebx, frame.ecx, frame.edx);
    log::print("  esi {:08x}  edi {:08x}  ebp {:08x}  esp {:08x}\n", frame.esi, frame.edi, frame.ebp, esp);
    log::print("  cs {:04x}  ss {:04x}  ds {:04x}  es {:04x}  fs {:04x}  gs {:04x}  eflags {:08x}\n", frame.cs, ss,
               frame.ds, frame.es, frame.fs, frame.gs, frame.eflags);
}

} // namespace

std::string_view exception_name(std::uint32_t vector) {
    return known_exceptions[vector].name;
}

void print(const interrupts::Frame& frame) {
    const Exception& exception = known_exceptions[frame.vector];
    log::print("{}{}{}, vector {}, in {} mode\n", exception.name, exception.mnemonic.empty() ? "" : " ",
               exception.mnemonic, frame.vector, frame.from_user() ? "user" : "kernel");
    log::print("  at eip     ");
    print_place(frame.eip, 13);
    print_instruction_bytes(frame.eip);
    print_error_code(frame);
    print_registers(frame);
    log::print("  to read: chapter {}\n", to_read(frame));
    log::print("  backtrace, innermost call first:\n");
    if (frame.from_user()) {
        backtrace::print_program(frame, read_user);
    } else {
        backtrace::print(frame, read);
    }
}

} // namespace kernel::report
