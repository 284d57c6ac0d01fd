// The memory that is free at the start: all there is, without what is taken already (chapter 9).
#pragma once

#include "multiboot/multiboot.hpp"

namespace kernel::frames {

/// Hands the frame allocator all usable memory but the first MiB (firmware, VGA, the loader's
/// leavings), the kernel and the modules. Panics if nothing is left. Precondition:
/// paging::initialize has run.
void take_boot_memory(const multiboot::Information& information);

} // namespace kernel::frames
