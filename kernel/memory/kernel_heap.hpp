// The kernel's own heap, in the region KERNEL_HEAP: what `new (std::nothrow)` uses (chapter 10).
#pragma once

#include "lib/error.hpp"
#include "memory/heap.hpp"

#include <cstddef>

// C++ code says `new (std::nothrow) T` and tests the pointer; plain `new T` does not link
// (memory/new.cpp says why).
namespace kernel::heap {

/// Prepares the heap. Precondition: paging and frames are initialised. Takes no frame yet.
void initialize();

/// As Heap's functions of the same name.
[[nodiscard]] Result<void*> allocate(std::size_t size, std::size_t alignment = Heap::default_alignment);
void free(void* pointer);
void check();
[[nodiscard]] Heap::Statistics statistics();

} // namespace kernel::heap
