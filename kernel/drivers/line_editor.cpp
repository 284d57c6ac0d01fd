// Lines typed at chapter 6's console: editing keys, and reading line by line. A terminal has files/line_discipline (chapter 6).
#include "drivers/line_editor.hpp"

#include "lib/panic.hpp"

#include <algorithm>

namespace kernel {

namespace {

/// What a terminal sends for ctrl and a letter: the letter's place in the alphabet.
constexpr char control(char letter) {
    return static_cast<char>(letter - 'A' + 1);
}

constexpr char delete_character = 0x7F;
constexpr char escape_character = 0x1B;

} // namespace

LineEditor::Progress LineEditor::put(char character) {
    const auto code = static_cast<unsigned char>(character);
    if (state_ == State::Finished) {
        length_ = 0;
        state_ = State::Text;
    }
    if (state_ == State::Escape && character == '[') {
        state_ = State::ControlSequence;
        return Progress::Unfinished;
    }
    // Parameters, then one final byte (ECMA-48, 5.4 Control sequences). A control character in
    // between means that the sequence was cut short: it counts as typed.
    if (state_ == State::ControlSequence && code >= ' ') {
        const bool is_final = code >= '@';
        state_ = is_final ? State::Text : State::ControlSequence;
        return Progress::Unfinished;
    }
    state_ = State::Text;
    return put_text(character);
}

LineEditor::Progress LineEditor::put_text(char character) {
    switch (character) {
    case '\n':
    case '\r':
        bytes_[length_] = '\n'; // `append` leaves room for it
        ++length_;
        echo_("\n");
        return finish();
    case control('D'):
        return finish();
    case '\b':
    case delete_character:
        erase_last();
        break;
    case control('U'):
        while (length_ > 0) {
            erase_last();
        }
        break;
    case escape_character:
        state_ = State::Escape;
        break;
    default:
        append(character);
        break;
    }
    return Progress::Unfinished;
}

LineEditor::Progress LineEditor::finish() {
    state_ = State::Finished;
    return Progress::Finished;
}

void LineEditor::append(char character) {
    const bool is_tab = character == '\t';
    if (static_cast<unsigned char>(character) < ' ' && !is_tab) {
        return;
    }
    if (length_ + 1 == maximum_length) {
        echo_("\a");
        return;
    }
    bytes_[length_] = character;
    ++length_;
    echo_(is_tab ? " " : std::string_view(&character, 1));
}

void LineEditor::erase_last() {
    if (length_ > 0) {
        --length_;
        echo_("\b \b");
    }
}

void LineQueue::push(std::string_view line) {
    KERNEL_ASSERT(has_room(line.size()), "a line is only queued when there is room for it");
    lengths_.push(static_cast<std::uint16_t>(line.size()));
    for (const char character : line) {
        bytes_.push(character);
    }
}

std::size_t LineQueue::read(std::span<char> buffer) {
    const std::size_t count = peek(buffer);
    if (!buffer.empty()) {
        discard(count);
    }
    return count;
}

std::size_t LineQueue::peek(std::span<char> buffer) const {
    const std::size_t length = ready() ? std::min(buffer.size(), lengths_[0] - taken_) : 0;
    for (std::size_t i = 0; i < length; ++i) {
        buffer[i] = bytes_[i];
    }
    return length;
}

bool LineQueue::discard(std::size_t count) {
    if (!ready()) {
        return false;
    }
    for (std::size_t i = 0; i < count; ++i) {
        static_cast<void>(bytes_.pop());
    }
    taken_ += count;
    if (taken_ < lengths_[0]) {
        return true;
    }
    static_cast<void>(lengths_.pop());
    taken_ = 0;
    return false;
}

} // namespace kernel
