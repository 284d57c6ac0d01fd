// The heap: pieces of memory of any size out of one region that grows (chapter 10).
#pragma once

#include "lib/error.hpp"

#include <cstddef>
#include <cstdint>

namespace kernel {

/// A heap over one region of virtual memory. Its use of the region is a row of blocks without gaps;
/// each has a header with a checksum and its unused last bytes have a known value, so writing past
/// the end of a block is noticed when it or its neighbour is freed. A damaged block, a block freed
/// twice and a pointer that was never handed out are bugs: the kernel panics and names the address.
class Heap {
public:
    /// Makes `bytes` (whole pages) from `begin` usable. If it fails, the heap takes none of them
    /// and will ask for them again.
    using Grow = Result<void> (*)(void* begin, std::size_t bytes);

    struct Statistics {
        std::size_t size = 0;         ///< bytes of the region that are usable by now
        std::size_t allocated = 0;    ///< bytes asked for in live blocks
        std::size_t blocks = 0;       ///< live blocks
        std::size_t free_blocks = 0;  ///< free blocks between them
        std::size_t largest_free = 0; ///< bytes of the largest of those, its header included
    };

    struct Block; ///< defined in heap_block.hpp, for the heap's own files

    static constexpr std::size_t default_alignment = 16;
    /// Fills freed memory. Taken for a pointer it is 0xFDFDFDFD, where nothing is mapped.
    static constexpr unsigned char freed_pattern = 0xFD;

    constexpr Heap() = default;
    Heap(const Heap&) = delete;
    Heap& operator=(const Heap&) = delete;

    /// Takes the region of `maximum_size` bytes (whole pages, below 2 GiB) at page-aligned `base`.
    /// Nothing of it need be usable yet: `grow` is asked for each further part, from `base`
    /// upwards.
    void initialize(void* base, std::size_t maximum_size, Grow grow);

    /// `size` bytes (0 is allowed) at a multiple of `alignment`, a power of two up to PAGE_SIZE.
    /// Contents undefined. OutOfMemory if the region is full or cannot grow.
    [[nodiscard]] Result<void*> allocate(std::size_t size, std::size_t alignment = default_alignment);

    /// Takes back what `allocate` returned; a null pointer is ignored.
    void free(void* pointer);

    /// Walks every block and panics if anything is not as it must be, a write to freed memory
    /// included. Takes time in proportion to the heap's size.
    void check() const;

    [[nodiscard]] Statistics statistics() const;

private:
    static constexpr std::uint32_t none = 0xFFFFFFFF;

    Block* block_at(std::size_t offset) const;
    std::uint32_t offset_of(const Block* block) const;
    Block* next_of(const Block* block) const;
    void verify(const Block* block) const;
    void verify_tail(const Block* block) const;

    void link(Block* block);
    void unlink(Block* block);
    Block* split(Block* block, std::uint32_t size);
    void set_size(Block* block, std::uint32_t size);
    void insert_free(Block* block);
    Result<Block*> grow(std::uint32_t size, std::size_t alignment);

    // A block is known by its offset from the region's beginning, which has 32 bits on any machine.
    std::uintptr_t base_ = 0;
    std::uint32_t maximum_size_ = 0;
    std::uint32_t size_ = 0;
    Grow grow_ = nullptr;
    std::uint32_t first_free_ = none;
};

} // namespace kernel
