// The PS/2 keyboard and its controller, the 8042 (chapter 6).
#pragma once

#include <optional>
#include <string_view>

namespace kernel::keyboard {

/// Makes the controller report keys as scan codes of set 1 with interrupt request `irq`. If there
/// is no controller, the log says so and `receive` never has anything.
void initialize();

/// Takes the next scan code, if one has arrived, and returns the characters that it yields:
/// often none. They are valid until the next call.
[[nodiscard]] std::optional<std::string_view> receive();

/// The interrupt request that the PC wires the keyboard to.
inline constexpr unsigned irq = 1;

} // namespace kernel::keyboard
