// The PS/2 keyboard: the controller's two ports (chapter 6).
// Commands and bits are those of the IBM PS/2 hardware interface technical reference, "Keyboard and
// Auxiliary Device Controller".
#include "drivers/keyboard.hpp"

#include "cpu/ports.hpp"
#include "drivers/scan_codes.hpp"
#include "lib/log.hpp"

#include <cstdint>

namespace kernel::keyboard {

namespace {

constexpr std::uint16_t data_port = 0x60;
constexpr std::uint16_t command_port = 0x64; // when written
constexpr std::uint16_t status_port = 0x64;  // when read

constexpr std::uint8_t output_full = 1U << 0; // a byte waits for us at the data port
constexpr std::uint8_t input_full = 1U << 1;  // the controller has not taken our last byte yet
constexpr std::uint8_t from_mouse = 1U << 5;  // the byte that waits is the mouse's

enum class Command : std::uint8_t {
    ReadConfiguration = 0x20,
    WriteConfiguration = 0x60,
    DisableMouse = 0xA7, // the second port; a controller without one ignores it
    DisableKeyboard = 0xAD,
    EnableKeyboard = 0xAE,
};

constexpr std::uint8_t keyboard_interrupt = 1U << 0;
constexpr std::uint8_t mouse_interrupt = 1U << 1;
constexpr std::uint8_t keyboard_disabled = 1U << 4;
constexpr std::uint8_t mouse_disabled = 1U << 5;
constexpr std::uint8_t translate_to_set_1 = 1U << 6; // keyboards themselves speak set 2

/// How often we read the status before we give up. Once takes about a microsecond.
constexpr unsigned patience = 100'000;

bool present = false;
ScanCodeDecoder decoder;

[[nodiscard]] std::uint8_t status() {
    return cpu::in8(status_port);
}

/// Writes a byte when the controller can take it.
[[nodiscard]] bool send(std::uint16_t port, std::uint8_t value) {
    for (unsigned polls = 0; polls < patience; ++polls) {
        if ((status() & input_full) == 0) {
            cpu::out8(port, value);
            return true;
        }
    }
    return false;
}

[[nodiscard]] bool send(Command command) {
    return send(command_port, static_cast<std::uint8_t>(command));
}

[[nodiscard]] std::optional<std::uint8_t> wait_for_answer() {
    for (unsigned polls = 0; polls < patience; ++polls) {
        const std::uint8_t now = status();
        if ((now & output_full) != 0) {
            const std::uint8_t value = cpu::in8(data_port);
            if ((now & from_mouse) == 0) {
                return value;
            }
        }
    }
    return std::nullopt;
}

[[nodiscard]] bool set_up_controller() {
    // No key may come between a question and its answer. Keys from before are thrown away: while a
    // byte waits, the controller asks for no further interrupt. That is also why the mouse stays
    // off: its bytes would wait at the same port, and ask for an interrupt that has no handler
    // here.
    if (!send(Command::DisableKeyboard) || !send(Command::DisableMouse)) {
        return false;
    }
    for (unsigned polls = 0; polls < patience && (status() & output_full) != 0; ++polls) {
        static_cast<void>(cpu::in8(data_port));
    }
    if (!send(Command::ReadConfiguration)) {
        return false;
    }
    const auto old_configuration = wait_for_answer();
    if (!old_configuration) {
        return false;
    }
    const auto configuration =
        static_cast<std::uint8_t>((*old_configuration | keyboard_interrupt | translate_to_set_1 | mouse_disabled) &
                                  ~(keyboard_disabled | mouse_interrupt));
    return send(Command::WriteConfiguration) && send(data_port, configuration) && send(Command::EnableKeyboard);
}

} // namespace

void initialize() {
    present = set_up_controller();
    if (!present) {
        log::warn("keyboard: no controller answers");
    }
}

std::optional<std::string_view> receive() {
    if (!present) {
        return std::nullopt;
    }
    const std::uint8_t now = status();
    if ((now & output_full) == 0) {
        return std::nullopt;
    }
    const std::uint8_t value = cpu::in8(data_port);
    if ((now & from_mouse) != 0) {
        return std::string_view{};
    }
    return decoder.decode(value);
}

} // namespace kernel::keyboard
