// The serial port COM1: a 16550A UART, driven by polling; its interrupts are for later (chapter 3).
// Register names and bits are those of the PC16550D data sheet (National Semiconductor), section
// 8.0 Registers.
#include "drivers/serial.hpp"

#include "cpu/ports.hpp"
#include "lib/log.hpp"

#include <cstdint>

namespace kernel::serial {

namespace {

constexpr std::uint16_t com1 = 0x3F8;
constexpr std::uint16_t data = com1 + 0; // receiver buffer when read, transmitter holding if written
constexpr std::uint16_t interrupt_enable = com1 + 1;
constexpr std::uint16_t fifo_control = com1 + 2;
constexpr std::uint16_t line_control = com1 + 3;
constexpr std::uint16_t modem_control = com1 + 4;
constexpr std::uint16_t line_status = com1 + 5;
constexpr std::uint16_t divisor_low = com1 + 0; // these two while the divisor latch is open
constexpr std::uint16_t divisor_high = com1 + 1;

constexpr std::uint8_t receive_interrupt = 1U << 0;  // interrupt_enable: received data available
constexpr std::uint8_t transmit_interrupt = 1U << 1; // transmitter holding register empty

constexpr std::uint8_t fifo_enable = 1U << 0;
constexpr std::uint8_t fifo_clear_both = 0b11U << 1; // an interrupt for every byte: bits 6-7 clear

constexpr std::uint8_t eight_data_bits = 0b11U << 0; // with no parity and one stop bit: bits 2-5
constexpr std::uint8_t divisor_latch = 1U << 7;

constexpr std::uint8_t terminal_ready = 1U << 0; // DTR
constexpr std::uint8_t request_to_send = 1U << 1;
constexpr std::uint8_t output_2 = 1U << 3; // on a PC: lets the interrupt line through to the PIC
constexpr std::uint8_t loop_back = 1U << 4;

constexpr std::uint8_t data_ready = 1U << 0;
constexpr std::uint8_t transmitter_ready = 1U << 5; // THRE: the queue of bytes to be sent is empty
constexpr std::uint8_t all_sent = 1U << 6;          // TEMT: and the last one has gone
constexpr unsigned transmit_queue_size = 16;

// The UART's clock of 1.8432 MHz is divided by 16 and by the divisor.
constexpr std::uint32_t bits_per_second = 38400;
constexpr std::uint16_t divisor = 1'843'200 / 16 / bits_per_second;
static_assert(divisor == 3);

/// How often a status bit is looked at before we give up. A character takes 260 microseconds and a
/// look at a port about one; the rest is for emulators whose host does not read on at once.
constexpr std::uint32_t patience = 1'000'000;

bool present = false;
bool stuck = false;          // the last character was not taken in time
std::uint8_t interrupts = 0; // the value of interrupt_enable
const Queue* queue = nullptr;

[[nodiscard]] bool wait_for(std::uint8_t status_bit, std::uint32_t looks) {
    for (; looks > 0; --looks) {
        if ((cpu::in8(line_status) & status_bit) != 0) {
            return true;
        }
    }
    return false;
}

/// In loop-back mode the UART receives what it sends. Where there is no UART nothing answers: an
/// empty bus reads as 0xFF, which says "data ready" but is not the byte that was sent.
[[nodiscard]] bool probe() {
    constexpr std::uint8_t sample = 0xA5;
    cpu::out8(modem_control, loop_back | request_to_send | terminal_ready);
    cpu::out8(data, sample);
    return wait_for(data_ready, patience) && cpu::in8(data) == sample;
}

void put(char character) {
    if (queue != nullptr) {
        queue->put(character);
    } else {
        send_now(character);
    }
}

/// The interrupt controller sees a request begin, not that one goes on. So they are all off for a
/// moment: what is still to be served begins to ask again.
void set_interrupts(std::uint8_t mask, bool enabled) {
    interrupts = static_cast<std::uint8_t>(enabled ? interrupts | mask : interrupts & ~mask);
    if (present) {
        cpu::out8(interrupt_enable, 0);
        cpu::out8(interrupt_enable, interrupts);
    }
}

} // namespace

void initialize() {
    cpu::out8(line_control, eight_data_bits); // closes the divisor latch, should it be open
    cpu::out8(interrupt_enable, 0);
    cpu::out8(line_control, divisor_latch);
    cpu::out8(divisor_low, divisor & 0xFF);
    cpu::out8(divisor_high, divisor >> 8);
    cpu::out8(line_control, eight_data_bits);
    cpu::out8(fifo_control, fifo_enable | fifo_clear_both);
    present = probe();
    cpu::out8(modem_control, output_2 | request_to_send | terminal_ready);
    if (present) {
        log::add_sink(write);
    }
}

void write(std::span<const char> text) {
    if (!present) {
        return;
    }
    for (const char character : text) {
        if (character == '\n') {
            put('\r');
        }
        put(character);
    }
}

void wait_until_sent() {
    static_cast<void>(present && wait_for(all_sent, patience));
}

void enable_receive_interrupt(bool enabled) {
    set_interrupts(receive_interrupt, enabled);
}

std::optional<char> receive() {
    if (!present || (cpu::in8(line_status) & data_ready) == 0) {
        return std::nullopt;
    }
    return static_cast<char>(cpu::in8(data));
}

void set_queue(const Queue* new_queue) {
    queue = new_queue;
}

bool has_room() {
    return queue == nullptr || queue->has_room();
}

void enable_transmit_interrupt(bool enabled) {
    if (((interrupts & transmit_interrupt) != 0) != enabled) {
        set_interrupts(transmit_interrupt, enabled);
    }
}

void send_from(std::optional<char> (*next)()) {
    if ((cpu::in8(line_status) & transmitter_ready) == 0) {
        return;
    }
    for (unsigned sent = 0; sent < transmit_queue_size; ++sent) {
        const std::optional<char> character = next();
        if (!character) {
            return;
        }
        cpu::out8(data, static_cast<std::uint8_t>(*character));
    }
}

void send_now(char character) {
    // Once stuck, one poll per character is enough: the port is used again when the UART is ready,
    // and until then no character costs a million polls.
    stuck = !wait_for(transmitter_ready, stuck ? 1 : patience);
    if (!stuck) {
        cpu::out8(data, static_cast<std::uint8_t>(character));
    }
}

} // namespace kernel::serial
