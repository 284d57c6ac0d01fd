// An address space: a copy of all its pages, for fork (chapter 16).
#include "memory/address_space.hpp"

#include <cstring>

namespace kernel {

Result<AddressSpace> AddressSpace::copy() const {
    AddressSpace result = TRY(create());
    for (std::uint32_t i = next_table(0); i < entry_count; i = next_table(i + 1)) {
        const PageTable& pages = pages_of(i);
        for (std::uint32_t j = next_page(pages, i, 0); j < entry_count; j = next_page(pages, i, j + 1)) {
            const PageEntry entry = pages.entries[j];
            frames::Owner frame = TRY(frames::allocate());
            std::memcpy(at_physical<void>(frame.frame()), at_physical<void>(entry.frame()), PAGE_SIZE);
            TRY(result.map(VirtualAddress(i * LARGE_PAGE_SIZE + j * PAGE_SIZE), frame,
                           entry.has(PageFlags::Writable) ? Access::Writable : Access::ReadOnly));
        }
    }
    return result;
}

} // namespace kernel
