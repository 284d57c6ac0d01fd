// The driver of the interval timer, with a timer that follows the 82C54's data sheet.
#include "catch.hpp"
#include "fake_ports.hpp"

// The interrupt controllers' driver has a test of its own: here a note is taken of what is asked of
// it.
#define set_handler note_handler
#include "drivers/pit.cpp"
#undef set_handler

#include "layout.h"

namespace {

/// What an 82C54 makes of what is written to it ("Programming the 82C54").
struct Timer {
    struct Channel {
        int order = 3, mode = 3, digits = 0; // as the firmware leaves them
        int low = -1;                        // the low byte, while the high one is awaited
        int count = 0x10000;
        int bytes = 0; // written to the counter
    };
    Channel channels[3];
    int control_words = 0;

    void control(std::uint8_t value) {
        ++control_words;
        if (value >> 6 == 3 || (value >> 4 & 3) == 0) { // read-back and latch
            return;
        }
        const int mode = value >> 1 & 7;
        channels[value >> 6] = {.order = value >> 4 & 3,
                                .mode = mode > 5 ? mode & 3 : mode, // bit 3 counts in some modes only
                                .digits = value & 1,
                                .count = 0};
    }

    void counter(Channel& channel, std::uint8_t value) {
        ++channel.bytes;
        if (channel.order == 1) {
            channel.count = value;
        } else if (channel.order == 2) {
            channel.count = value << 8;
        } else if (channel.low < 0) {
            channel.low = value;
        } else {
            channel.count = channel.low | value << 8;
            channel.low = -1;
        }
    }
};

Timer timer;
int handlers = 0;
unsigned handlers_line = 99;
kernel::pic::Handler tick = nullptr;

const Timer::Channel& initialized() {
    timer = Timer{};
    handlers = 0;
    tick = nullptr;
    on_out8 = [](std::uint16_t port, std::uint8_t value) {
        if (port == 0x43) {
            timer.control(value);
        } else if (port >= 0x40 && port <= 0x42) {
            timer.counter(timer.channels[port - 0x40], value);
        }
    };
    kernel::pit::initialize();
    return timer.channels[0];
}

} // namespace

void kernel::pic::note_handler(Irq line, Handler handler) {
    ++handlers;
    handlers_line = line;
    tick = handler;
}

TEST_CASE("the timer's channel 0 is a rate generator that counts in binary") {
    const Timer::Channel& channel = initialized();
    REQUIRE(timer.control_words > 0);
    CHECK(channel.mode == 2);
    CHECK(channel.digits == 0);
}

TEST_CASE("the timer's channel 0 gets the low byte of the divisor, then the high byte") {
    const Timer::Channel& channel = initialized();
    CHECK(channel.order == 3);
    CHECK(channel.bytes == 2);
    CHECK(channel.low == -1);
    CHECK(channel.count == (1'193'182 + TICKS_PER_SECOND / 2) / TICKS_PER_SECOND);
}

TEST_CASE("the timer's other channels are left alone") {
    initialized();
    for (const int other : {1, 2}) {
        CHECK(timer.channels[other].bytes == 0);
        CHECK(timer.channels[other].mode == 3);
    }
}

TEST_CASE("interrupt request 0 counts ticks") {
    initialized();
    REQUIRE(handlers == 1);
    CHECK(handlers_line == 0);
    const std::uint32_t before = kernel::pit::ticks();
    tick();
    tick();
    CHECK(kernel::pit::ticks() == before + 2);
}
