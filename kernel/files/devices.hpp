// Devices: nodes that are no files but do something (chapter 15).
#pragma once

#include "files/tree.hpp"

namespace kernel::files {

/// Makes /dev with console, null, zero and full. NoSpace or OutOfMemory if that can't be.
[[nodiscard]] Result<void> make_devices(const Base& base);

} // namespace kernel::files
