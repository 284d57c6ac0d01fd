// The auxiliary vector: what a C library wants to know before it can begin (chapter 20).
#pragma once

namespace kernel::program {

/// Each program finds these entries from now on, not only AT_PAGESZ.
void enable_auxiliary_vector();

} // namespace kernel::program
