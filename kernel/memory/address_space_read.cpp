// An address space that is looked at from outside: its pages, and the bytes in them (chapter 18).
#include "memory/address_space.hpp"

#include <algorithm>
#include <cstring>

namespace kernel {

std::optional<AddressSpace::MappedPage> AddressSpace::first_page(VirtualAddress from, VirtualAddress end) const {
    if (!directory_ || from >= end) {
        return std::nullopt;
    }
    const VirtualAddress last(end.value() - 1);
    for (std::uint32_t i = next_table(directory_index(from)); i <= directory_index(last); i = next_table(i + 1)) {
        const PageTable& pages = pages_of(i);
        const std::uint32_t index = next_page(pages, i, i == directory_index(from) ? table_index(from) : 0);
        if (index < (i < directory_index(last) ? entry_count : table_index(last) + 1)) {
            const PageEntry entry = pages.entries[index];
            const bool is_writable = entry.has(PageFlags::Writable) || entry.has(PageFlags::CopyOnWrite);
            const Access access = !entry.has(PageFlags::Present) ? Access::None
                                  : is_writable                  ? Access::Writable
                                                                 : Access::ReadOnly;
            return MappedPage{VirtualAddress(i * LARGE_PAGE_SIZE + index * PAGE_SIZE), entry.frame(), access};
        }
    }
    return std::nullopt;
}

std::size_t AddressSpace::read(VirtualAddress from, std::span<std::byte> to) const {
    std::size_t done = 0;
    while (done < to.size()) {
        const VirtualAddress address = from + static_cast<std::uint32_t>(done);
        const VirtualAddress page_address(page_round_down(address.value()));
        const std::optional<MappedPage> page = first_page(page_address, page_address + PAGE_SIZE);
        if (!page) {
            break;
        }
        const std::uint32_t offset = address.value() - page_address.value();
        const std::size_t count = std::min<std::size_t>(to.size() - done, PAGE_SIZE - offset);
        std::memcpy(to.data() + done, at_physical<const std::byte>(page->frame) + offset, count);
        done += count;
    }
    return done;
}

} // namespace kernel
