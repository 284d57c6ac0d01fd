// The console for processes: whoever reads sleeps until there is a line, whoever writes until there is room (chapter 12).
#pragma once

#include "lib/error.hpp"

#include <cstddef>
#include <span>

namespace kernel::process {

/// Waits for a typed line, or the end of input, and copies the beginning of the oldest one into `buffer`, which must not
/// be empty. Returns that part of `buffer`, empty for the end of input. The line stays, until discard_from_console takes
/// as many bytes away: so nothing is lost where the program's memory can't take it. Interrupted.
[[nodiscard]] Result<std::span<char>> peek_console(std::span<char> buffer);
void discard_from_console(std::size_t count);

/// Writes the first line of `text`, or all of it if there is none: how many bytes. Waits for room before, and lets the
/// interrupts in that have come meanwhile: the end of a line may scroll the screen, which takes a good part of a tick on
/// a slow machine. Interrupted; then nothing was written.
[[nodiscard]] Result<std::size_t> write_line_to_console(std::span<const char> text);

} // namespace kernel::process
