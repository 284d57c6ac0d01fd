// A block of the heap: what lies in memory before the bytes that the heap hands out (chapter 10).
#pragma once

#include "lib/address.hpp"
#include "lib/format.hpp"
#include "lib/panic.hpp"
#include "memory/heap.hpp"

#include <array>
#include <bit>
#include <string_view>

// Only the heap includes this file.
namespace kernel {

// The region's usable part, from its beginning to its end:
//
//     | header | bytes | header | bytes     | header | bytes ... | header |
//     '---- block -----'------ block -------'------ block -------'- end --'
//
// A block's size and its predecessor's size lead to both neighbours. A free block's bytes begin
// with the offsets of its neighbours in the list of free blocks; the rest has the freed pattern. No
// two free blocks touch. The end is a header alone that counts as live, so nothing joins with it.
struct alignas(Heap::default_alignment) Heap::Block {
    std::uint32_t check;
    std::uint32_t size;          // in bytes, this header included; a multiple of 16
    std::uint32_t previous_size; // of the block before this one; 0 for the first
    std::uint32_t requested;     // bytes in use, or `free`, or `end`

    static constexpr std::uint32_t free = 0xFFFFFFFF;
    static constexpr std::uint32_t end = 0xFFFFFFFE;

    static constexpr std::uint32_t header_size = 16;
    static constexpr std::uint32_t smallest = 32;       // has room for the links
    static constexpr unsigned char tail_pattern = 0xFB; // fills what a live block has to spare

    struct Links {
        std::uint32_t next;
        std::uint32_t previous;
    };

    bool is_free() const { return requested == free; }
    bool is_live() const { return requested < end; }
    std::uintptr_t address() const { return reinterpret_cast<std::uintptr_t>(this); }
    unsigned char* bytes() { return reinterpret_cast<unsigned char*>(this + 1); }
    const unsigned char* bytes() const { return reinterpret_cast<const unsigned char*>(this + 1); }
    Links& links() { return *reinterpret_cast<Links*>(this + 1); }
    const Links& links() const { return *reinterpret_cast<const Links*>(this + 1); }

    /// Over the header's fields and its address, so that a copied header is not valid.
    std::uint32_t checksum() const {
        return 0x48454150U ^ static_cast<std::uint32_t>(address()) ^ size ^ std::rotl(previous_size, 8) ^
               std::rotl(requested, 16);
    }
    void seal() { check = checksum(); }
};

static_assert(sizeof(Heap::Block) == Heap::Block::header_size);

inline std::uint32_t Heap::offset_of(const Block* block) const {
    return static_cast<std::uint32_t>(block->address() - base_);
}

/// The block after one that was verified.
inline Heap::Block* Heap::next_of(const Block* block) const {
    return reinterpret_cast<Block*>(block->address() + block->size);
}

/// Panics about the block whose bytes begin at `bytes`.
[[noreturn]] inline void report_block(const void* bytes, std::string_view what) {
    const auto address = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(bytes));
    std::array<char, 120> buffer;
    panic(format(buffer, "heap: the block at {} {}", VirtualAddress(address), what));
}

} // namespace kernel
