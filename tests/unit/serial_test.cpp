// The driver of the serial port, with a UART that follows the PC16550D's data sheet, or none.
#include "catch.hpp"
#include "fake_ports.hpp"

// The log has a test of its own: here a note is taken of what it gets.
#define add_sink note_sink
#include "drivers/serial.cpp"
#undef add_sink

#include <deque>
#include <string>
#include <vector>

namespace {

/// A 16550A that somebody has used before.
struct Uart {
    std::uint8_t line_control = 0x9A, interrupt_enable = 0x0F, fifo_control = 1, modem_control = 0;
    int divisor = 0x1234;
    std::deque<std::uint8_t> received{0x5A, 0x5A, 0x5A}, sending{0xC3, 0xC3};
    std::string sent; // over the wire

    [[nodiscard]] bool latch() const { return (line_control & 0x80) != 0; }

    void write(unsigned offset, std::uint8_t value) {
        if (offset == 0 && latch()) {
            divisor = (divisor & 0xFF00) | value;
        } else if (offset == 1 && latch()) {
            divisor = (divisor & 0x00FF) | value << 8;
        } else if (offset == 0) {
            sending.push_back(value);
            send();
        } else if (offset == 1) {
            interrupt_enable = value;
        } else if (offset == 2) {
            const bool switched = ((fifo_control ^ value) & 1) != 0;
            fifo_control = value & ~0b110;
            received = (value & 0b010) != 0 || switched ? std::deque<std::uint8_t>{} : received;
            sending = (value & 0b100) != 0 || switched ? std::deque<std::uint8_t>{} : sending;
        } else if (offset == 3) {
            line_control = value;
        } else if (offset == 4) {
            modem_control = value;
        }
    }

    void send() {
        for (; !sending.empty(); sending.pop_front()) {
            if ((modem_control & 0x10) != 0) {
                received.push_back(sending.front());
            } else {
                sent += static_cast<char>(sending.front());
            }
        }
    }

    std::uint8_t read(unsigned offset) {
        if (offset == 0 && !latch() && !received.empty()) {
            const std::uint8_t first = received.front();
            received.pop_front();
            return first;
        }
        return offset == 5 ? (received.empty() ? 0x60 : 0x61) : 0;
    }
};

Uart uart;
int written = 0; // to any of the ports
std::vector<kernel::log::Sink> sinks;

const Uart& initialized(bool is_there = true) {
    uart = Uart{};
    sinks.clear();
    kernel::serial::present = false; // as it is at the start
    on_out8 = [is_there](std::uint16_t port, std::uint8_t value) {
        ++written;
        if (is_there && port >= 0x3F8 && port < 0x400) {
            uart.write(port - 0x3F8U, value);
        }
    };
    on_in8 = [is_there](std::uint16_t port) {
        return is_there && port >= 0x3F8 && port < 0x400 ? uart.read(port - 0x3F8U) : std::uint8_t{0xFF};
    };
    kernel::serial::initialize();
    return uart;
}

} // namespace

void kernel::log::note_sink(Sink sink, Detail) {
    sinks.push_back(sink);
}

TEST_CASE("the serial port's divisor latch is closed") {
    CHECK_FALSE(initialized().latch());
}

TEST_CASE("the serial port's divisor is 3") {
    CHECK(initialized().divisor == 3);
}

TEST_CASE("the serial port has 8 data bits, no parity, one stop bit") {
    CHECK(initialized().line_control == 3);
}

TEST_CASE("the serial port's interrupts are off") {
    CHECK(initialized().interrupt_enable == 0);
}

TEST_CASE("the serial port's queues are on, and empty") {
    const Uart& after = initialized();
    CHECK(after.fifo_control == 1);
    CHECK(after.received.empty());
    CHECK(after.sending.empty());
    CHECK(after.sent.empty()); // nothing of what was left in them
}

TEST_CASE("the serial port's modem control has DTR, RTS and OUT2, and no loop-back") {
    CHECK(initialized().modem_control == 0x0B);
}

TEST_CASE("the log writes to the serial port") {
    initialized();
    REQUIRE(sinks.size() == 1);
    sinks[0](std::string_view("a\n"));
    CHECK(uart.sent == "a\r\n");
}

TEST_CASE("where there is no serial port, nothing is written to it") {
    initialized(false);
    CHECK(sinks.empty());
    const int before = written;
    kernel::serial::write("a");
    CHECK(written == before);
}
