// Memory that is lent: a child uses its parent's, which waits until the child has begun another program (chapter 20).
#pragma once

#include "lib/error.hpp"
#include "process/process.hpp"

namespace kernel::memory_loan {

/// From now on memory can be lent: an extension of each process. Before the first process is made, after signals and regions.
void enable();

/// As family::fork, but the child has no memory of its own: it uses that of the current process, and what it writes, maps or
/// takes away there is so for both. The current process must call `wait` before it goes back to its program: of all that use
/// one memory, only the last borrower runs. OutOfMemory, TryAgain.
[[nodiscard]] Result<Process*> fork();

/// If the current process has lent its memory, sleeps until it is back: the borrower has begun another program or has ended,
/// as have those to which it has lent the memory itself. Signals wait until then, but for one that ends the process: that does
/// so at once, and the memory is the borrower's own from then on.
void wait();

} // namespace kernel::memory_loan
