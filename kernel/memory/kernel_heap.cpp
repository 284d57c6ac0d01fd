// The kernel's own heap, in the region KERNEL_HEAP: what `new (std::nothrow)` uses (chapter 10).
#include "memory/kernel_heap.hpp"

#include "memory/frames.hpp"
#include "memory/paging.hpp"

#include "layout.h"

#include <cstdint>

namespace kernel::heap {
namespace {

constinit Heap kernel_heap;
constinit std::uint32_t mapped_end = KERNEL_HEAP;

/// Puts frames under the region up to `begin` + `bytes`. Should the frames run out half-way, those
/// mapped stay for the next time: the heap will ask for the same addresses again.
Result<void> map_frames(void* begin, std::size_t bytes) {
    const std::uint32_t end = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(begin)) + bytes;
    // A request that cannot be met must not take the last frames from all others.
    if (end > mapped_end && (end - mapped_end) / PAGE_SIZE > frames::free_count()) {
        return std::unexpected(Error::OutOfMemory);
    }
    for (; mapped_end < end; mapped_end += PAGE_SIZE) {
        frames::Owner frame = TRY(frames::allocate());
        paging::map_kernel_page(VirtualAddress(mapped_end), frame.hand_over());
    }
    return {};
}

} // namespace

void initialize() {
    kernel_heap.initialize(reinterpret_cast<void*>(KERNEL_HEAP), KERNEL_HEAP_SIZE, map_frames);
}

Result<void*> allocate(std::size_t size, std::size_t alignment) {
    return kernel_heap.allocate(size, alignment);
}

void free(void* pointer) {
    kernel_heap.free(pointer);
}

void check() {
    kernel_heap.check();
}

Heap::Statistics statistics() {
    return kernel_heap.statistics();
}

} // namespace kernel::heap
