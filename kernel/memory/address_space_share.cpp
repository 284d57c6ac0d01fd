// An address space: sharing its frames with another one until either writes (chapter 19).
#include "memory/address_space.hpp"

#include <cstring>

namespace kernel {

Result<AddressSpace> AddressSpace::share() {
    AddressSpace result = TRY(create());
    result.low_end_ = low_end_;
    result.high_begin_ = high_begin_;
    for (std::uint32_t i = next_table(0); i < entry_count; i = next_table(i + 1)) {
        PageTable& ours = pages_of(i);
        std::uint32_t j = next_page(ours, i, 0);
        if (j == entry_count) { // all of it has been unmapped
            continue;
        }
        frames::Owner new_table = TRY(frames::allocate_zeroed());
        auto& theirs = *at_physical<PageTable>(new_table.frame());
        for (; j < entry_count; j = next_page(ours, i, j + 1)) {
            PageEntry& entry = ours.entries[j];
            if (entry.has(PageFlags::Writable)) {
                entry = PageEntry(entry.frame(), PageFlags::Present | PageFlags::User | PageFlags::CopyOnWrite);
            }
            frames::share(entry.frame());
            theirs.entries[j] = entry;
        }
        result.table().entries[i] =
            PageEntry(new_table.hand_over(), PageFlags::Present | PageFlags::Writable | PageFlags::User);
    }
    return result;
}

} // namespace kernel
