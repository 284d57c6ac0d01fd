// Page faults explained: what is known about the address, the walk that failed, the bit that
// forbade it (chapter 8).
#pragma once

#include "memory/address.hpp"
#include "memory/page_table.hpp"

#include <cstdint>
#include <string_view>

namespace kernel::page_fault {

/// What was tried, from the error code of the exception (Intel SDM Vol. 3A, figure 4-12).
struct Attempt {
    bool is_write;
    bool is_user; ///< at privilege level 3
};

/// What an address is known for, as words that follow it: "a null pointer", "below a kernel stack:
/// it overflowed". Empty if nothing is.
[[nodiscard]] std::string_view describe_address(VirtualAddress address, bool from_user);

/// Which bit of which entry forbade `attempt`. For a walk that forbids nothing: that the TLB must
/// hold an older entry.
[[nodiscard]] std::string_view forbidding_bit(const PageWalk& walk, Attempt attempt);

/// Adds all this to the report of page faults from now on.
void explain_in_reports();

} // namespace kernel::page_fault
