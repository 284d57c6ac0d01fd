// ELF programs: loading what elf::parse accepts (chapter 14).
#pragma once

#include "program/program.hpp"

#include "layout.h"

namespace kernel::elf {

/// From now on program::load takes ELF files too.
void enable();

/// Loads the segments of `file` and returns all of Start but the stack. Errors as program::load.
[[nodiscard]] Result<program::Start> load(AddressSpace& space, std::string_view name, ByteSource file);

/// Where a file goes that may be position-independent (chapter 20). Without a base it is refused.
struct Place {
    VirtualAddress base{};
    VirtualAddress limit{USER_MEMORY_END}; ///< it must end there or below
};
/// The same for such files.
[[nodiscard]] Result<program::Start> load(AddressSpace& space, std::string_view name, ByteSource file,
                                          const Place& place);

} // namespace kernel::elf
