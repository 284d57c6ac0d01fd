// A text screen in memory: where characters, tabs and line ends go (chapter 3).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace kernel::vga {

/// The 16 colours of VGA text mode, as the firmware sets up the palette.
enum class Colour : std::uint8_t {
    Black,
    Blue,
    Green,
    Cyan,
    Red,
    Magenta,
    Brown,
    LightGrey,
    DarkGrey,
    LightBlue,
    LightGreen,
    LightCyan,
    LightRed,
    LightMagenta,
    Yellow,
    White,
};

/// A character and its colours as the VGA reads them: the character in the low byte, the attribute
/// in the high one (bits 0-3 foreground, 4-6 background, 7 blinking).
using Cell = std::uint16_t;

/// `background` must be one of the first eight colours: the others would blink instead.
constexpr Cell make_cell(char character, Colour foreground, Colour background) {
    const unsigned attribute = static_cast<unsigned>(foreground) | static_cast<unsigned>(background) << 4;
    return static_cast<Cell>(attribute << 8 | static_cast<unsigned char>(character));
}

/// What the screen shows, kept in ordinary memory: reading back video memory is slow. The driver
/// copies the cells that changed to where the VGA sees them.
class Screen {
public:
    static constexpr std::size_t columns = 80;
    static constexpr std::size_t rows = 25;
    static constexpr std::size_t cell_count = columns * rows;
    static constexpr std::size_t tab_width = 8;

    /// An empty screen, light grey on black, the cursor at the top left.
    constexpr Screen() { clear(); }

    /// Shows `character` at the cursor and moves on. At the end of a row the text goes on in the
    /// next; below the last row everything moves up by one. '\n', '\r', '\t' and '\b' move the
    /// cursor only; '\b' at the start of a row goes to the end of the row above, so that "\b \b"
    /// takes back a character that was the last of its row. Other control characters do nothing.
    void put(char character);

    /// Colours of the characters to come, and of rows that scrolling brings in.
    constexpr void set_colours(Colour foreground, Colour background) {
        blank_ = make_cell(' ', foreground, background);
    }

    /// Blanks all cells in the colours set and puts the cursor at the top left.
    constexpr void clear() {
        cells_.fill(blank_);
        cursor_ = 0;
        changed_begin_ = 0;
        changed_end_ = cell_count;
    }

    /// Puts the cursor into a cell, and blanks the cells [begin, end) in the colours set (chapter 18).
    void move_to(std::size_t cell) { cursor_ = cell; }
    void erase(std::size_t begin, std::size_t end);
    /// Moves the cells [begin, end) towards the first one by `by` cells, or away from it where that is negative; what comes in
    /// is blank, and what goes out is lost.
    void shift(std::size_t begin, std::size_t end, std::ptrdiff_t by);

    constexpr std::span<const Cell, cell_count> cells() const { return cells_; }
    /// The cell that the next character goes to, counted along the rows; below `cell_count`.
    constexpr std::size_t cursor() const { return cursor_; }

    /// The cells [begin, end) hold all that changed since the last `forget_changes`.
    struct Range {
        std::size_t begin;
        std::size_t end;
    };
    constexpr Range changes() const { return {changed_begin_, changed_end_}; }
    constexpr void forget_changes() {
        changed_begin_ = cell_count;
        changed_end_ = 0;
    }

private:
    std::size_t row_begin() const { return cursor_ - cursor_ % columns; }
    void show(char character);
    void scroll();
    void note_change(std::size_t begin, std::size_t end);

    std::array<Cell, cell_count> cells_{};
    Cell blank_ = make_cell(' ', Colour::LightGrey, Colour::Black);
    std::size_t cursor_ = 0;
    std::size_t changed_begin_ = 0;
    std::size_t changed_end_ = 0;
};

} // namespace kernel::vga
