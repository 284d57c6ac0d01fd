// Control sequences: how a program moves the cursor, erases and chooses colours (chapter 18).
#include "drivers/ansi.hpp"

#include <algorithm>
#include <utility>

namespace kernel::vga {

namespace {

constexpr char escape = 0x1B;

/// Black, red, green, yellow, blue, magenta, cyan, white.
constexpr Colour colours[] = {Colour::Black, Colour::Red,     Colour::Green, Colour::Brown,
                              Colour::Blue,  Colour::Magenta, Colour::Cyan,  Colour::LightGrey};
constexpr unsigned first_foreground = 7;
constexpr unsigned first_background = 0;

constexpr Colour bright(Colour colour) {
    return static_cast<Colour>(static_cast<unsigned>(colour) | 8);
}

} // namespace

bool Ansi::take(Screen& screen, char character) {
    if (character == escape) {
        state_ = State::Escape;
        return true;
    }
    switch (state_) {
    case State::Text:
        return scroll_for(screen, character);
    case State::Escape:
        state_ = State::Text;
        finish_escape(screen, character);
        return true;
    case State::Intermediate:
        state_ = character < '0' ? State::Intermediate : State::Text;
        return true;
    case State::Sequence:
        break;
    }
    const auto code = static_cast<unsigned char>(character);
    if (code < ' ') { // within a sequence a control character does what it always does
        return scroll_for(screen, character);
    }
    if (code >= '@') {
        state_ = State::Text;
        if (!is_private_) {
            finish(screen, character);
        }
    } else {
        add_parameter(character);
    }
    return true;
}

void Ansi::finish_escape(Screen& screen, char final) {
    switch (final) {
    case '[':
        return begin_sequence();
    case '7':
        kept_place_ = screen.cursor();
        break;
    case '8':
        return screen.move_to(kept_place_);
    case 'E':
        screen.move_to(screen.cursor() - screen.cursor() % Screen::columns);
        [[fallthrough]];
    case 'D':
        return line_feed(screen);
    case 'M':
        return reverse_line_feed(screen);
    case 'c':
        *this = Ansi();
        set_colours(screen);
        return screen.clear();
    default:
        if (final >= ' ' && final < '0') { // as in ESC ( B, which chooses a character set
            state_ = State::Intermediate;
        }
        break;
    }
}

/// Before `character` is shown: if it leads out of the region's last row, the region scrolls. The rows below the region never
/// scroll: true if there is no more room in the last one.
bool Ansi::scroll_for(Screen& screen, char character) const {
    const std::size_t row = screen.cursor() / Screen::columns;
    const std::size_t room = Screen::columns - screen.cursor() % Screen::columns;
    const bool is_shown = static_cast<unsigned char>(character) >= ' ' && character != 0x7F;
    const bool leads_out =
        character == '\n' || (character == '\t' && room <= Screen::tab_width) || (is_shown && room == 1);
    if (!leads_out || (region_begin_ == 0 && region_end_ == Screen::rows)) { // then the screen scrolls by itself
        return false;
    }
    if (row + 1 == region_end_) {
        shift_rows(screen, region_begin_, 1);
        screen.move_to(screen.cursor() - Screen::columns);
        return false;
    }
    if (row + 1 == Screen::rows && character == '\n') {
        screen.move_to(row * Screen::columns);
    }
    return row + 1 == Screen::rows;
}

void Ansi::line_feed(Screen& screen) const {
    const std::size_t next = screen.cursor() / Screen::columns + 1;
    if (next == region_end_) {
        shift_rows(screen, region_begin_, 1);
    } else if (next < Screen::rows) {
        screen.move_to(screen.cursor() + Screen::columns);
    }
}

void Ansi::reverse_line_feed(Screen& screen) const {
    const std::size_t row = screen.cursor() / Screen::columns;
    if (row == region_begin_) {
        shift_rows(screen, region_begin_, -1);
    } else if (row > 0) {
        screen.move_to(screen.cursor() - Screen::columns);
    }
}

void Ansi::shift_rows(Screen& screen, std::size_t begin, std::ptrdiff_t count) const {
    constexpr std::ptrdiff_t columns = Screen::columns;
    if (begin >= region_begin_ && begin < region_end_) {
        screen.shift(begin * Screen::columns, region_end_ * Screen::columns, count * columns);
    }
}

void Ansi::set_region(Screen& screen) {
    const std::size_t begin = parameter(0, 1) - 1;
    const std::size_t end = std::min(parameter(1, Screen::rows), Screen::rows);
    if (begin + 1 < end) { // two rows at least
        region_begin_ = begin;
        region_end_ = end;
        screen.move_to(0);
    }
}

void Ansi::begin_sequence() {
    state_ = State::Sequence;
    parameters_.fill(0);
    last_ = 0;
    is_private_ = false;
}

void Ansi::add_parameter(char character) {
    constexpr unsigned most = 10000;
    if (character >= '0' && character <= '9') {
        unsigned& parameter = parameters_[last_];
        parameter = std::min(parameter * 10 + static_cast<unsigned>(character - '0'), most);
    } else if (character == ';') {
        last_ = std::min(last_ + 1, parameters_.size() - 1);
    } else {
        is_private_ = true;
    }
}

void Ansi::move(Screen& screen, std::size_t row, std::size_t column) const {
    screen.move_to(std::min(row, Screen::rows - 1) * Screen::columns + std::min(column, Screen::columns - 1));
}

/// Cells [begin, end) around the cursor: all of them, those before it and itself, or it and those after it.
void Ansi::erase(Screen& screen, std::size_t begin, std::size_t end) const {
    const std::size_t cursor = screen.cursor();
    screen.erase(parameters_[0] == 0 ? cursor : begin, parameters_[0] == 1 ? cursor + 1 : end);
}

void Ansi::finish(Screen& screen, char final) {
    const std::size_t cursor = screen.cursor();
    const std::size_t row = cursor / Screen::columns;
    const std::size_t column = cursor % Screen::columns;
    const std::size_t row_end = (row + 1) * Screen::columns;
    const std::size_t count = parameter(0, 1);
    const auto by = static_cast<std::ptrdiff_t>(count);
    switch (final) {
    case 'A':
        return move(screen, row - std::min(row, count), column);
    case 'B':
        return move(screen, row + count, column);
    case 'C':
        return move(screen, row, column + count);
    case 'D':
        return move(screen, row, column - std::min(column, count));
    case 'G':
        return move(screen, row, count - 1);
    case 'd':
        return move(screen, count - 1, column);
    case 'H':
    case 'f':
        return move(screen, count - 1, parameter(1, 1) - 1);
    case 'J':
        return erase(screen, 0, Screen::cell_count);
    case 'K':
        return erase(screen, row * Screen::columns, row_end);
    case 'X':
        return screen.erase(cursor, std::min(cursor + count, row_end));
    case '@':
        return screen.shift(cursor, row_end, -by);
    case 'P':
        return screen.shift(cursor, row_end, by);
    case 'L':
        return shift_rows(screen, row, -by);
    case 'M':
        return shift_rows(screen, row, by);
    case 'S':
        return shift_rows(screen, region_begin_, by);
    case 'T':
        return shift_rows(screen, region_begin_, -by);
    case 'r':
        return set_region(screen);
    case 'm':
        return set_colours(screen);
    case 's':
        kept_place_ = cursor;
        break;
    case 'u':
        screen.move_to(kept_place_);
        break;
    default:
        break;
    }
}

void Ansi::set_colours(Screen& screen) {
    for (std::size_t i = 0; i <= last_; ++i) {
        if (parameters_[i] == 38 || parameters_[i] == 48) { // one of 256 colours: 5; n. Of all: 2; red; green; blue
            i += i < last_ && parameters_[i + 1] == 2 ? 4 : 2;
        } else {
            set_attribute(parameters_[i]);
        }
    }
    Colour foreground = is_bright_ || foreground_ >= 8 ? bright(colours[foreground_ % 8]) : colours[foreground_];
    Colour background = colours[background_];
    if (is_reversed_) {
        std::swap(foreground, background);
        background = static_cast<Colour>(static_cast<unsigned>(background) & 7); // a bright one would blink
    }
    screen.set_colours(foreground, background);
}

void Ansi::set_attribute(unsigned attribute) {
    const unsigned colour = attribute % 10;
    switch (attribute) {
    case 0:
        foreground_ = first_foreground;
        background_ = first_background;
        is_bright_ = is_reversed_ = false;
        break;
    case 1:
    case 22:
        is_bright_ = attribute == 1;
        break;
    case 7:
    case 27:
        is_reversed_ = attribute == 7;
        break;
    case 39:
        foreground_ = first_foreground;
        break;
    case 49:
        background_ = first_background;
        break;
    default:
        if (colour > 7) {
            break;
        }
        switch (attribute / 10) {
        case 3:
            foreground_ = colour;
            break;
        case 9:
            foreground_ = colour + 8;
            break;
        case 4:
        case 10: // bright, but VGA's background can't be
            background_ = colour;
            break;
        default:
            break;
        }
    }
}

} // namespace kernel::vga
