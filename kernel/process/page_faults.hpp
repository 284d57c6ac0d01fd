// Page faults that are not mistakes, which give or copy a page (chapter 19). All others: diagnosis/exceptions.
#pragma once

#include "lib/address.hpp"
#include "lib/error.hpp"

namespace kernel::page_faults {

/// Makes the page of `address` fit for that access by the current process. False if that is not its to do; OutOfMemory.
using Resolver = Result<bool> (*)(VirtualAddress address, bool is_write);

/// From now on they are asked: the one about the program's pages that are not present, the other about those that are, and forbid the
/// access. An access by the kernel for the program counts as the program's.
void give_pages_by(Resolver resolver);
void copy_pages_by(Resolver resolver);

} // namespace kernel::page_faults
