// VGA text mode: 80 columns by 25 rows at physical 0xB8000 (chapter 3).
#pragma once

#include "drivers/screen.hpp"

#include <span>

namespace kernel::vga {

/// Clears the screen, turns the hardware cursor on and lets the log write here. Needs no
/// interrupts, and no more of paging than that physical 0xB8000 is seen at KERNEL_BASE + 0xB8000.
void initialize();

/// Shows text at the cursor; `Screen::put` says what control characters do.
void write(std::span<const char> text);

/// `filter` is asked from now on before a character is put on the screen: true if it was not to be shown (chapter 18).
void set_filter(bool (*filter)(Screen& screen, char character));

/// Colours of the text to come. `background` must be one of the first eight.
void set_colours(Colour foreground, Colour background);

} // namespace kernel::vga
