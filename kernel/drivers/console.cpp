// The console: output to both devices, input from both (chapter 6).
#include "drivers/console.hpp"

#include "drivers/keyboard.hpp"
#include "drivers/line_editor.hpp"
#include "drivers/pic.hpp"
#include "drivers/serial.hpp"
#include "drivers/vga.hpp"

namespace kernel::console {

namespace {

void echo(std::string_view text) {
    write(text);
}

constinit LineEditor editor{echo};
constinit LineQueue lines;
void (*line_hook)() = nullptr;

const Receiver* receiver = nullptr;

void take_character(char character) {
    if (receiver != nullptr) {
        receiver->take(character);
        return;
    }
    if (editor.put(character) == LineEditor::Progress::Finished) {
        lines.push(editor.line());
        if (line_hook != nullptr) {
            line_hook();
        }
    }
}

/// The other end of the serial line can wait: for room, and until the echo has been sent.
bool takes_bytes() {
    return serial::has_room() && (receiver != nullptr ? receiver->has_room() : lines.has_room());
}

/// The keyboard can't: it forgets keys. To a receiver one of them may mean a signal.
bool takes_keys() {
    return receiver != nullptr || lines.has_room();
}

void write_without_nul(std::span<const char> text) {
    if (!text.empty()) {
        vga::write(text);
        serial::write(text);
    }
}

} // namespace

void take_input() {
    if (const auto characters = takes_keys() ? keyboard::receive() : std::nullopt) {
        for (const char character : *characters) {
            take_character(character);
        }
    }
    if (const auto byte = takes_bytes() ? serial::receive() : std::nullopt) {
        take_character(*byte);
    }
    // A byte that stays there for long must not ask: its request would go on and hide all later ones.
    serial::enable_receive_interrupt(takes_bytes());
}

void write(std::span<const char> text) {
    std::size_t begin = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\0') {
            write_without_nul(text.subspan(begin, i - begin));
            begin = i + 1;
        }
    }
    write_without_nul(text.subspan(begin));
}

void enable_input() {
    keyboard::initialize();
    pic::set_handler(keyboard::irq, take_input);
    pic::set_handler(serial::irq, take_input);
    // The controllers see a request begin, not that one goes on: a key from before would hold up
    // all later ones.
    take_input();
}

void set_receiver(const Receiver* new_receiver) {
    receiver = new_receiver;
}

void set_line_hook(void (*hook)()) {
    line_hook = hook;
}

bool line_ready() {
    return lines.ready();
}

std::size_t peek(std::span<char> buffer) {
    return lines.peek(buffer);
}

void discard(std::size_t count) {
    lines.discard(count);
    take_input();
}

std::size_t read(std::span<char> buffer) {
    const std::size_t count = peek(buffer);
    discard(count);
    return count;
}

} // namespace kernel::console
