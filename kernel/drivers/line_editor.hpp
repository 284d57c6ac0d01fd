// Typed lines: how a line is edited while it is typed, and the queue of finished ones (chapter 6).
#pragma once

#include "lib/ring_buffer.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace kernel {

/// Collects the bytes of one line.
///   '\n', '\r'         end the line, which then ends in '\n'
///   '\b', DEL          erase the last byte
///   ctrl-U             erases the line
///   ctrl-D             ends the line as it is, without '\n': an empty one is the end of input
///   ESC [ ... letter   (arrow keys and the like) does nothing, like the other control characters
/// A tab is kept, but shown as one blank, so that erasing a byte always erases one column.
/// A byte for which there is no room is dropped, and the bell rings.
class LineEditor {
public:
    /// Bytes of the longest line, its '\n' included.
    static constexpr std::size_t maximum_length = 1024;

    /// Shows what was typed.
    using Echo = void (*)(std::string_view text);
    enum class Progress : std::uint8_t { Unfinished, Finished };

    constexpr explicit LineEditor(Echo echo) : echo_(echo) {}

    /// Takes one typed byte. After a finished line the next byte begins a new one.
    Progress put(char character);

    /// The line so far, as far as it is not erased.
    [[nodiscard]] std::string_view line() const { return {bytes_.data(), length_}; }

private:
    enum class State : std::uint8_t { Text, Escape, ControlSequence, Finished };

    Progress put_text(char character);
    Progress finish();
    void append(char character);
    void erase_last();

    Echo echo_;
    State state_ = State::Text;
    std::array<char, maximum_length> bytes_{};
    std::size_t length_ = 0;
};

/// Finished lines that wait to be read.
class LineQueue {
public:
    /// True if lines of so many bytes in all still fit, however many lines that makes.
    [[nodiscard]] bool has_room(std::size_t bytes = LineEditor::maximum_length) const {
        return lengths_.room() > bytes && bytes_.room() >= bytes;
    }
    /// Adds a line. There must be room for it.
    void push(std::string_view line);

    /// True if `read` has something to give, be it the end of input.
    [[nodiscard]] bool ready() const { return !lengths_.empty(); }

    /// Takes bytes of the oldest line, at most as many as `buffer` holds; what does not fit is read
    /// next time. Returns how many: 0 for an empty line, which means the end of input, and also if
    /// nothing is ready or `buffer` is empty.
    std::size_t read(std::span<char> buffer);

    /// Copies what `read` would take, and takes nothing.
    [[nodiscard]] std::size_t peek(std::span<char> buffer) const;
    /// Takes out the `count` bytes of the oldest line that `peek` has copied to a buffer. True if the line goes on.
    bool discard(std::size_t count);

    /// Bytes of the oldest line that have not been read, and of all lines (chapter 18).
    [[nodiscard]] std::size_t rest() const { return ready() ? lengths_[0] - taken_ : 0; }
    [[nodiscard]] std::size_t available() const { return bytes_.size(); }

private:
    static constexpr std::size_t capacity = 4 * LineEditor::maximum_length;

    RingBuffer<char, capacity> bytes_;            // of all lines, one after the other
    RingBuffer<std::uint16_t, capacity> lengths_; // of the lines not yet read to their end; most are short
    std::size_t taken_ = 0;                       // bytes of the oldest line that have been read
};

} // namespace kernel
