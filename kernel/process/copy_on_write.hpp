// Copy on write: a fork shares the parent's memory, and a page is copied when one of the two writes to it (chapter 19).
#pragma once

#include "lib/address.hpp"
#include "lib/error.hpp"
#include "memory/address_space.hpp"

#include <cstddef>

namespace kernel::copy_on_write {

/// From now on forks share, page faults copy, and a program's read-only pages are those of its file.
void enable();

/// Maps `page` of `space` read-only to the frame in which a file has `contents`, a whole page: both use it from then on.
/// OutOfMemory, if there is no frame for a page table.
[[nodiscard]] Result<void> share_page(AddressSpace& space, VirtualAddress page, const std::byte* contents);

} // namespace kernel::copy_on_write
