// The heap: pieces of memory of any size out of one region that grows (chapter 10).
#include "memory/heap.hpp"

#include "lib/panic.hpp"
#include "memory/heap_block.hpp"

#include <algorithm>
#include <cstring>

namespace kernel {
namespace {

constexpr std::uint32_t header_size = Heap::Block::header_size;

static_assert(0xFDFDFDFD >= KERNEL_HEAP + KERNEL_HEAP_SIZE && 0xFDFDFDFD < KERNEL_STACKS,
              "the freed pattern must be an address where nothing is mapped");

constexpr std::uintptr_t round_up(std::uintptr_t value, std::uintptr_t alignment) {
    return (value + alignment - 1) & ~(alignment - 1);
}

/// How far into a free block at `block` the header of an aligned block must be: 0, or far enough
/// that what stays before it is a block of its own.
std::uint32_t front_gap(std::uintptr_t block, std::size_t alignment) {
    const std::uintptr_t bytes = block + header_size;
    std::uintptr_t gap = round_up(bytes, alignment) - bytes;
    if (gap != 0 && gap < Heap::Block::smallest) {
        gap += alignment;
    }
    return static_cast<std::uint32_t>(gap);
}

} // namespace

void Heap::link(Block* block) {
    block->requested = Block::free;
    block->seal();
    block->links() = {first_free_, none};
    if (first_free_ != none) {
        block_at(first_free_)->links().previous = offset_of(block);
    }
    first_free_ = offset_of(block);
}

void Heap::unlink(Block* block) {
    const Block::Links links = block->links();
    const std::uint32_t offset = offset_of(block);
    // Both neighbours must agree before anything is changed.
    std::uint32_t& to_block = links.previous == none ? first_free_ : block_at(links.previous)->links().next;
    if (to_block != offset || (links.next != none && block_at(links.next)->links().previous != offset)) {
        report_block(block->bytes(), "is free but was written to");
    }
    to_block = links.next;
    if (links.next != none) {
        block_at(links.next)->links().previous = links.previous;
    }
}

/// Gives `block` a new size and tells its successor, which must be there already.
void Heap::set_size(Block* block, std::uint32_t size) {
    block->size = size;
    block->seal();
    Block* next = next_of(block);
    verify(next);
    next->previous_size = size;
    next->seal();
}

/// Cuts a block that is not in the list to `size` bytes; returns the rest, not in the list either. Both are for the caller
/// to put to use, and to seal then.
Heap::Block* Heap::split(Block* block, std::uint32_t size) {
    const std::uint32_t rest_size = block->size - size;
    Block* rest = reinterpret_cast<Block*>(block->address() + size);
    rest->previous_size = size;
    set_size(rest, rest_size);
    block->size = size;
    return rest;
}

/// Makes a verified block free: fills it, joins it with free neighbours and puts it into the list.
void Heap::insert_free(Block* block) {
    std::fill_n(block->bytes(), block->size - header_size, freed_pattern);
    Block* next = next_of(block);
    verify(next);
    if (next->is_free()) {
        unlink(next);
        set_size(block, block->size + next->size);
        std::fill_n(reinterpret_cast<unsigned char*>(next), Block::smallest, freed_pattern);
    }
    if (block->previous_size != 0) {
        Block* previous = reinterpret_cast<Block*>(block->address() - block->previous_size);
        verify(previous);
        if (previous->is_free()) {
            set_size(previous, previous->size + block->size); // and it is in the list already
            std::fill_n(reinterpret_cast<unsigned char*>(block), header_size, freed_pattern);
            return;
        }
    }
    link(block);
}

/// Grows the region until its last block is free and has room for `size` bytes (header included)
/// aligned to `alignment`, and returns that block.
Result<Heap::Block*> Heap::grow(std::uint32_t size, std::size_t alignment) {
    Block* end = nullptr;
    std::uint32_t begin = 0; // of the block that will be the last one
    if (size_ != 0) {
        end = block_at(size_ - header_size);
        verify(end);
        const Block* last = reinterpret_cast<Block*>(end->address() - end->previous_size);
        verify(last);
        begin = offset_of(last->is_free() ? last : end);
    }
    const std::uint64_t needed =
        std::uint64_t{begin} + front_gap(base_ + begin, alignment) + size + header_size - size_;
    if (needed > maximum_size_ - size_) {
        return std::unexpected(Error::OutOfMemory);
    }
    const std::uint32_t more = page_round_up(static_cast<std::uint32_t>(needed));
    TRY(grow_(reinterpret_cast<void*>(base_ + size_), more));
    // The old end becomes a block that reaches to the new one.
    Block* block = reinterpret_cast<Block*>(base_);
    std::uint32_t block_size = more - header_size;
    if (end != nullptr) {
        block = end;
        block_size = more;
    } else {
        block->previous_size = 0;
    }
    size_ += more;
    Block* new_end = reinterpret_cast<Block*>(base_ + size_ - header_size);
    new_end->size = header_size;
    new_end->previous_size = 0; // set with the size of the block before it
    new_end->requested = Block::end;
    new_end->seal();
    block->requested = 0;
    set_size(block, block_size);
    insert_free(block);
    return block_at(begin);
}

void Heap::initialize(void* base, std::size_t maximum_size, Grow grow_region) {
    base_ = reinterpret_cast<std::uintptr_t>(base);
    KERNEL_ASSERT(base_ % PAGE_SIZE == 0 && maximum_size % PAGE_SIZE == 0, "the heap's region is whole pages");
    KERNEL_ASSERT(maximum_size < 0x80000000, "the heap's region is smaller than 2 GiB");
    maximum_size_ = static_cast<std::uint32_t>(maximum_size);
    size_ = 0;
    grow_ = grow_region;
    first_free_ = none;
}

Result<void*> Heap::allocate(std::size_t size, std::size_t alignment) {
    KERNEL_ASSERT(alignment != 0 && (alignment & (alignment - 1)) == 0 && alignment <= PAGE_SIZE,
                  "an alignment is a power of two and at most a page");
    alignment = std::max(alignment, default_alignment);
    if (size > maximum_size_) { // before sums that a huge size would wrap
        return std::unexpected(Error::OutOfMemory);
    }
    const auto requested = static_cast<std::uint32_t>(size);
    const std::uint32_t needed =
        std::max(Block::smallest, static_cast<std::uint32_t>(round_up(header_size + requested, header_size)));

    // First fit, from the block freed last: it is the likeliest to be in the processor's cache.
    Block* block = nullptr;
    for (std::uint32_t offset = first_free_; offset != none;) {
        Block* candidate = block_at(offset);
        verify(candidate);
        if (candidate->size >= front_gap(candidate->address(), alignment) + needed) {
            block = candidate;
            break;
        }
        offset = candidate->links().next;
    }
    if (block == nullptr) {
        const Result<Block*> last = grow(needed, alignment);
        if (!last) {
            return std::unexpected(last.error());
        }
        block = *last;
    }

    unlink(block);
    if (const std::uint32_t gap = front_gap(block->address(), alignment); gap != 0) {
        Block* aligned = split(block, gap);
        link(block);
        block = aligned;
    }
    if (block->size - needed >= Block::smallest) {
        link(split(block, needed));
    }
    block->requested = requested;
    block->seal();
    std::fill(block->bytes() + requested, block->bytes() + block->size - header_size, Block::tail_pattern);
    return block->bytes();
}

void Heap::free(void* pointer) {
    if (pointer == nullptr) {
        return;
    }
    const std::uintptr_t address = reinterpret_cast<std::uintptr_t>(pointer);
    if (address % header_size != 0 || address < base_ + header_size || address >= base_ + size_) {
        report_block(pointer, "is freed but was never handed out");
    }
    Block* block = reinterpret_cast<Block*>(address - header_size);
    const bool is_whole = block->check == block->checksum();
    // A header that was swallowed has the freed pattern: the block was joined with the one before.
    if (is_whole ? block->is_free() : block->check == 0x01010101U * freed_pattern) {
        report_block(pointer, "is freed twice");
    }
    verify(block);
    verify_tail(block);
    insert_free(block);
}

} // namespace kernel
