// Copy on write: a fork shares the parent's memory, and a page is copied when one of the two writes to it (chapter 19).
#pragma once

namespace kernel::copy_on_write {

/// From now on forks share, and page faults copy.
void enable();

} // namespace kernel::copy_on_write
