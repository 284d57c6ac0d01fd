// The driver of the keyboard, with a controller that has a mouse at its second port (IBM PS/2
// hardware interface technical reference, "Keyboard and Auxiliary Device Controller").
#include "catch.hpp"
#include "fake_ports.hpp"
#include "fakes.hpp"

#include "drivers/keyboard.cpp"

#include <deque>
#include <string>

namespace {

/// An 8042 as a careless firmware leaves it: both devices on, and both talk.
struct Controller {
    struct Byte {
        std::uint8_t value;
        bool from_mouse;
    };
    std::uint8_t configuration = 0b0000'0011; // both interrupts, both clocks, no translation
    bool configuration_follows = false;
    std::deque<Byte> output;
    unsigned in_transit = 0; // bytes that the mouse still gets rid of after it was switched off

    [[nodiscard]] bool keyboard_on() const { return (configuration & 1U << 4) == 0; }
    [[nodiscard]] bool mouse_on() const { return (configuration & 1U << 5) == 0; }
    void mouse_moves() {
        if (mouse_on()) {
            output.push_back({0x08, true});
        }
    }

    void write(std::uint16_t port, std::uint8_t value) {
        if (port == 0x60) {
            REQUIRE(configuration_follows);
            configuration = value;
            configuration_follows = false;
            return;
        }
        switch (value) {
        case 0x20:
            for (; in_transit > 0; --in_transit) {
                output.push_back({0x55, true});
            }
            output.push_back({configuration, false});
            break;
        case 0x60:
            configuration_follows = true;
            break;
        case 0xA7:
            configuration |= 1U << 5;
            break;
        case 0xA8:
            configuration &= static_cast<std::uint8_t>(~(1U << 5));
            break;
        case 0xAD:
            configuration |= 1U << 4;
            break;
        case 0xAE:
            configuration &= static_cast<std::uint8_t>(~(1U << 4));
            break;
        default:
            FAIL("command " << int{value});
        }
    }

    std::uint8_t read(std::uint16_t port) {
        mouse_moves();
        if (port == 0x64) {
            if (output.empty()) {
                return 0;
            }
            return output.front().from_mouse ? 0b10'0001 : 0b1;
        }
        REQUIRE_FALSE(output.empty());
        const std::uint8_t value = output.front().value;
        output.pop_front();
        return value;
    }
};

Controller controller;

void initialize() {
    controller = Controller{};
    controller.in_transit = 1;
    on_out8 = [](std::uint16_t port, std::uint8_t value) { controller.write(port, value); };
    on_in8 = [](std::uint16_t port) { return controller.read(port); };
    kernel::keyboard::initialize();
}

} // namespace

TEST_CASE("the keyboard is on afterwards, with its interrupt, in set 1", "[keyboard]") {
    initialize();
    CHECK(controller.keyboard_on());
    CHECK((controller.configuration & 1U << 0) != 0);
    CHECK((controller.configuration & 1U << 6) != 0);
}

TEST_CASE("the mouse is off afterwards, and has no interrupt", "[keyboard]") {
    initialize();
    CHECK_FALSE(controller.mouse_on());
    CHECK((controller.configuration & 1U << 1) == 0);
}

TEST_CASE("a mouse that talks does not keep the keyboard from being found", "[keyboard]") {
    const LogCapture log;
    initialize();
    CHECK(log.complaints() == 0);
    CHECK((controller.configuration & 0b1000) == 0); // the answer was the configuration, not 0x55
    controller.output.push_back({0x1E, false});
    const auto typed = kernel::keyboard::receive();
    REQUIRE(typed.has_value());
    CHECK(*typed == "a");
}

TEST_CASE("a byte of the mouse is taken and dropped", "[keyboard]") {
    initialize();
    controller.output.push_back({0x1E, true});
    controller.output.push_back({0x30, false});
    const auto nothing = kernel::keyboard::receive();
    REQUIRE(nothing.has_value()); // there may be more
    CHECK(nothing->empty());
    const auto typed = kernel::keyboard::receive();
    REQUIRE(typed.has_value());
    CHECK(*typed == "b");
    CHECK_FALSE(kernel::keyboard::receive().has_value());
}
