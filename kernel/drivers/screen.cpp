// A text screen in memory: cursor movement and scrolling (chapter 3).
#include "drivers/screen.hpp"

#include <algorithm>
#include <cstring>

namespace kernel::vga {

void Screen::put(char character) {
    switch (character) {
    case '\n':
        cursor_ = row_begin() + columns;
        break;
    case '\r':
        cursor_ = row_begin();
        break;
    case '\t': // the last tab stop of a row is the next row's first column: 80 is a multiple of 8
        cursor_ += tab_width - cursor_ % tab_width;
        break;
    case '\b':
        cursor_ -= cursor_ > 0 ? 1 : 0;
        break;
    default:
        show(character);
        break;
    }
    if (cursor_ >= cell_count) {
        scroll();
    }
}

void Screen::show(char character) {
    const auto code = static_cast<unsigned char>(character);
    constexpr unsigned char delete_code = 0x7F;
    if (code < ' ' || code == delete_code) {
        return;
    }
    cells_[cursor_] = static_cast<Cell>((blank_ & 0xFF00) | code);
    note_change(cursor_, cursor_ + 1);
    ++cursor_;
}

void Screen::erase(std::size_t begin, std::size_t end) {
    std::fill(cells_.begin() + begin, cells_.begin() + end, blank_);
    note_change(begin, end);
}

void Screen::note_change(std::size_t begin, std::size_t end) {
    changed_begin_ = std::min(changed_begin_, begin);
    changed_end_ = std::max(changed_end_, end);
}

void Screen::shift(std::size_t begin, std::size_t end, std::ptrdiff_t by) {
    const std::size_t rest = end - begin - std::min(end - begin, static_cast<std::size_t>(by < 0 ? -by : by));
    if (by < 0) {
        std::copy_backward(cells_.begin() + begin, cells_.begin() + begin + rest, cells_.begin() + end);
        erase(begin, end - rest);
    } else {
        std::copy(cells_.begin() + end - rest, cells_.begin() + end, cells_.begin() + begin);
        erase(begin + rest, end);
    }
    note_change(begin, end);
}

void Screen::scroll() {
    std::copy(cells_.begin() + columns, cells_.end(), cells_.begin());
    std::fill(cells_.end() - columns, cells_.end(), blank_);
    cursor_ -= columns;
    changed_begin_ = 0;
    changed_end_ = cell_count;
}

static_assert(Screen::columns % Screen::tab_width == 0);

} // namespace kernel::vga
