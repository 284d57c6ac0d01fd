// An address space: changing the access of pages, for mprotect (chapter 19).
#include "memory/address_space.hpp"

namespace kernel {

void AddressSpace::protect(VirtualAddress begin, VirtualAddress end, Access access) {
    change_entries(begin, end, [access](PageEntry& entry) {
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
