// The two interrupt controllers: initialization, masks, end of interrupt, spurious interrupts (chapter 5).
// Words and bits are those of the Intel 8259A data sheet, "Programming the 8259A".
#include "drivers/pic.hpp"

#include "cpu/interrupts.hpp"
#include "cpu/ports.hpp"
#include "lib/panic.hpp"

#include "layout.h"

namespace kernel::pic {

namespace {

struct Controller {
    std::uint16_t command; // A0 = 0: ICW1, OCW2, OCW3
    std::uint16_t data;    // A0 = 1: ICW2-4, OCW1 (the mask)
};
constexpr Controller master{.command = 0x20, .data = 0x21};
constexpr Controller slave{.command = 0xA0, .data = 0xA1};

constexpr Irq lines_of_one = 8;
constexpr Irq cascade = 2; // the master's line that the slave is wired to
constexpr Irq lowest_priority = 7;

constexpr std::uint8_t icw1_initialize = 1U << 4; // edge triggered (bit 3 clear), cascaded (bit 1)
constexpr std::uint8_t icw1_icw4_follows = 1U << 0;
constexpr std::uint8_t icw4_8086_mode = 1U << 0;              // else it would send CALLs for the 8080
constexpr std::uint8_t ocw2_end_of_interrupt = 1U << 5;       // non-specific: the highest in service
constexpr std::uint8_t ocw3_read_in_service = 0b0'1011U << 0; // RR, RIS and the OCW3 mark, bit 3

Handler handlers[irq_count];
std::uint16_t masked = 0xFFFF;
std::uint32_t spurious = 0;

/// Controllers of old machines need a moment between two words. Port 0x80 only shows the BIOS's
/// progress on a diagnostic card, and a write to it takes about a microsecond.
void out8_slowly(std::uint16_t port, std::uint8_t value) {
    constexpr std::uint16_t diagnostic_port = 0x80;
    cpu::out8(port, value);
    cpu::out8(diagnostic_port, 0);
}

/// The four initialization command words, which the controller expects in this order.
void initialize_controller(Controller controller, std::uint8_t vector, std::uint8_t wiring) {
    out8_slowly(controller.command, icw1_initialize | icw1_icw4_follows);
    out8_slowly(controller.data, vector);         // ICW2: vector of line 0, a multiple of 8
    out8_slowly(controller.data, wiring);         // ICW3: see the calls
    out8_slowly(controller.data, icw4_8086_mode); // ICW4
}

void write_masks() {
    cpu::out8(master.data, static_cast<std::uint8_t>(masked & 0xFF));
    cpu::out8(slave.data, static_cast<std::uint8_t>(masked >> 8));
}

/// A request that is gone before the processor asks which it was arrives as the controller's line
/// 7, without being in service (8259A data sheet, "Interrupt Sequence"). It must not be ended: an
/// end of interrupt would end another one that is in service.
[[nodiscard]] bool is_spurious(Irq irq) {
    return irq % lines_of_one == lowest_priority && !in_service(irq);
}

void (*return_hook)(interrupts::Frame& frame) = nullptr;

void dispatch(interrupts::Frame& frame) {
    const Irq irq = frame.vector < PIC_SLAVE_VECTOR ? frame.vector - PIC_MASTER_VECTOR
                                                    : frame.vector - PIC_SLAVE_VECTOR + lines_of_one;
    const bool is_real = !is_spurious(irq);
    // The slave's lines are in service in both controllers. A spurious one of the slave was real
    // for the master, which saw its cascade line.
    if (irq >= lines_of_one) {
        if (is_real) {
            cpu::out8(slave.command, ocw2_end_of_interrupt);
        }
        cpu::out8(master.command, ocw2_end_of_interrupt);
    } else if (is_real) {
        cpu::out8(master.command, ocw2_end_of_interrupt);
    }
    if (!is_real) {
        ++spurious;
        return;
    }
    // The end of interrupt came first, because a handler may switch to another process and return
    // much later. With interrupts off the next one waits all the same.
    if (handlers[irq] != nullptr) {
        handlers[irq]();
    }
    if (return_hook != nullptr) {
        return_hook(frame);
    }
}

} // namespace

void initialize() {
    static_assert(PIC_MASTER_VECTOR % lines_of_one == 0 && PIC_SLAVE_VECTOR % lines_of_one == 0);
    // ICW3 of the master is a bit mask of lines with a slave, of the slave the number of its line.
    initialize_controller(master, PIC_MASTER_VECTOR, 1U << cascade);
    initialize_controller(slave, PIC_SLAVE_VECTOR, cascade);
    masked = 0xFFFF & ~(1U << cascade);
    write_masks();
    for (std::uint8_t line = 0; line < lines_of_one; ++line) {
        interrupts::set_handler(static_cast<interrupts::Vector>(PIC_MASTER_VECTOR + line), dispatch);
        interrupts::set_handler(static_cast<interrupts::Vector>(PIC_SLAVE_VECTOR + line), dispatch);
    }
}

void set_handler(Irq irq, Handler handler) {
    KERNEL_ASSERT(irq < irq_count, "an interrupt request line has a number below 16");
    handlers[irq] = handler;
    unmask(irq);
}

void set_return_hook(void (*hook)(interrupts::Frame& frame)) {
    return_hook = hook;
}

void unmask(Irq irq) {
    masked = static_cast<std::uint16_t>(masked & ~(1U << irq));
    write_masks();
}

void mask(Irq irq) {
    masked = static_cast<std::uint16_t>(masked | 1U << irq);
    write_masks();
}

bool in_service(Irq irq) {
    const Controller controller = irq < lines_of_one ? master : slave;
    cpu::out8(controller.command, ocw3_read_in_service);
    return (cpu::in8(controller.command) >> irq % lines_of_one & 1) != 0;
}

std::uint32_t spurious_count() {
    return spurious;
}

} // namespace kernel::pic
