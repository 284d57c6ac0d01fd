// The console for processes: whoever reads sleeps until there is a line, whoever writes until there is room (chapter 12).
#include "process/process_console.hpp"

#include "cpu/registers.hpp"
#include "drivers/console.hpp"
#include "drivers/serial.hpp"
#include "drivers/serial_queue.hpp"
#include "process/scheduler.hpp"

#include <algorithm>

namespace kernel::process {

namespace {

/// Who waits for a line, and who waits until the serial line's queue has room.
constinit WaitQueue readers;
constinit WaitQueue writers;

void wake_readers() {
    scheduler::wake_all(readers);
}

void wake_writers() {
    scheduler::wake_all(writers);
}

} // namespace

Result<std::span<char>> peek_console(std::span<char> buffer) {
    console::set_line_hook(wake_readers);
    while (!console::line_ready()) {
        TRY(scheduler::sleep(readers));
    }
    return buffer.first(console::peek(buffer));
}

void discard_from_console(std::size_t count) {
    console::discard(count);
}

Result<std::size_t> write_line_to_console(std::span<const char> text) {
    cpu::handle_pending_interrupts();
    serial::set_room_hook(wake_writers);
    while (!serial::has_room()) {
        TRY(scheduler::sleep(writers));
    }
    const auto newline = std::ranges::find(text, '\n');
    const auto line = newline == text.end() ? text : std::span(text.begin(), newline + 1);
    console::write(line);
    return line.size();
}

} // namespace kernel::process
