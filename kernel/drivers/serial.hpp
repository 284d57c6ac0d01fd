// The serial port COM1: 38400 bits a second, 8 data bits, no parity, 1 stop bit (chapter 3).
#pragma once

#include <optional>
#include <span>

namespace kernel::serial {

/// Sets the UART up, finds out whether there is one, and if so lets the log write to it. On a
/// machine without a UART all of this module does nothing. Needs no interrupts.
void initialize();

/// Sends text; '\n' goes out as "\r\n". Waits for the line (about 0.3 ms a character), but not
/// without limit: what a stuck UART does not take is lost. With a queue (below) it does not wait.
void write(std::span<const char> text);

/// Waits until the UART has sent all that it took: what it still holds when the power goes is lost.
void wait_until_sent();

/// Whether the UART asks for interrupt request `irq` when a byte has arrived. Call it after having
/// served the UART, too: whatever is still to be served is then asked for anew.
void enable_receive_interrupt(bool enabled);

/// The next byte that has arrived, if there is one.
[[nodiscard]] std::optional<char> receive();

/// The interrupt request that the PC wires COM1 to.
inline constexpr unsigned irq = 4;

// What follows is for an upper layer that keeps a queue of what is to be sent (chapter 12).

struct Queue {
    void (*put)(char character); // takes what `write` is to send
    bool (*has_room)();          // false: a program that wants to write should wait
};

/// From now on `write` fills this queue. Null: it sends by itself again.
void set_queue(const Queue* queue);

/// Whether a program may write now, as the queue says. True without a queue.
[[nodiscard]] bool has_room();

/// Whether the UART asks for interrupt request `irq` when it is ready to send.
void enable_transmit_interrupt(bool enabled);

/// If the UART is ready to send, gives it as many characters as it can take at once. `next` returns
/// nothing when there are no more.
void send_from(std::optional<char> (*next)());

/// Sends one character as it is, waiting as `write` does without a queue.
void send_now(char character);

} // namespace kernel::serial
