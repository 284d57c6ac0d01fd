// Page directories and page tables as the processor reads them (chapter 8).
#pragma once

#include "lib/address.hpp"

#include "layout.h"

#include <cstdint>
#include <string_view>

namespace kernel {

/// Bits of a directory or table entry (Intel SDM Vol. 3A, 4.3 32-Bit Paging, tables 4-4 to 4-6).
/// Combine with |.
enum class PageFlags : std::uint32_t {
    None = 0,
    Present = 1U << 0,
    Writable = 1U << 1,
    User = 1U << 2,        // privilege level 3 may use it
    LargePage = 1U << 7,   // PS, in a directory entry: it maps 4 MiB itself
    CopyOnWrite = 1U << 9, // the processor ignores this bit: read-only only because the frame is shared (chapter 19)
};

constexpr PageFlags operator|(PageFlags a, PageFlags b) {
    return static_cast<PageFlags>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}

/// What a program, or the kernel, may do with a page. Reading is always allowed, and so is
/// execution: 32-bit paging has no bit to forbid it.
enum class Access : std::uint8_t {
    ReadOnly,
    Writable,
    None, // not even reading, though its frame is kept (chapter 19)
};

/// One entry: the physical address of a page-aligned frame, and flags in the 12 bits that alignment
/// leaves free.
class PageEntry {
public:
    constexpr PageEntry() = default; // not present
    constexpr PageEntry(PhysicalAddress frame, PageFlags flags)
        : value_(frame.value() | static_cast<std::uint32_t>(flags)) {}

    constexpr std::uint32_t value() const { return value_; }
    constexpr bool has(PageFlags flag) const { return (value_ & static_cast<std::uint32_t>(flag)) != 0; }
    /// Whether it names no frame at all: not even one that is kept for a page which may not be used now.
    constexpr bool is_empty() const { return value_ == 0; }
    constexpr PhysicalAddress frame() const { return PhysicalAddress(page_round_down(value_)); }

private:
    std::uint32_t value_ = 0;
};
static_assert(sizeof(PageEntry) == 4);

/// A page directory or a page table: both are one page of 1024 entries.
struct alignas(PAGE_SIZE) PageTable {
    PageEntry entries[PAGE_SIZE / sizeof(PageEntry)];
};
static_assert(sizeof(PageTable) == PAGE_SIZE);

inline constexpr std::uint32_t entry_count = PAGE_SIZE / sizeof(PageEntry);

/// The index of the first entry from `index` on, below `end`, that is not empty; entry_count if there is none. Tables are
/// mostly empty: the processor's own search takes a fraction of the instructions of a loop.
[[nodiscard]] std::uint32_t search_in_use(const PageTable& table, std::uint32_t index, std::uint32_t end);

/// The same. Entries in use mostly lie side by side: then there is nothing to search for.
[[nodiscard]] inline std::uint32_t next_in_use(const PageTable& table, std::uint32_t index,
                                               std::uint32_t end = entry_count) {
    return index < end && !table.entries[index].is_empty() ? index : search_in_use(table, index, end);
}

/// Which entry of the directory, and which of the table that it names, translates an address: bits
/// 31-22 and 21-12 (figure 4-2).
constexpr std::uint32_t directory_index(VirtualAddress address) {
    return address.value() >> 22;
}
constexpr std::uint32_t table_index(VirtualAddress address) {
    return address.value() >> 12 & 0x3FF;
}

/// The first directory entry of the kernel's quarter of the address space.
inline constexpr std::uint32_t kernel_directory_begin = KERNEL_BASE / LARGE_PAGE_SIZE;

/// What the processor reads on the way from an address to its page. `table_entry` is all 0 where
/// the directory entry is not present or maps 4 MiB itself.
struct PageWalk {
    PageEntry directory_entry;
    PageEntry table_entry;

    constexpr bool is_large() const {
        return directory_entry.has(PageFlags::Present) && directory_entry.has(PageFlags::LargePage);
    }
    constexpr bool is_mapped() const {
        return is_large() || (directory_entry.has(PageFlags::Present) && table_entry.has(PageFlags::Present));
    }
};

/// Walks `directory` for `address` by reading memory, as the processor would.
[[nodiscard]] PageWalk walk(const PageTable& directory, VirtualAddress address);

/// An access that the processor refused, from the error code of the page fault (figure 4-12).
struct AccessAttempt {
    bool is_write;
    bool is_user; ///< at privilege level 3
};

/// Which bit of which entry forbids `attempt`: words that follow "forbidden by". If none does, the
/// TLB must hold an older entry than memory.
[[nodiscard]] std::string_view forbidding_bit(const PageWalk& walk, AccessAttempt attempt);

} // namespace kernel
