// Page tables: the walk from an address to its entries (chapter 8).
#include "memory/page_table.hpp"

namespace kernel {

PageWalk walk(const PageTable& directory, VirtualAddress address) {
    const PageEntry directory_entry = directory.entries[directory_index(address)];
    if (!directory_entry.has(PageFlags::Present) || directory_entry.has(PageFlags::LargePage)) {
        return {directory_entry, PageEntry()};
    }
    const auto* table = at_physical<const PageTable>(directory_entry.frame());
    return {directory_entry, table->entries[table_index(address)]};
}

} // namespace kernel
