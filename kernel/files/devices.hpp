// Devices: nodes that are not files but do something (chapter 15).
#pragma once

#include "files/tree.hpp"

namespace kernel::files {

/// Makes /dev with console, null, zero and full. NoSpace or OutOfMemory if that can't be.
[[nodiscard]] Result<void> make_devices(const Base& base);

/// What the console does with a write: it shows the text, and the process sleeps while the serial line has no room.
[[nodiscard]] Result<std::uint32_t> write_console(Transfer& from);

} // namespace kernel::files
