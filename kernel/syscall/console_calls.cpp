// System calls on the console: read and write (chapter 12).
#include "cpu/registers.hpp"
#include "drivers/console.hpp"
#include "drivers/serial.hpp"
#include "drivers/serial_queue.hpp"
#include "memory/user_memory.hpp"
#include "process/process.hpp"
#include "syscall/system_call.hpp"

#include <algorithm>

namespace kernel::system_call::calls {

namespace {

constexpr int standard_input = 0;
constexpr int standard_output = 1;
constexpr int standard_error = 2;

/// The kernel's side of each copy; on its stack, so small.
constexpr std::uint32_t piece_size = 256;

/// More is not written in one call. POSIX lets write() return less than it was asked for.
constexpr std::uint32_t write_limit = 4096;

/// Who waits for a line, and who waits until the serial line's queue has room.
constinit WaitQueue readers;
constinit WaitQueue writers;

void wake_readers() {
    scheduler::wake_all(readers);
}

void wake_writers() {
    scheduler::wake_all(writers);
}

/// Interrupts that have come meanwhile are handled first, even if there is room.
Result<void> wait_for_room() {
    cpu::handle_pending_interrupts();
    serial::set_room_hook(wake_writers);
    while (!serial::has_room()) {
        TRY(scheduler::sleep(writers));
    }
    return {};
}

} // namespace

/// Waits for a line from the console and returns how much of it was
/// copied, at most `size` bytes; the rest of the line is for the next call. 0 at end of input.
Result<std::uint32_t> read(int descriptor, UserPointer<char> buffer, size_t size) {
    if (descriptor != standard_input) {
        return std::unexpected(Error::BadFileDescriptor);
    }
    if (!user_memory::is_user_range(buffer.address(), size)) {
        return std::unexpected(Error::BadAddress);
    }
    if (size == 0) {
        return 0U;
    }
    console::set_line_hook(wake_readers);
    while (!console::line_ready()) {
        TRY(scheduler::sleep(readers));
    }
    char piece[piece_size];
    const std::size_t length = console::peek(std::span(piece).first(std::min(size, piece_size)));
    TRY(copy_to_user(buffer, std::span(piece, length))); // if it fails, the line is there for the next call
    console::discard(length);
    return static_cast<std::uint32_t>(length);
}

/// To the console. Returns how many bytes were written: fewer than
/// `size` if it is large, or if a later part of the buffer can't be read.
Result<std::uint32_t> write(int descriptor, UserPointer<const char> buffer, size_t size) {
    if (descriptor != standard_output && descriptor != standard_error) {
        return std::unexpected(Error::BadFileDescriptor);
    }
    if (!user_memory::is_user_range(buffer.address(), size)) {
        return std::unexpected(Error::BadAddress);
    }
    const std::uint32_t total = std::min(size, write_limit);
    std::uint32_t done = 0;
    while (done < total) {
        if (const Result<void> room = wait_for_room(); !room) {
            if (done == 0) {
                return std::unexpected(room.error());
            }
            break;
        }
        char piece[piece_size];
        const auto part = std::span(piece).first(std::min(total - done, piece_size));
        if (const Result<void> copied = copy_from_user(part, buffer + done); !copied) {
            if (done == 0) {
                return std::unexpected(copied.error());
            }
            break;
        }
        // Line by line, with the interrupts handled before each: a line's end may scroll the screen,
        // which takes a good part of a tick on a slow machine.
        const auto newline = std::ranges::find(part, '\n');
        const auto line = newline == part.end() ? part : std::span(part.begin(), newline + 1);
        console::write(line);
        done += static_cast<std::uint32_t>(line.size());
    }
    return done;
}

} // namespace kernel::system_call::calls
