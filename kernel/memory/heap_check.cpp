// The heap's distrust: nothing of a block is used before its header has been verified (chapter 10).
#include "memory/heap_block.hpp"

#include <algorithm>

namespace kernel {

Heap::Block* Heap::block_at(std::size_t offset) const {
    if (offset >= size_ || offset % Block::header_size != 0) {
        report_block(reinterpret_cast<void*>(base_ + offset),
                     "is in the list of free blocks but cannot be one: freed memory was written to");
    }
    return reinterpret_cast<Block*>(base_ + offset);
}

/// Panics unless `block` has a whole header. Everything that follows a size or a link does this
/// first, so damage is reported and not built upon.
void Heap::verify(const Block* block) const {
    const std::uint32_t smallest = block->requested == Block::end ? Block::header_size : Block::smallest;
    if (block->check != block->checksum() || block->size < smallest || block->size > size_ - offset_of(block)) {
        report_block(block->bytes(), "has a damaged header (or was never handed out)");
    }
}

/// Panics if the bytes after those asked for have changed.
void Heap::verify_tail(const Block* block) const {
    const unsigned char* bytes = block->bytes();
    const std::uint32_t size = block->size - Block::header_size;
    if (std::any_of(bytes + block->requested, bytes + size,
                    [](unsigned char byte) { return byte != Block::tail_pattern; })) {
        report_block(bytes, "was written to past its end");
    }
}

void Heap::check() const {
    std::size_t free_blocks = 0;
    const Block* previous = nullptr;
    for (std::uint32_t offset = 0; offset < size_;) {
        const Block* block = block_at(offset);
        verify(block);
        const bool previous_is_free = previous != nullptr && previous->is_free();
        if (block->previous_size != (previous == nullptr ? 0 : previous->size) ||
            (previous_is_free && block->is_free())) {
            report_block(block->bytes(), "does not match its neighbour");
        }
        if (block->is_live()) {
            verify_tail(block);
        } else if (block->is_free()) {
            ++free_blocks;
            const unsigned char* bytes = block->bytes();
            if (std::any_of(bytes + sizeof(Block::Links), bytes + block->size - Block::header_size,
                            [](unsigned char byte) { return byte != freed_pattern; })) {
                report_block(bytes, "is free but was written to");
            }
        } else if (offset + block->size != size_) {
            report_block(block->bytes(), "says that the heap ends there");
        }
        previous = block;
        offset += block->size;
    }
    std::uint32_t before = none;
    for (std::uint32_t offset = first_free_; offset != none; --free_blocks) {
        const Block* block = block_at(offset);
        verify(block);
        if (!block->is_free() || block->links().previous != before || free_blocks == 0) {
            report_block(block->bytes(), "does not belong in the list of free blocks");
        }
        before = offset;
        offset = block->links().next;
    }
    KERNEL_ASSERT(free_blocks == 0, "every free block of the heap is in the list");
}

Heap::Statistics Heap::statistics() const {
    Statistics result;
    result.size = size_;
    for (std::uint32_t offset = 0; offset < size_;) {
        const Block* block = block_at(offset);
        verify(block);
        if (block->is_live()) {
            ++result.blocks;
            result.allocated += block->requested;
        } else if (block->is_free()) {
            ++result.free_blocks;
            result.largest_free = std::max<std::size_t>(result.largest_free, block->size);
        }
        offset += block->size;
    }
    return result;
}

} // namespace kernel
