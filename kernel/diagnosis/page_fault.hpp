// Page faults explained: what is known about the address, the walk that failed, the bit that forbade it (chapter 8).
#pragma once

#include "lib/address.hpp"
#include "memory/page_table.hpp"

#include <cstdint>
#include <string_view>

namespace kernel::page_fault {

/// What an address is known for, as words that follow it: "a null pointer", "below a kernel stack:
/// it overflowed". Empty if nothing is.
[[nodiscard]] std::string_view describe_address(VirtualAddress address, bool from_user);

/// Adds all this to the report of page faults from now on.
void explain_in_reports();

} // namespace kernel::page_fault
