// How a process ended (chapter 11).
#pragma once

#include <cstdint>

namespace kernel {

/// How a process ended, encoded as wait(2) has it on Linux: an exit status in bits 8 to 15, or the
/// signal that killed the process in bits 0 to 6. Two more say that it has not ended (chapter 18).
class WaitStatus {
public:
    static constexpr WaitStatus exited(int status) {
        return WaitStatus((static_cast<std::uint32_t>(status) & 0xFF) << 8);
    }
    static constexpr WaitStatus killed_by(std::uint32_t signal) { return WaitStatus(signal & 0x7F); }

    static constexpr WaitStatus stopped_by(std::uint32_t signal) { return WaitStatus(signal << 8 | 0x7F); }
    static constexpr WaitStatus continued() { return WaitStatus(0xFFFF); }

    constexpr std::uint32_t value() const { return value_; }
    constexpr bool was_killed() const { return signal() != 0; }
    constexpr std::uint32_t signal() const { return value_ & 0x7F; }
    constexpr std::uint32_t exit_status() const { return value_ >> 8 & 0xFF; }
    /// One number for both, as shells have it: the exit status, or 128 plus the signal.
    constexpr std::uint8_t shell_status() const {
        return static_cast<std::uint8_t>(was_killed() ? 128 + signal() : exit_status());
    }

private:
    constexpr explicit WaitStatus(std::uint32_t value) : value_(value) {}
    std::uint32_t value_;
};

} // namespace kernel
