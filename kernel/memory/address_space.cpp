// An address space: mapping pages, and giving everything back (chapter 11).
#include "memory/address_space.hpp"

#include "lib/panic.hpp"

#include <cstddef>
#include <cstring>
#include <utility>

namespace kernel {

Result<AddressSpace> AddressSpace::create() {
    frames::Owner frame = TRY(frames::allocate_zeroed());
    paging::copy_kernel_entries(*at_physical<PageTable>(frame.frame()));
    return AddressSpace(std::move(frame));
}

AddressSpace& AddressSpace::operator=(AddressSpace&& other) noexcept {
    std::swap(directory_, other.directory_); // what was here goes with `other`
    std::swap(low_end_, other.low_end_);
    std::swap(high_begin_, other.high_begin_);
    return *this;
}

AddressSpace::~AddressSpace() {
    if (!directory_) { // none, or moved away
        return;
    }
    for (std::uint32_t i = next_table(0); i < entry_count; i = next_table(i + 1)) {
        const PageTable& pages = pages_of(i);
        for (std::uint32_t j = next_page(pages, i, 0); j < entry_count; j = next_page(pages, i, j + 1)) {
            frames::release(pages.entries[j].frame());
        }
        frames::release(physical_of(&pages));
    }
}

std::uint32_t AddressSpace::next_table(std::uint32_t i) const {
    const std::uint32_t low = next_in_use(table(), i, directory_index(low_end_ + (LARGE_PAGE_SIZE - 1)));
    if (low < entry_count) {
        return low;
    }
    return next_in_use(table(), std::max(i, directory_index(high_begin_)), kernel_directory_begin);
}

std::uint32_t AddressSpace::search_page(const PageTable& pages, std::uint32_t i, std::uint32_t j) const {
    const bool is_first_high = i == directory_index(high_begin_);
    const bool is_last_low = i == directory_index(low_end_) && table_index(low_end_) != 0; // 0: the one before was
    return search_in_use(pages, is_first_high ? std::max(j, table_index(high_begin_)) : j,
                         is_last_low ? table_index(low_end_) : entry_count);
}

Result<void> AddressSpace::put(VirtualAddress page, frames::Owner& frame, Access access) {
    KERNEL_ASSERT(page.is_page_aligned() && page.value() < KERNEL_BASE,
                  "a program's pages are page-aligned and below the kernel");
    PageEntry& directory_entry = table().entries[directory_index(page)];
    if (!directory_entry.has(PageFlags::Present)) {
        frames::Owner new_table = TRY(frames::allocate_zeroed());
        // A page is open to privilege level 3, or writable, only if both levels say so (Intel SDM
        // Vol. 3A, 4.6.1 Determination of Access Rights). The directory entry allows everything;
        // the table entry decides.
        directory_entry = PageEntry(new_table.hand_over(), PageFlags::Present | PageFlags::Writable | PageFlags::User);
    }
    PageEntry& entry = at_physical<PageTable>(directory_entry.frame())->entries[table_index(page)];
    KERNEL_ASSERT(!entry.has(PageFlags::Present), "a page must not be mapped twice");
    const PageFlags writable = access == Access::Writable ? PageFlags::Writable : PageFlags::None;
    entry = PageEntry(frame.hand_over(), PageFlags::Present | PageFlags::User | writable);
    return {};
}

void AddressSpace::clear(VirtualAddress begin, VirtualAddress end) {
    const PageEntry entry = walk(table(), begin).table_entry;
    if (entry.has(PageFlags::Writable)) { // else its frame may be another's, too
        const std::uint32_t offset = begin.value() % PAGE_SIZE;
        std::memset(at_physical<std::byte>(entry.frame() + offset), 0, end.value() - begin.value());
    }
}

Result<bool> AddressSpace::own(VirtualAddress address) {
    const PageEntry directory_entry = table().entries[directory_index(address)];
    if (!directory_entry.has(PageFlags::Present)) {
        return false;
    }
    PageEntry& entry = at_physical<PageTable>(directory_entry.frame())->entries[table_index(address)];
    if (!entry.has(PageFlags::Present) || !entry.has(PageFlags::CopyOnWrite)) {
        return false;
    }
    constexpr PageFlags writable = PageFlags::Present | PageFlags::User | PageFlags::Writable;
    const PhysicalAddress shared = entry.frame();
    if (frames::user_count(shared) == 1) {
        entry = PageEntry(shared, writable);
    } else {
        frames::Owner frame = TRY(frames::allocate());
        std::memcpy(at_physical<void>(frame.frame()), at_physical<void>(shared), PAGE_SIZE);
        entry = PageEntry(frame.hand_over(), writable);
        frames::release(shared);
    }
    paging::forget(VirtualAddress(page_round_down(address.value())));
    return true;
}

void AddressSpace::unmap(VirtualAddress begin, VirtualAddress end) {
    change_entries(begin, end, [](PageEntry& entry) {
        frames::release(entry.frame());
        entry = PageEntry();
    });
}

} // namespace kernel
