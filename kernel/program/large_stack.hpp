// Arguments that do not fit into a page: as many as programs of others count on (chapter 20).
#pragma once

namespace kernel::program {

/// The words that a program gives to another one may have 128 KiB from now on.
void enable_large_stack();

} // namespace kernel::program
