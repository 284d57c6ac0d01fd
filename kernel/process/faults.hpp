// Faults of programs: an exception at privilege level 3 ends the process, never the kernel (chapter 11).
#pragma once

#include <cstdint>

namespace kernel::process {

/// From now on an exception at privilege level 3 kills the current process with the signal that
/// POSIX has for it.
void handle_user_faults();

/// The number of that signal.
[[nodiscard]] std::uint32_t signal_of_fault(std::uint32_t vector);

} // namespace kernel::process
