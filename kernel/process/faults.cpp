// Faults of programs: which exception gives which signal (chapter 11).
#include "process/faults.hpp"

#include "cpu/registers.hpp"
#include "diagnosis/report.hpp"
#include "diagnosis/upper_layers.hpp"
#include "lib/log.hpp"
#include "process/process.hpp"

#include "abi/system.h"

namespace kernel::process {

namespace {

struct Signal {
    std::uint32_t number;
    std::string_view name;
};

/// As Linux for i386 has it.
Signal signal_for(interrupts::Vector vector) {
    using enum interrupts::Vector;
    switch (vector) {
    case DivideError:
    case FloatingPointError:
    case SimdError:
        return {SIGFPE, "SIGFPE"};
    case Debug:
    case Breakpoint:
        return {SIGTRAP, "SIGTRAP"};
    case InvalidOpcode:
        return {SIGILL, "SIGILL"};
    case SegmentNotPresent:
    case StackFault:
    case AlignmentCheck:
        return {SIGBUS, "SIGBUS"};
    default:
        return {SIGSEGV, "SIGSEGV"};
    }
}

void kill_current(const interrupts::Frame& frame) {
    const Signal signal = signal_for(static_cast<interrupts::Vector>(frame.vector));
    log::info("process {} ({}): killed by {} ({})", current().id(), current().name(), signal.name,
              report::exception_name(frame.vector));
    end_current(WaitStatus::killed_by(signal.number));
}

SymbolTable::Place find_in_program(std::uint32_t address) {
    return scheduler::running != nullptr ? program::find_symbol(current().file(), address) : SymbolTable::Place();
}

} // namespace

std::uint32_t signal_of_fault(std::uint32_t vector) {
    return signal_for(static_cast<interrupts::Vector>(vector)).number;
}

void handle_user_faults() {
    // Floating-point registers would be carried from one process to the next, since they are not saved until chapter 17:
    // with CR0.EM set, an instruction that uses them raises #NM (Intel SDM Vol. 3A, 2.5 Control Registers).
    cpu::write_cr0(cpu::read_cr0() | cpu::cr0_emulation);
    exceptions::upper_layers.find_in_program = find_in_program;
    exceptions::upper_layers.end_program = kill_current;
}

} // namespace kernel::process
