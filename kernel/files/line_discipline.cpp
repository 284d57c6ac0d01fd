// The line discipline: what becomes of the characters that are typed at a terminal (chapter 18).
#include "files/line_discipline.hpp"

#include "abi/system.h"

#include <algorithm>
#include <utility>

namespace kernel::files {

namespace {

constexpr bool is_control(char character) {
    const auto code = static_cast<unsigned char>(character);
    return code < ' ' || code == 0x7F;
}

constexpr bool is_of_word(char character) {
    const char small = static_cast<char>(character | 0x20);
    return (small >= 'a' && small <= 'z') || (character >= '0' && character <= '9') || character == '_';
}

} // namespace

void LineDiscipline::change(const termios& settings) {
    const bool had_lines = has(ICANON);
    settings_ = settings;
    is_literal_ = is_literal_ && has(ICANON); // without lines, put() has to wake readers for it
    // What was typed ahead is edited now. It needs no more room than it had.
    if (!had_lines && has(ICANON)) {
        const std::size_t count = std::exchange(length_, 0);
        for (std::size_t i = 0; i < count; ++i) {
            put(line_[i]);
        }
    }
    if (ready()) {
        effects_.wake_readers();
    }
}

bool LineDiscipline::has_room() const {
    return has(ICANON) ? lines_.has_room() : available() + 1 < line_.size();
}

void LineDiscipline::put(char character) {
    const unsigned input = settings_.c_iflag;
    if (is_literal_) {
        is_literal_ = false;
        append(character);
        return;
    }
    if (has(ISIG) && put_signal(character)) {
        return;
    }
    // Output is never held back, so that flow control does nothing here; but its characters are not data.
    if (((input & IXON) != 0 && (is(character, VSTART) || is(character, VSTOP))) ||
        (character == '\r' && (input & IGNCR) != 0)) {
        return;
    }
    if (character == '\r' && (input & ICRNL) != 0) {
        character = '\n';
    } else if (character == '\n' && (input & INLCR) != 0) {
        character = '\r';
    }
    if (has(ICANON)) {
        put_in_line(character);
    } else {
        append(character);
        effects_.wake_readers();
    }
}

bool LineDiscipline::put_signal(char character) {
    constexpr struct {
        unsigned index;
        unsigned number;
    } signals[] = {{VINTR, SIGINT}, {VQUIT, SIGQUIT}, {VSUSP, SIGTSTP}};
    for (const auto& signal : signals) {
        if (is(character, signal.index)) {
            if (!has(NOFLSH)) {
                flush();
            }
            echo(character);
            effects_.send_signal(signal.number);
            return true;
        }
    }
    return false;
}

void LineDiscipline::put_in_line(char character) {
    const bool is_end = character == '\n' || is(character, VEOL) || (is(character, VEOL2) && has(IEXTEN));
    if ((is_end || is(character, VEOF)) && !lines_.has_room(length_ + 1)) {
        effects_.show("\a");
    } else if (is(character, VERASE) || character == '\b') { // keyboards send one or the other
        erase_last();
    } else if (is(character, VKILL)) {
        while (length_ > 0) {
            erase_last();
        }
    } else if (is(character, VWERASE) && has(IEXTEN)) {
        erase_word();
    } else if (is(character, VREPRINT) && has(IEXTEN) && has(ECHO)) {
        echo(character);
        effects_.show("\n");
        echo(line());
    } else if (is(character, VLNEXT) && has(IEXTEN)) {
        is_literal_ = true;
        if (has(ECHO) && has(ECHOCTL)) {
            effects_.show("^\b");
        }
    } else if (is(character, VEOF)) {
        finish();
    } else if (is_end) {
        line_[length_++] = character; // there is room for it
        if (character == '\n' && has(ECHO | ECHONL)) {
            effects_.show("\n");
        } else {
            echo(character);
        }
        finish();
    } else {
        append(character);
    }
}

void LineDiscipline::append(char character) {
    if (length_ + 1 >= line_.size()) { // one place is for what ends the line
        effects_.show("\a");
        return;
    }
    line_[length_++] = character;
    echo(character);
}

void LineDiscipline::finish() {
    lines_.push(line());
    length_ = 0;
    effects_.wake_readers();
}

/// Takes back as many columns as `echo` has filled.
void LineDiscipline::erase_last() {
    if (length_ == 0) {
        return;
    }
    const char character = line_[--length_];
    if (has(ECHO)) {
        const bool has_two = is_control(character) && character != '\t' && has(ECHOCTL);
        effects_.show(has_two ? "\b \b\b \b" : "\b \b");
    }
}

/// Back to the beginning of a word, as on Linux: of letters, digits and '_'. What comes after it goes, too.
void LineDiscipline::erase_word() {
    bool is_inside = false;
    while (length_ > 0 && (!is_inside || is_of_word(line_[length_ - 1]))) {
        is_inside |= is_of_word(line_[length_ - 1]);
        erase_last();
    }
}

/// Control characters as ^ and a letter. A tab in a line is one blank, so that erasing it takes back one column.
void LineDiscipline::echo(std::string_view typed) {
    std::array<char, 128> text; // shown in large pieces: after each one the screen is brought up to date
    std::size_t size = 0;
    for (const char character : has(ECHO) ? typed : "") {
        if (size + 2 > text.size()) {
            effects_.show({text.data(), std::exchange(size, 0)});
        }
        const bool is_plain = !is_control(character) || character == '\t' || (character == '\n' && !has(ICANON));
        if (!is_plain && has(ECHOCTL)) {
            text[size++] = '^';
            text[size++] = static_cast<char>(character ^ 0x40);
        } else {
            text[size++] = character == '\t' && has(ICANON) ? ' ' : character;
        }
    }
    effects_.show({text.data(), size});
}

bool LineDiscipline::ready(std::size_t wanted) const {
    return has(ICANON) ? lines_.ready() : available() >= std::min<std::size_t>(settings_.c_cc[VMIN], wanted);
}

std::size_t LineDiscipline::available() const {
    return lines_.available() + (has(ICANON) ? 0 : length_);
}

std::size_t LineDiscipline::peek(std::span<char> buffer) const {
    if (has(ICANON) || lines_.ready()) {
        return lines_.peek(buffer);
    }
    const std::size_t count = std::min(buffer.size(), length_);
    std::copy_n(line_.begin(), count, buffer.begin());
    return count;
}

bool LineDiscipline::discard(std::size_t count) {
    if (has(ICANON) || lines_.ready()) {
        const bool goes_on = lines_.discard(count);
        return goes_on || (!has(ICANON) && available() > 0);
    }
    std::copy(line_.begin() + static_cast<std::ptrdiff_t>(count), line_.begin() + static_cast<std::ptrdiff_t>(length_),
              line_.begin());
    length_ -= count;
    return length_ > 0;
}

void LineDiscipline::flush() {
    while (lines_.ready()) {
        lines_.discard(lines_.rest());
    }
    length_ = 0;
    is_literal_ = false;
}

} // namespace kernel::files
