// The line discipline: what becomes of the characters that are typed at a terminal (chapter 18).
#pragma once

#include "drivers/line_editor.hpp"

#include "abi/terminal.h"

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace kernel::files {

/// Takes what is typed, a byte at a time, and does with it what `settings` say (termios(3)): a line can be edited until it is
/// finished, or each byte counts at once; some characters are signals. No hardware and no process is known here.
class LineDiscipline {
public:
    struct Effects {
        void (*show)(std::string_view text);  // the echo
        void (*send_signal)(unsigned number); // to whoever the terminal belongs to
        void (*wake_readers)();               // there is more to read
    };
    constexpr explicit LineDiscipline(const Effects& effects) : effects_(effects) {}

    /// As terminals are on Linux at first.
    static constexpr termios first_settings{
        .c_iflag = ICRNL | IXON,
        .c_oflag = OPOST | ONLCR,
        .c_cflag = B38400 | CS8 | CREAD,
        .c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
        .c_line = 0,
        .c_cc = {3, 0x1C, 0x7F, 0x15, 4, 0, 1, 0, 0x11, 0x13, 0x1A, 0, 0x12, 0x0F, 0x17, 0x16, 0, 0, 0}};

    [[nodiscard]] const termios& settings() const { return settings_; }
    /// What has been typed is kept: a line that is not finished becomes bytes; bytes become lines, as if typed now.
    void change(const termios& settings);

    /// Whether a byte finds room: who can keep it until then should.
    [[nodiscard]] bool has_room() const;
    /// Without room only signals and what edits the line go in: for the rest the bell rings.
    void put(char character);

    /// Whether a read has something to give: a line, be it an empty one, which is the end; or VMIN bytes, or those wanted.
    [[nodiscard]] bool ready(std::size_t wanted = SIZE_MAX) const;
    /// How many bytes could be read.
    [[nodiscard]] std::size_t available() const;
    /// Copies the first bytes, and takes nothing out. Never more than the rest of one line.
    [[nodiscard]] std::size_t peek(std::span<char> buffer) const;
    /// Takes them out. True if the same read may go on.
    bool discard(std::size_t count);
    /// Forgets all that has been typed and not read.
    void flush();

private:
    [[nodiscard]] bool has(unsigned flag) const { return (settings_.c_lflag & flag) != 0; }
    /// Whether `character` is the one that does what c_cc[`index`] names.
    [[nodiscard]] bool is(char character, unsigned index) const {
        return character != '\0' && static_cast<unsigned char>(character) == settings_.c_cc[index];
    }
    bool put_signal(char character);
    void put_in_line(char character);
    void append(char character);
    void finish();
    void erase_last();
    void erase_word();
    void echo(char character) { echo(std::string_view(&character, 1)); }
    void echo(std::string_view typed);
    [[nodiscard]] std::string_view line() const { return {line_.data(), length_}; }

    Effects effects_;
    termios settings_ = first_settings;
    LineQueue lines_;                                     // finished ones
    std::array<char, LineEditor::maximum_length> line_{}; // not finished; or, without ICANON, bytes to be read
    std::size_t length_ = 0;
    bool is_literal_ = false; // the next character, after VLNEXT
};

} // namespace kernel::files
