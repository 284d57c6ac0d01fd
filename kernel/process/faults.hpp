// Faults of programs: an exception at privilege level 3 ends the process, never the kernel (chapter 11).
#pragma once

namespace kernel::process {

/// From now on an exception at privilege level 3 kills the current process with the signal that
/// POSIX has for it.
void handle_user_faults();

} // namespace kernel::process
