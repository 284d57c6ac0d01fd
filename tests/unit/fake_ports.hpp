// Ports for unit tests of drivers. A test includes this, and then the driver's own source file: it
// is compiled with these two functions instead of the processor's instructions.
#pragma once

#define out8 processors_out8
#define in8  processors_in8
#include "cpu/ports.hpp"
#undef out8
#undef in8

#include <cstdint>
#include <functional>

namespace { // each test has ports of its own

/// What a test's device does when it is written to, and what it gives when it is read.
std::function<void(std::uint16_t port, std::uint8_t value)> on_out8;
std::function<std::uint8_t(std::uint16_t port)> on_in8;

} // namespace

namespace kernel::cpu {
namespace {

[[maybe_unused]] void out8(std::uint16_t port, std::uint8_t value) {
    if (on_out8) {
        on_out8(port, value);
    }
}

[[maybe_unused]] std::uint8_t in8(std::uint16_t port) {
    return on_in8 ? on_in8(port) : std::uint8_t{0xFF};
}

} // namespace
} // namespace kernel::cpu
