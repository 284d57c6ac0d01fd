// An address space: a page directory of its own for one process (chapter 11).
#pragma once

#include "lib/address.hpp"
#include "lib/error.hpp"
#include "memory/frames.hpp"
#include "memory/page_table.hpp"
#include "memory/paging.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>

namespace kernel {

/// Owns a page directory, the page tables of its user part, and one use of every frame mapped
/// there; all of it is given back at the end. The kernel's quarter is shared by all address spaces.
class AddressSpace {
public:
    /// A directory with nothing but the kernel in it. OutOfMemory.
    [[nodiscard]] static Result<AddressSpace> create();

    /// None: no directory. Only good to be assigned to, or for what has been given back.
    AddressSpace() = default;
    AddressSpace(AddressSpace&&) noexcept = default;
    AddressSpace& operator=(AddressSpace&& other) noexcept;
    ~AddressSpace();

    /// Maps `frame` at `page` for privilege level 3 and takes its ownership over. `page` is
    /// page-aligned, below KERNEL_BASE and not mapped yet. On OutOfMemory nothing has changed and
    /// `frame` is still the caller's.
    [[nodiscard]] Result<void> map(VirtualAddress page, frames::Owner& frame, Access access) {
        TRY(put(page, frame, access));
        if (page < middle) {
            low_end_ = std::max(low_end_, page + PAGE_SIZE);
        } else {
            high_begin_ = std::min(high_begin_, page);
        }
        return {};
    }

    /// Zeroes [`begin`, `end`), which lies within one page, if the program may write to that.
    void clear(VirtualAddress begin, VirtualAddress end);

    /// Another address space with a copy of every page. OutOfMemory. (Chapter 16.)
    [[nodiscard]] Result<AddressSpace> copy() const;

    /// Another address space with the same frames. Writable pages become read-only in both, until one of the two asks for a
    /// page of its own. OutOfMemory. The TLB must forget this address space then, whatever the result. (Chapter 19.)
    [[nodiscard]] Result<AddressSpace> share();

    /// Makes the page of `address` writable again if it is read-only because it was shared: with a copy of its frame, or the
    /// frame itself if nothing shares it any more. False if it is no such page; OutOfMemory.
    [[nodiscard]] Result<bool> own(VirtualAddress address);

    /// Takes away what is mapped in [`begin`, `end`), which is page-aligned and below KERNEL_BASE, and gives the frames back.
    /// It takes time for what is mapped there, not for what is not.
    void unmap(VirtualAddress begin, VirtualAddress end);
    void unmap(VirtualAddress page) { unmap(page, page + PAGE_SIZE); }

    /// Gives the pages that are mapped in [`begin`, `end`) another access. What is shared is copied when it is written to.
    /// (Chapter 19.)
    void protect(VirtualAddress begin, VirtualAddress end, Access access);

    /// Whether a frame is kept for the page of `address`, whatever its access. (Chapter 19.)
    [[nodiscard]] bool has_frame(VirtualAddress address) const;

    struct MappedPage {
        VirtualAddress address;
        PhysicalAddress frame;
        Access access; ///< the program's: of a page that is only read-only because it is shared, Writable
    };
    /// The first page in [`from`, `end`) that has a frame; nothing if there is none, or no directory. It takes time for what
    /// lies between, not for what comes after. (Chapter 18.)
    [[nodiscard]] std::optional<MappedPage> first_page(VirtualAddress from,
                                                       VirtualAddress end = VirtualAddress(KERNEL_BASE)) const;
    /// Copies from there as many bytes of the program's as have frames one after the other. Returns how many. (Chapter 18.)
    std::size_t read(VirtualAddress from, std::span<std::byte> to) const;

    /// The directory, for CR3; for none, the kernel's. Must not be in use by the processor when the address space ends.
    [[nodiscard]] PhysicalAddress directory() const {
        return directory_ ? directory_.frame() : paging::kernel_directory();
    }

private:
    explicit AddressSpace(frames::Owner directory) : directory_(static_cast<frames::Owner&&>(directory)) {}
    [[nodiscard]] PageTable& table() const { return *at_physical<PageTable>(directory_.frame()); }

    /// Writes the page's entry, and that of its page table if there is none yet, for `map`.
    [[nodiscard]] Result<void> put(VirtualAddress page, frames::Owner& frame, Access access);

    /// The next of the user part's page tables, from directory entry `i` on; entry_count if there is none.
    [[nodiscard]] std::uint32_t next_table(std::uint32_t i) const;
    /// The page table at directory entry `i`, which must be present.
    [[nodiscard]] PageTable& pages_of(std::uint32_t i) const {
        return *at_physical<PageTable>(table().entries[i].frame());
    }
    /// The next entry in use of `pages`, the page table at directory entry `i`, from its entry `j` on; entry_count if there
    /// is none.
    [[nodiscard]] std::uint32_t next_page(const PageTable& pages, std::uint32_t i, std::uint32_t j) const {
        return j < entry_count && !pages.entries[j].is_empty() ? j : search_page(pages, i, j);
    }
    [[nodiscard]] std::uint32_t search_page(const PageTable& pages, std::uint32_t i, std::uint32_t j) const;

    /// Calls `change` for each entry of [`begin`, `end`) that names a frame, and has the TLB forget its page.
    template <typename Change>
    void change_entries(VirtualAddress begin, VirtualAddress end, Change change) {
        while (begin < end) {
            const PageEntry directory_entry = table().entries[directory_index(begin)];
            const VirtualAddress this_table(begin.value() / LARGE_PAGE_SIZE * LARGE_PAGE_SIZE);
            const VirtualAddress next_table = this_table + LARGE_PAGE_SIZE; // at most KERNEL_BASE: it does not wrap
            if (directory_entry.has(PageFlags::Present)) {
                auto& pages = *at_physical<PageTable>(directory_entry.frame());
                const std::uint32_t last = end < next_table ? table_index(end) : entry_count; // one past it
                for (std::uint32_t i = next_in_use(pages, table_index(begin)); i < last;
                     i = next_in_use(pages, i + 1)) {
                    change(pages.entries[i]);
                    paging::forget(this_table + i * PAGE_SIZE);
                }
            }
            begin = next_table;
        }
    }

    frames::Owner directory_;

    // A program grows upwards from the bottom, its stack downwards from the top. What `map` was never asked for between them,
    // [low_end_, high_begin_), is nearly everything, and need not be searched. Neither crosses the middle, so that each page
    // table belongs to one side.
    static constexpr VirtualAddress middle{KERNEL_BASE / 2};
    static_assert(middle.value() % LARGE_PAGE_SIZE == 0);
    VirtualAddress low_end_{0};
    VirtualAddress high_begin_{KERNEL_BASE};
};

} // namespace kernel
