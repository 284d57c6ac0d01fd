// An address space: a copy of all its pages, for fork (chapter 16).
#include "memory/address_space.hpp"

#include <cstring>

namespace kernel {

Result<AddressSpace> AddressSpace::copy() const {
    AddressSpace result = TRY(create());
    for (std::uint32_t i = 0; i < kernel_directory_begin; ++i) {
        const PageEntry directory_entry = table().entries[i];
        if (!directory_entry.has(PageFlags::Present)) {
            continue;
        }
        const auto& pages = *at_physical<PageTable>(directory_entry.frame());
        for (std::uint32_t j = 0; j < PAGE_SIZE / sizeof(PageEntry); ++j) {
            const PageEntry entry = pages.entries[j];
            if (!entry.has(PageFlags::Present)) {
                continue;
            }
            frames::Owner frame = TRY(frames::allocate());
            std::memcpy(at_physical<void>(frame.frame()), at_physical<void>(entry.frame()), PAGE_SIZE);
            TRY(result.map(VirtualAddress(i * LARGE_PAGE_SIZE + j * PAGE_SIZE), frame,
                           entry.has(PageFlags::Writable) ? Access::Writable : Access::ReadOnly));
        }
    }
    return result;
}

} // namespace kernel
