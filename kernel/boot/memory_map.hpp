// The memory map: which physical memory is there and free to use (chapter 7).
#pragma once

#include "boot/multiboot_format.hpp"
#include "boot/ranges.hpp"

namespace kernel::boot {

/// The memory that the loader calls usable, reserved memory taken out of it, byte by byte and up to
/// 64 bits wide. It comes from the memory map, or from the plain size of upper memory where there
/// is no map. Malformed entries are reported and left out.
[[nodiscard]] RangeSet usable_memory(const RawInformation& raw);

} // namespace kernel::boot
