// Page tables: the walk from an address to its entries (chapter 8).
#include "memory/page_table.hpp"

namespace kernel {

std::uint32_t search_in_use(const PageTable& table, std::uint32_t index, std::uint32_t end) {
    if (index >= end) {
        return entry_count;
    }
    std::uintptr_t left = end - index;
    const PageEntry* entry = table.entries + index;
    bool found = false;
    // Compares eax with one entry after the other as long as they are equal. It leaves `entry` one past the last that it has
    // compared (Intel SDM Vol. 2B, REP/REPE and SCASD).
    asm("repe scasl" : "+D"(entry), "+c"(left), "=@ccnz"(found) : "a"(0), "m"(table));
    return found ? static_cast<std::uint32_t>(entry - table.entries) - 1 : entry_count;
}

PageWalk walk(const PageTable& directory, VirtualAddress address) {
    const PageEntry directory_entry = directory.entries[directory_index(address)];
    if (!directory_entry.has(PageFlags::Present) || directory_entry.has(PageFlags::LargePage)) {
        return {directory_entry, PageEntry()};
    }
    const auto* table = at_physical<const PageTable>(directory_entry.frame());
    return {directory_entry, table->entries[table_index(address)]};
}

std::string_view forbidding_bit(const PageWalk& walk, AccessAttempt attempt) {
    const PageEntry directory_entry = walk.directory_entry;
    if (!directory_entry.has(PageFlags::Present)) {
        return "P of the directory entry: nothing is mapped there";
    }
    const bool is_large = directory_entry.has(PageFlags::LargePage);
    const PageEntry entry = is_large ? directory_entry : walk.table_entry;
    if (!entry.has(PageFlags::Present)) {
        return "P of the table entry: the page is not mapped";
    }
    if (attempt.is_user && !directory_entry.has(PageFlags::User)) {
        return "U/S of the directory entry: for the kernel only";
    }
    if (attempt.is_user && !entry.has(PageFlags::User)) {
        return "U/S of the table entry: for the kernel only";
    }
    if (attempt.is_write && !directory_entry.has(PageFlags::Writable)) {
        return "R/W of the directory entry: read-only";
    }
    if (attempt.is_write && !entry.has(PageFlags::Writable)) {
        return "R/W of the table entry: read-only";
    }
    if (!attempt.is_user && entry.has(PageFlags::User)) {
        return "CR4.SMEP or CR4.SMAP: a user page, touched by the kernel";
    }
    return "no entry: the TLB holds an older one (invlpg is missing)";
}

} // namespace kernel
