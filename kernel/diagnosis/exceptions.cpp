// Exceptions: where each leads: to a page, a signal, the program's end, a panic (chapter 5).
#include "diagnosis/exceptions.hpp"

#include "cpu/registers.hpp"
#include "diagnosis/backtrace.hpp"
#include "diagnosis/report.hpp"
#include "diagnosis/symbols.hpp"
#include "diagnosis/upper_layers.hpp"
#include "drivers/pic.hpp"
#include "lib/log.hpp"
#include "lib/panic.hpp"

#include "layout.h"

#include <cstdint>

namespace kernel::exceptions {

namespace {

using interrupts::Vector;

bool reporting = false;

/// Exceptions that no program can cause: what they report concerns the machine, or the kernel.
bool is_machines_fault(const interrupts::Frame& frame) {
    return frame.is(Vector::NonMaskableInterrupt) || frame.is(Vector::DoubleFault) || frame.is(Vector::MachineCheck);
}

/// Intel SDM Vol. 1, 3.4.3 EFLAGS Register, figure 3-8: bit 1 is always set; bits 3, 5, 15 and 22
/// to 31 never are.
bool can_be_eflags(std::uint32_t word) {
    return (word & 0xFFC0'802A) == 1U << 1;
}

/// Intel SDM Vol. 3A, table 6-1; 29 and 30: AMD64 APM Vol. 2, 8.2.
bool has_error_code(std::uint32_t vector) {
    constexpr std::uint32_t vectors = 1U << 8 | 0b11111U << 10 | 1U << 17 | 1U << 21 | 0b11U << 29;
    return (vectors >> vector & 1) != 0;
}

/// Whether the frame of a vector with an error code has none: then each word that the processor
/// pushed lies one field too low, cs in the place of eip and eflags in the place of cs.
bool lacks_error_code(const interrupts::Frame& frame) {
    const std::uint32_t cs = std::uint32_t{frame.cs_padding} << 16 | frame.cs;
    return has_error_code(frame.vector) && (frame.eip == KERNEL_CODE || frame.eip == (USER_CODE | 3)) &&
           can_be_eflags(cs) && !can_be_eflags(frame.eflags);
}

/// Vectors 9 and 15 come without an error code either way, but no processor since the 80386 raises them (table 6-1).
bool is_no_exception(const interrupts::Frame& frame) {
    return frame.vector == 9 || frame.vector == 15 || lacks_error_code(frame);
}

/// No exception at all: only an interrupt controller or an INT instruction comes so. The controller knows what it has
/// sent.
[[noreturn]] void stop_at_interrupt(const interrupts::Frame& frame) {
    constexpr std::uint32_t bios_vector = 8; // of IRQ 0, as the BIOS leaves the master
    log::flush();
    log::print("\nKERNEL PANIC: an interrupt came as vector {}, {}\n", frame.vector,
               report::exception_name(frame.vector));
    const bool is_shifted = has_error_code(frame.vector);
    log::print("  {}, so it is not an exception.\n",
               is_shifted ? "It brought no error code" : "No processor since the 80386 raises that");
    const std::uint32_t irq = frame.vector - bios_vector;
    if (irq < 8 && pic::in_service(irq)) {
        log::print("  IRQ {} comes as this vector until the interrupt controllers are remapped.\n", irq);
    } else {
        log::print("  No controller sent it: an INT instruction did, and the gate's DPL let it.\n");
    }
    log::print("  at eip     ");
    print_place(is_shifted ? frame.error_code : frame.eip, 13);
    log::print("  to read: chapter 5 (interrupts), \"The interrupt controllers\"\n");
    log::print("The machine has been stopped.\n");
    stop_machine();
}

void handle(interrupts::Frame& frame) {
    if (frame.is(Vector::PageFault)) {
        frame.cr2 = cpu::read_cr2(); // first thing: the next page fault overwrites the register
    }
    if (is_no_exception(frame)) {
        stop_at_interrupt(frame);
    }
    if (frame.is(Vector::PageFault) && upper_layers.resolve_page_fault != nullptr &&
        upper_layers.resolve_page_fault(frame)) {
        return;
    }
    if (frame.is(Vector::DeviceNotAvailable) && frame.from_user() && upper_layers.give_floating_point != nullptr) {
        upper_layers.give_floating_point();
        return;
    }
    if (frame.from_user() && upper_layers.begin_handler != nullptr && !is_machines_fault(frame) &&
        upper_layers.begin_handler(frame)) {
        return;
    }
    if (!frame.from_user() && upper_layers.fix_up != nullptr && upper_layers.fix_up(frame)) {
        return;
    }
    if (reporting) { // the report itself failed: say so with the least that can be said, and stop
        log::flush();
        log::print("\nKERNEL PANIC within a report: {} at {:#010x}\n", report::exception_name(frame.vector), frame.eip);
        stop_machine();
    }
    reporting = true;
    if (frame.from_user() && upper_layers.end_program != nullptr && !is_machines_fault(frame)) {
        if (upper_layers.begin_report != nullptr) {
            upper_layers.begin_report();
        }
        if (log::level() <= log::Level::Info) {
            report::print(frame);
        }
        reporting = false;
        upper_layers.end_program(frame);
    }
    log::flush();
    log::print("\nKERNEL PANIC: an exception in the kernel\n");
    report::print(frame);
    log::print("The machine has been stopped.\n");
    stop_machine();
}

} // namespace

void initialize() {
    for (std::uint8_t vector = 0; vector < interrupts::exception_count; ++vector) {
        interrupts::set_handler(static_cast<Vector>(vector), handle);
    }
    set_panic_hook(backtrace::print_here);
}

} // namespace kernel::exceptions
