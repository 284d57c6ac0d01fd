// An address space: what happens to many pages at once, for munmap and mprotect (chapter 19).
#include "memory/address_space.hpp"

#include "memory/paging.hpp"

namespace kernel {

namespace {

/// Calls `change` for each entry of [`begin`, `end`) that names a frame, and has the TLB forget it.
template <typename Change>
void change_entries(const PageTable& directory, VirtualAddress begin, VirtualAddress end, Change change) {
    for (std::uint32_t address = begin.value(); address < end.value();) {
        const PageEntry directory_entry = directory.entries[directory_index(VirtualAddress(address))];
        if (!directory_entry.has(PageFlags::Present)) {
            address = (address / LARGE_PAGE_SIZE + 1) * LARGE_PAGE_SIZE; // the user part ends at KERNEL_BASE: no wrap
            continue;
        }
        PageEntry& entry =
            at_physical<PageTable>(directory_entry.frame())->entries[table_index(VirtualAddress(address))];
        if (!entry.is_empty()) {
            change(entry);
            paging::forget(VirtualAddress(address));
        }
        address += PAGE_SIZE;
    }
}

} // namespace

void AddressSpace::unmap(VirtualAddress begin, VirtualAddress end) {
    change_entries(table(), begin, end, [](PageEntry& entry) {
        frames::release(entry.frame());
        entry = PageEntry();
    });
}

void AddressSpace::protect(VirtualAddress begin, VirtualAddress end, Access access) {
    change_entries(table(), begin, end, [access](PageEntry& entry) {
        // The entry of a page without access still names its frame. The processor ignores that: the page is not present.
        PageFlags flags = PageFlags::None;
        if (access == Access::ReadOnly) {
            flags = PageFlags::Present | PageFlags::User;
        } else if (access == Access::Writable) {
            const bool is_shared = frames::user_count(entry.frame()) > 1;
            flags = PageFlags::Present | PageFlags::User | (is_shared ? PageFlags::CopyOnWrite : PageFlags::Writable);
        }
        entry = PageEntry(entry.frame(), flags);
    });
}

bool AddressSpace::has_frame(VirtualAddress address) const {
    return !walk(table(), address).table_entry.is_empty();
}

} // namespace kernel
