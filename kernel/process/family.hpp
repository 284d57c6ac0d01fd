// Families: parents and children, and what of a process is left to be waited for (chapter 16).
#pragma once

#include "lib/error.hpp"
#include "process/process.hpp"

#include <cstdint>

namespace kernel::family {

/// From now on processes have parents and children: an extension of each. Before the first process is made.
void initialize();

/// Makes a child of the current process: a copy of it that returns from the same system call with 0. It may run from now
/// on. OutOfMemory, or TryAgain if there are too many processes.
[[nodiscard]] Result<Process*> fork();

/// The parent's number; 0 if the kernel itself has started the process.
[[nodiscard]] std::int32_t parent_of(Process& process);

enum class Wait : std::uint8_t { ForEnd, NotAtAll };

/// Waits until a child of the current process has ended, the one with the number `id` or, for -1, any. The caller owns it
/// then and ends it with `delete`. Null if none has ended and the caller does not wait. NoChild if there is no such child;
/// Interrupted.
[[nodiscard]] Result<Process*> wait(std::int32_t id, Wait wait);

} // namespace kernel::family
