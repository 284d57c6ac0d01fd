// The console: screen and keyboard and, just the same, the serial line (chapter 6).
#pragma once

#include <cstddef>
#include <span>

namespace kernel::console {

/// Shows text on the screen and sends it over the serial line. NUL bytes are dropped. Works as soon
/// as `vga::initialize` and `serial::initialize` have run.
void write(std::span<const char> text);

/// From now on what is typed, on the keyboard or at the other end of the serial line, is shown and
/// collected line by line. The interrupt controllers must have been initialized.
void enable_input();

/// Takes a key and a byte that have been typed. If there are more, the devices ask again: so the clock
/// has its turn, however fast they come. What has no room for a line, or for the echo of a byte from
/// the serial line, waits in the devices until there is some: nothing is lost in here. Handles the
/// interrupts of both devices.
void take_input();

/// Who gets what is typed (chapter 18): bytes from the serial line while there is room, keys even without.
struct Receiver {
    bool (*has_room)();
    void (*take)(char character);
};
/// From now on `receiver` does, in place of the lines that are collected here.
void set_receiver(const Receiver* receiver);

/// `hook` is called from now on when there is one more line to read: whoever waits for one can be woken.
void set_line_hook(void (*hook)());

/// True if there is a typed line to read, or the end of input (ctrl-D).
[[nodiscard]] bool line_ready();

/// Takes bytes of the oldest typed line, at most as many as `buffer` holds; what does not fit is
/// read next time. Returns how many: 0 for the end of input. There must be a line ready, and
/// `buffer` not be empty.
[[nodiscard]] std::size_t read(std::span<char> buffer);

/// `read` in two steps, for a reader whose own step in between may fail: `peek` takes nothing out,
/// and `discard` takes out as many bytes as `peek` has returned.
[[nodiscard]] std::size_t peek(std::span<char> buffer);
void discard(std::size_t count);

} // namespace kernel::console
