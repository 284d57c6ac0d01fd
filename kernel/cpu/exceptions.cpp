// Exceptions: names, decoded error codes and the report (chapter 5).
#include "cpu/exceptions.hpp"

#include "cpu/registers.hpp"
#include "lib/log.hpp"
#include "lib/panic.hpp"

#include <array>

namespace kernel::exceptions {

namespace {

constexpr std::uint32_t exception_count = 32;
constexpr std::uint32_t non_maskable_interrupt = 2;
constexpr std::uint32_t double_fault = 8;
constexpr std::uint32_t invalid_tss = 10;
constexpr std::uint32_t general_protection = 13;
constexpr std::uint32_t page_fault = 14;
constexpr std::uint32_t machine_check = 18;
constexpr std::uint32_t control_protection = 21;

struct Name {
    std::string_view text;
    std::string_view mnemonic; // empty where the manual has none
};

/// Intel SDM Vol. 3A, table 6-1 Protected-Mode Exceptions and Interrupts; 28 to 30 are AMD's (AMD64
/// APM Vol. 2, 8.2).
constexpr std::array<Name, exception_count> names = {{
    {"divide error", "#DE"},
    {"debug exception", "#DB"},
    {"non-maskable interrupt", ""},
    {"breakpoint", "#BP"},
    {"overflow", "#OF"},
    {"bound range exceeded", "#BR"},
    {"invalid opcode", "#UD"},
    {"device not available", "#NM"},
    {"double fault", "#DF"},
    {"coprocessor segment overrun", ""},
    {"invalid TSS", "#TS"},
    {"segment not present", "#NP"},
    {"stack-segment fault", "#SS"},
    {"general protection fault", "#GP"},
    {"page fault", "#PF"},
    {"reserved exception 15", ""},
    {"floating-point error", "#MF"},
    {"alignment check", "#AC"},
    {"machine check", "#MC"},
    {"SIMD floating-point exception", "#XM"},
    {"virtualization exception", "#VE"},
    {"control protection exception", "#CP"},
    {"reserved exception 22", ""},
    {"reserved exception 23", ""},
    {"reserved exception 24", ""},
    {"reserved exception 25", ""},
    {"reserved exception 26", ""},
    {"reserved exception 27", ""},
    {"hypervisor injection exception", "#HV"},
    {"VMM communication exception", "#VC"},
    {"security exception", "#SX"},
    {"reserved exception 31", ""},
}};

std::array<void (*)(const interrupts::Frame&), exception_count> explainers;
bool (*fixup)(interrupts::Frame& frame) = nullptr;
void (*user_end)(const interrupts::Frame& frame) = nullptr;
bool reporting = false;

/// Intel SDM Vol. 3A, 6.13 Error Code: which selector, or which gate of the IDT, the processor
/// stumbled over.
void print_selector_error(std::uint32_t error_code) {
    constexpr std::uint32_t external = 1U << 0;
    constexpr std::uint32_t in_idt = 1U << 1;
    constexpr std::uint32_t in_ldt = 1U << 2;
    if (error_code == 0) {
        log::print("  error code 0: no selector is involved\n");
        return;
    }
    const std::uint32_t index = (error_code & 0xFFFF) >> 3;
    if ((error_code & in_idt) != 0) {
        log::print("  error code {:#x}: gate {:#x} of the IDT", error_code, index);
    } else {
        log::print("  error code {:#x}: selector {:#x}, entry {} of the {}", error_code,
                   error_code & 0xFFF8, index, (error_code & in_ldt) != 0 ? "LDT" : "GDT");
    }
    log::print("{}\n", (error_code & external) != 0 ? ", while delivering an external event" : "");
}

/// Intel SDM Vol. 3A, 4.7 Page-Fault Exceptions, figure 4-12.
void print_page_fault_error(std::uint32_t error_code) {
    constexpr std::uint32_t protection = 1U << 0;
    constexpr std::uint32_t write = 1U << 1;
    constexpr std::uint32_t user = 1U << 2;
    constexpr std::uint32_t reserved_bit = 1U << 3;
    constexpr std::uint32_t fetch = 1U << 4;
    const std::string_view access = (error_code & fetch) != 0   ? "an instruction fetch"
                                    : (error_code & write) != 0 ? "a write"
                                                                : "a read";
    const std::string_view privilege = (error_code & user) != 0 ? "user" : "supervisor";
    const std::string_view reason =
        (error_code & reserved_bit) != 0 ? "a reserved bit is set in an entry"
        : (error_code & protection) != 0 ? "the page is present but forbids it"
                                         : "the page is not present";
    log::print("  error code {:#x}: {} in {} mode; {}\n", error_code, access, privilege, reason);
    log::print("  address    {:#010x} (cr2)\n", cpu::read_cr2());
}

void print_registers(const interrupts::Frame& frame) {
    log::print("  eax {:08x}  ebx {:08x}  ecx {:08x}  edx {:08x}\n", frame.eax, frame.ebx,
               frame.ecx, frame.edx);
    log::print("  esi {:08x}  edi {:08x}  ebp {:08x}  ", frame.esi, frame.edi, frame.ebp);
    // Without a change of privilege level the processor pushes no esp: the frame's end is where the
    // stack was.
    const std::uint32_t esp =
        frame.from_user() ? frame.user_esp : reinterpret_cast<std::uint32_t>(&frame.user_esp);
    log::print("esp {:08x}\n", esp);
    log::print("  cs {:04x}  ds {:04x}  es {:04x}  fs {:04x}  gs {:04x}  eflags {:08x}\n", frame.cs,
               frame.ds, frame.es, frame.fs, frame.gs, frame.eflags);
}

/// Exceptions that no program can cause: what they tell of concerns the machine, or the kernel.
bool is_machines_fault(std::uint32_t vector) {
    return vector == non_maskable_interrupt || vector == double_fault || vector == machine_check;
}

void handle(interrupts::Frame& frame) {
    if (!frame.from_user() && fixup != nullptr && fixup(frame)) {
        return;
    }
    if (reporting) { // the report itself failed: say so with the least that can be said, and stop
        log::print("\nKERNEL PANIC within a report: {} at {:#010x}\n", name(frame.vector),
                   frame.eip);
        stop_machine();
    }
    reporting = true;
    if (frame.from_user() && user_end != nullptr && !is_machines_fault(frame.vector)) {
        if (log::level() <= log::Level::Info) {
            report(frame);
        }
        reporting = false;
        user_end(frame);
    }
    log::print("\nKERNEL PANIC: an exception in the kernel\n");
    report(frame);
    stop_machine();
}

} // namespace

std::string_view name(std::uint32_t vector) {
    return names[vector].text;
}

void initialize() {
    for (std::uint32_t vector = 0; vector < exception_count; ++vector) {
        interrupts::set_handler(static_cast<std::uint8_t>(vector), handle);
    }
}

void set_explainer(std::uint8_t vector, void (*explain)(const interrupts::Frame& frame)) {
    explainers[vector] = explain;
}

void set_fixup(bool (*function)(interrupts::Frame& frame)) {
    fixup = function;
}

void set_user_end(void (*end)(const interrupts::Frame& frame)) {
    user_end = end;
}

void report(const interrupts::Frame& frame) {
    const Name& exception = names[frame.vector];
    log::print("{}{}{}, vector {}, at eip {:#010x} in {} mode\n", exception.text,
               exception.mnemonic.empty() ? "" : " ", exception.mnemonic, frame.vector, frame.eip,
               frame.from_user() ? "user" : "kernel");
    if (frame.vector == page_fault) {
        print_page_fault_error(frame.error_code);
    } else if ((frame.vector >= invalid_tss && frame.vector <= general_protection)) {
        print_selector_error(frame.error_code);
    } else if (frame.vector == control_protection) {
        log::print("  error code {:#x}\n", frame.error_code);
    }
    if (explainers[frame.vector] != nullptr) {
        explainers[frame.vector](frame);
    }
    print_registers(frame);
}

} // namespace kernel::exceptions
