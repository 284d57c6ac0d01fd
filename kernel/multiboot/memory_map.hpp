// The memory map: which physical memory is there and free to use (chapter 7).
#pragma once

#include "lib/ranges.hpp"
#include "multiboot/multiboot_format.hpp"

namespace kernel::multiboot {

/// Fills `usable` with the memory that the loader calls usable, reserved memory taken out of it,
/// byte by byte and up to 64 bits wide. It comes from the memory map, or from the plain size of
/// upper memory where there is no map. Malformed entries are reported and left out.
void read_usable_memory(const RawInformation& raw, RangeSet& usable);

} // namespace kernel::multiboot
