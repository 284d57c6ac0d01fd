// The interval timer: its divisor and the tick counter (chapter 6).
// Control words are those of the Intel 82C54 data sheet, "Programming the 82C54".
#include "drivers/pit.hpp"

#include "cpu/ports.hpp"
#include "drivers/pic.hpp"

#include "layout.h"

namespace kernel::pit {

namespace {

constexpr std::uint16_t channel_0_port = 0x40; // its output is wired to interrupt request 0
constexpr std::uint16_t control_port = 0x43;
constexpr pic::Irq irq = 0;

// Control word: channel 0 (bits 6-7), low byte then high byte (4-5), mode 2 (1-3), binary (0).
// Mode 2 is the rate generator: one pulse each time the count runs out, and it starts over.
constexpr std::uint8_t channel_0_rate_generator = 0b00'11'010'0;

constexpr std::uint32_t input_hertz = 1'193'182; // 14.31818 MHz / 12
constexpr std::uint32_t divisor = (input_hertz + TICKS_PER_SECOND / 2) / TICKS_PER_SECOND;
// The counter has 16 bits, and mode 2 does not allow a count of 1.
static_assert(divisor >= 2 && divisor <= 0xFFFF, "the timer cannot be that slow or that fast");
// Rounding makes the clock wrong by less than one tick in ten thousand.
constexpr std::uint32_t counted_hertz = divisor * TICKS_PER_SECOND;
static_assert(counted_hertz < input_hertz + input_hertz / 10'000 && counted_hertz > input_hertz - input_hertz / 10'000);

// Volatile: the handler changes it while the interrupted code may be waiting for just that.
volatile std::uint32_t tick_count = 0;

void handle_tick() {
    tick_count = tick_count + 1;
}

} // namespace

void initialize() {
    cpu::out8(control_port, channel_0_rate_generator);
    cpu::out8(channel_0_port, divisor & 0xFF);
    cpu::out8(channel_0_port, divisor >> 8);
    pic::set_handler(irq, handle_tick);
}

std::uint32_t ticks() {
    return tick_count;
}

} // namespace kernel::pit
