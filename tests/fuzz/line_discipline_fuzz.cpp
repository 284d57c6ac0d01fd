// Fuzz target: whatever is typed at a terminal, with whatever settings, a read gets what it should (chapter 18). The input is
// a row of commands: a byte, and what it takes of the bytes after it.
#include "invariant.hpp"

#include "files/line_discipline.hpp"

#include "abi/system.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace {

using kernel::files::LineDiscipline;

class Input {
public:
    explicit Input(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
    [[nodiscard]] bool has_next() const { return !bytes_.empty(); }
    /// 0 once there are no more.
    std::uint8_t next() {
        if (bytes_.empty()) {
            return 0;
        }
        const std::uint8_t byte = bytes_.front();
        bytes_ = bytes_.subspan(1);
        return byte;
    }

private:
    std::span<const std::uint8_t> bytes_;
};

bool shows = true;   // the echo is on
bool signals = true; // characters may be signals
unsigned woken = 0;

constexpr LineDiscipline::Effects effects{
    .show =
        [](std::string_view text) {
            INVARIANT(shows || text.empty() || text == "\a", "without an echo only the bell is heard");
        },
    .send_signal =
        [](unsigned number) {
            INVARIANT(signals, "without ISIG nothing is a signal");
            INVARIANT(number == SIGINT || number == SIGQUIT || number == SIGTSTP, "three characters are signals");
        },
    .wake_readers = [] { ++woken; },
};

class Terminal {
public:
    /// What one key sends, as the terminal's driver does it: it asks for room before the key, not before each byte.
    void type(std::string_view key) {
        if (!discipline_.has_room()) {
            INVARIANT(discipline_.ready(), "a full terminal has something to read");
            return;
        }
        for (const char character : key) {
            const bool was_ready = discipline_.ready();
            woken = 0;
            discipline_.put(character);
            INVARIANT(was_ready || !discipline_.ready() || woken > 0, "a reader that waits is woken");
            if (is_raw_ && raw_.size() + 1 < kernel::LineEditor::maximum_length) {
                raw_ += character;
            }
            ++typed_;
        }
    }

    /// One read(2), in pieces, as long as `discard` says that it goes on.
    void read(std::size_t size) {
        if (!discipline_.ready()) {
            return;
        }
        const bool is_line = (discipline_.settings().c_lflag & ICANON) != 0;
        std::string text;
        for (bool goes_on = true; goes_on && text.size() < size;) {
            std::array<char, 16> piece;
            const std::size_t wanted = std::min(piece.size(), size - text.size());
            const std::size_t count = discipline_.peek(std::span(piece).first(wanted));
            INVARIANT(count <= wanted && count <= discipline_.available(), "there is no more than was typed");
            INVARIANT(count > 0 || text.empty() || !is_line, "a read of a line that goes on has more to give");
            text.append(piece.data(), count);
            goes_on = discipline_.discard(count);
        }
        typed_ -= std::min(typed_, text.size());
        INVARIANT(text.size() <= kernel::LineEditor::maximum_length || !is_line, "a line has at most 1,024 bytes");
        if (is_raw_) {
            INVARIANT(raw_.starts_with(text), "raw bytes come as they were typed");
            raw_.erase(0, text.size());
        }
    }

    void change(termios settings) {
        shows = shows || (settings.c_lflag & (ECHO | ECHONL)) != 0; // what was typed is echoed with the new settings
        signals = signals || (settings.c_lflag & ISIG) != 0;
        discipline_.change(settings);
        shows = (settings.c_lflag & (ECHO | ECHONL)) != 0;
        signals = (settings.c_lflag & ISIG) != 0;
        is_raw_ = false;
    }

    /// From now on each byte counts as it is, and nothing else was typed.
    void make_raw() {
        termios settings = discipline_.settings();
        settings.c_lflag = 0;
        settings.c_iflag = 0;
        change(settings);
        flush();
        is_raw_ = true;
    }

    void flush() {
        discipline_.flush();
        INVARIANT(discipline_.available() == 0, "nothing is left");
        typed_ = 0;
        raw_.clear();
    }

    [[nodiscard]] const termios& settings() const { return discipline_.settings(); }
    void check() const { INVARIANT(discipline_.available() <= typed_, "there is no more than was typed"); }

private:
    LineDiscipline discipline_{effects};
    std::size_t typed_ = 0; // bytes that may still be there
    bool is_raw_ = false;
    std::string raw_; // then: what was typed and not read
};

void run(Terminal& terminal, Input& input) {
    switch (const std::uint8_t command = input.next(); command) {
    case 0xF8: // a function key
        return terminal.type({"\x1B[A", 3});
    case 0xF9: { // much of one character
        const auto character = static_cast<char>(input.next());
        for (unsigned count = input.next() * 16U; count > 0; --count) {
            terminal.type({&character, 1});
        }
        return;
    }
    case 0xFA:
        return terminal.read(input.next() * 8U + 1);
    case 0xFB:
        return terminal.flush();
    case 0xFC:
        return terminal.make_raw();
    case 0xFD: {
        termios settings = terminal.settings();
        settings.c_lflag = input.next() | static_cast<unsigned>(input.next()) << 8;
        settings.c_iflag = input.next() | static_cast<unsigned>(input.next()) << 8;
        return terminal.change(settings);
    }
    case 0xFE: {
        termios settings = terminal.settings();
        const unsigned index = input.next() % NCCS;
        settings.c_cc[index] = input.next();
        return terminal.change(settings);
    }
    default: {
        const auto character = static_cast<char>(command);
        terminal.type({&character, 1});
    }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input({data, size});
    Terminal terminal;
    shows = true;
    signals = true;
    while (input.has_next()) {
        run(terminal, input);
        terminal.check();
    }
    return 0;
}
