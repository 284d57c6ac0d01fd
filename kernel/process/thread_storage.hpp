// Thread-local storage: each process has a segment of its own for it, in the one further entry of the GDT (chapter 20).
#pragma once

#include "cpu/gdt.hpp"
#include "lib/error.hpp"

namespace kernel::thread_storage {

/// Processes can have such a segment from now on. Before the first process is made.
void enable();

/// Whether the current process has one.
[[nodiscard]] bool is_in_use();
/// Gives it one, or another one. With the first one of all, the GDT gets its entry.
void set(gdt::Descriptor segment);

} // namespace kernel::thread_storage
