// The heap: pieces of memory of any size out of one region that grows (chapter 10).
#pragma once

#include "lib/error.hpp"

#include <cstddef>
#include <cstdint>

namespace kernel {

/// A heap over one region of virtual memory. Its use of the region is a row of blocks without gaps;
/// every block has a header with a checksum, so writing past the end of a block is noticed when a
/// neighbour is touched. A damaged block, a block freed twice and a pointer that was never handed
/// out are bugs: the kernel panics and names the address.
class Heap {
public:
    /// Makes `bytes` (whole pages) from `begin` usable, or fails without a change that matters.
    using Grow = Result<void> (*)(void* begin, std::size_t bytes);

    struct Statistics {
        std::size_t size = 0;         ///< bytes of the region in use by the heap
        std::size_t allocated = 0;    ///< bytes asked for in live blocks
        std::size_t blocks = 0;       ///< live blocks
        std::size_t free_blocks = 0;  ///< free pieces between them
        std::size_t largest_free = 0; ///< bytes in the largest of those, its header included
    };

    static constexpr std::size_t default_alignment = 16;
    static constexpr unsigned char freed_pattern =
        0xFD; ///< fills freed memory; as a pointer it faults

    constexpr Heap() = default;
    Heap(const Heap&) = delete;
    Heap& operator=(const Heap&) = delete;

    /// Takes the region of `maximum_size` bytes (whole pages, below 2 GiB) at page-aligned `base`.
    /// Nothing of it need be usable yet: `grow` is asked for each further part, from `base`
    /// upwards.
    void initialize(void* base, std::size_t maximum_size, Grow grow);

    /// `size` bytes (0 is allowed) at a multiple of `alignment`, a power of two up to PAGE_SIZE.
    /// Contents undefined. OutOfMemory if the region is full or cannot grow.
    [[nodiscard]] Result<void*> allocate(std::size_t size,
                                         std::size_t alignment = default_alignment);

    /// Takes back what `allocate` returned; a null pointer is ignored.
    void free(void* pointer);

    /// Walks every block and panics if anything is not as it must be, a write to freed memory
    /// included. Takes time in proportion to the heap's size.
    void check() const;

    [[nodiscard]] Statistics statistics() const;

private:
    struct Block;

    Block* block_at(std::size_t offset) const;
    std::size_t offset_of(const Block* block) const;
    Block* next_of(const Block* block) const;

    std::uintptr_t base_ = 0;
    std::size_t maximum_size_ = 0;
    std::size_t size_ = 0; ///< bytes of the region usable by now
    Grow grow_ = nullptr;
    std::uint32_t first_free_ = 0;
};

} // namespace kernel
