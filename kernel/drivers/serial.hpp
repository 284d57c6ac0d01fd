// The serial port COM1: 38400 bits a second, 8 data bits, no parity, 1 stop bit (chapter 3).
#pragma once

#include <optional>
#include <span>

namespace kernel::serial {

/// Sets the UART up, finds out whether there is one, and if so lets the log write to it. On a
/// machine without a UART all of this module does nothing. Needs no interrupts.
void initialize();

/// Sends text; '\n' goes out as "\r\n". Waits for the line (about 0.3 ms a character), but not for
/// ever: what a stuck UART does not take is lost.
void write(std::span<const char> text);

/// From now on the UART asks for interrupt request `irq` whenever a byte has arrived.
void enable_receive_interrupt();

/// The next byte that has arrived, if there is one.
[[nodiscard]] std::optional<char> receive();

/// The interrupt request that the PC wires COM1 to.
inline constexpr unsigned irq = 4;

} // namespace kernel::serial
