// Control sequences: how a program moves the cursor, erases and chooses colours (chapter 18).
#pragma once

#include "drivers/screen.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kernel::vga {

/// Takes the control sequences out of what is written to a screen and does what they say (ECMA-48, and what terminals made of
/// it):
///   ESC [ n A, B, C, D     cursor up, down, right, left by n (1)
///   ESC [ n G, n d         to column n, to row n
///   ESC [ row ; column H   to that place (1;1); also f
///   ESC [ n J, n K         erase in the screen, in the row: 0 from the cursor on, 1 up to it, 2 all
///   ESC [ ... m            colours: 0 as at first, 1 bright, 7 reversed, 30-37, 40-47, 90-97, 100-107, 22, 27, 39, 49;
///                          38 and 48, which choose among more colours than there are, do nothing
///   ESC [ s, u; ESC 7, 8   keep the cursor's place, and go back there
///   ESC [ top ; bottom r   only these rows scroll from now on, the region: at first all of them; the cursor goes to 1;1
///   ESC [ n S, n T         the region up, down by n rows
///   ESC [ n L, n M         n blank rows come in at the cursor's, n rows go out, in the region
///   ESC [ n @, n P, n X    n blanks come in at the cursor, n characters go out, n are blanked, in the row
///   ESC D, E, M            a row down, to the beginning of the next row, a row up; at the region's end it scrolls
///   ESC c                  all as at first
/// Any other sequence does nothing, ESC ( B and its kin neither; but strings, such as ESC ] begins, are not known.
class Ansi {
public:
    /// True if `character` belongs to a sequence: the screen must not show it.
    bool take(Screen& screen, char character);

private:
    enum class State : std::uint8_t { Text, Escape, Intermediate, Sequence };

    void finish_escape(Screen& screen, char final);
    void begin_sequence();
    void add_parameter(char character);
    void finish(Screen& screen, char final);
    void move(Screen& screen, std::size_t row, std::size_t column) const;
    void erase(Screen& screen, std::size_t begin, std::size_t end) const;
    bool scroll_for(Screen& screen, char character) const;
    void line_feed(Screen& screen) const;
    void reverse_line_feed(Screen& screen) const;
    /// Rows from `begin` to the region's end move up by `count`, or down where that is negative.
    void shift_rows(Screen& screen, std::size_t begin, std::ptrdiff_t count) const;
    void set_region(Screen& screen);
    void set_colours(Screen& screen);
    void set_attribute(unsigned attribute);
    /// The parameter with this index; `otherwise` if it is missing or 0.
    [[nodiscard]] std::size_t parameter(std::size_t index, std::size_t otherwise) const {
        return parameters_[index] != 0 ? parameters_[index] : otherwise;
    }

    State state_ = State::Text;
    std::array<unsigned, 16> parameters_{};
    std::size_t last_ = 0;    // the index of the last one
    bool is_private_ = false; // begins with ? or the like
    std::size_t kept_place_ = 0;
    std::size_t region_begin_ = 0; // its first row
    std::size_t region_end_ = Screen::rows;
    unsigned foreground_ = 7; // in the order of ECMA-48
    unsigned background_ = 0;
    bool is_bright_ = false;
    bool is_reversed_ = false;
};

} // namespace kernel::vga
