// Interrupts and exceptions: the gates of the IDT, and the dispatch to handlers (chapter 5).
#include "cpu/interrupts.hpp"

#include "cpu/registers.hpp"

#include "layout.h"

/// The entry points in cpu/interrupt_entry.asm, one per vector.
extern "C" const std::uint32_t interrupt_stubs[256];

/// Who handles which vector: the common part of the entry points calls through this table.
extern "C" {
kernel::interrupts::Handler interrupt_handlers[256];
}

namespace kernel::interrupts {

namespace {

/// A 32-bit interrupt gate (Intel SDM Vol. 3A, 6.11 IDT Descriptors, figure 6-2). An interrupt
/// gate, unlike a trap gate, clears IF on the way in: the kernel runs with interrupts off.
class Gate {
public:
    constexpr Gate() = default;
    constexpr Gate(std::uint32_t handler, std::uint32_t privilege)
        : low_(std::uint32_t{KERNEL_CODE} << 16 | (handler & 0xFFFF)),
          high_((handler & 0xFFFF'0000) | present | privilege << privilege_shift | type_interrupt_gate) {}
    constexpr std::uint64_t quadword() const { return std::uint64_t{high_} << 32 | low_; }

private:
    static constexpr std::uint32_t type_interrupt_gate = 0b01110U << 8;
    static constexpr unsigned privilege_shift = 13; // DPL: who may come here by an INT instruction
    static constexpr std::uint32_t present = 1U << 15;

    std::uint32_t low_ = 0;
    std::uint32_t high_ = 0;
};
static_assert(sizeof(Gate) == 8);
static_assert(Gate(0xC012'3456, 0).quadword() == 0xC012'8E00'0008'3456);
static_assert(Gate(0xC012'3456, 3).quadword() == 0xC012'EE00'0008'3456);

Gate table[256];

/// Programs may use the system call's gate, and those of INT3 and INTO: debuggers and compilers put
/// these instructions into programs.
constexpr bool is_for_programs(Vector vector) {
    return vector == Vector::SystemCall || vector == Vector::Breakpoint || vector == Vector::Overflow;
}

/// Handles an interrupt that no driver expects. Exceptions get theirs from exceptions::initialize.
void ignore(Frame& /*frame*/) {}

} // namespace

void initialize() {
    for (std::uint32_t vector = 0; vector < 256; ++vector) {
        // Were the other gates open, `int 14` would enter the page-fault handler with a frame that
        // lacks the error code.
        const std::uint32_t privilege = is_for_programs(static_cast<Vector>(vector)) ? 3 : 0;
        table[vector] = Gate(interrupt_stubs[vector], privilege);
        interrupt_handlers[vector] = ignore;
    }
    cpu::load_idt({.limit = sizeof(table) - 1, .base = reinterpret_cast<std::uint32_t>(table)});
}

void set_handler(Vector vector, Handler handler) {
    interrupt_handlers[static_cast<std::uint8_t>(vector)] = handler;
}

} // namespace kernel::interrupts
