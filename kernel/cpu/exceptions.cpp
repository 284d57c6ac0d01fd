// Exceptions: programs end, the kernel stops (chapter 5).
#include "cpu/exceptions.hpp"

#include "cpu/backtrace.hpp"
#include "cpu/report.hpp"
#include "lib/log.hpp"
#include "lib/panic.hpp"

#include <cstdint>

namespace kernel::exceptions {

namespace {

constexpr std::uint8_t exception_count = 32;
constexpr std::uint32_t non_maskable_interrupt = 2;
constexpr std::uint32_t double_fault = 8;
constexpr std::uint32_t machine_check = 18;

bool (*fixup)(interrupts::Frame& frame) = nullptr;
void (*user_end)(const interrupts::Frame& frame) = nullptr;
bool reporting = false;

/// Exceptions that no program can cause: what they tell of concerns the machine, or the kernel.
bool is_machines_fault(std::uint32_t vector) {
    return vector == non_maskable_interrupt || vector == double_fault || vector == machine_check;
}

void handle(interrupts::Frame& frame) {
    if (!frame.from_user() && fixup != nullptr && fixup(frame)) {
        return;
    }
    if (reporting) { // the report itself failed: say so with the least that can be said, and stop
        log::print("\nKERNEL PANIC within a report: {} at {:#010x}\n",
                   report::exception_name(frame.vector), frame.eip);
        stop_machine();
    }
    reporting = true;
    if (frame.from_user() && user_end != nullptr && !is_machines_fault(frame.vector)) {
        if (log::level() <= log::Level::Info) {
            report::print(frame);
        }
        reporting = false;
        user_end(frame);
    }
    log::print("\nKERNEL PANIC: an exception in the kernel\n");
    report::print(frame);
    log::print("The machine has been stopped.\n");
    stop_machine();
}

} // namespace

void initialize() {
    for (std::uint8_t vector = 0; vector < exception_count; ++vector) {
        interrupts::set_handler(vector, handle);
    }
    set_panic_hook(backtrace::print_here);
}

void set_fixup(bool (*function)(interrupts::Frame& frame)) {
    fixup = function;
}

void set_user_end(void (*end)(const interrupts::Frame& frame)) {
    user_end = end;
}

} // namespace kernel::exceptions
