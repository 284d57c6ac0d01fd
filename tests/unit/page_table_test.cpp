// The walk from an address through directory and table, as the processor makes it.
#include "catch.hpp"
#include "fakes.hpp"

#include "memory/page_table.hpp"

#include "layout.h"

#include <cstdint>
#include <cstring>

using namespace kernel;

namespace {

constexpr std::uint32_t directory_address = 0x1000;
constexpr std::uint32_t table_address = 0x5000;
constexpr PageFlags writable = PageFlags::Present | PageFlags::Writable;

/// A directory and a table, empty, in a memory that is full of 0xA5: read as an entry that would be
/// a present one, wherever somebody looks who should not.
class Tables {
public:
    Tables() : memory_(0x10000) {
        std::memset(memory_.at(directory_address), 0, PAGE_SIZE);
        std::memset(memory_.at(table_address), 0, PAGE_SIZE);
    }
    PageEntry& directory(std::uint32_t index) { return entry(directory_address, index); }
    PageEntry& table(std::uint32_t index) { return entry(table_address, index); }

    PageWalk walk(std::uint32_t address) const {
        const auto* directory = at_physical<const PageTable>(PhysicalAddress(directory_address));
        return kernel::walk(*directory, VirtualAddress(address));
    }

private:
    static PageEntry& entry(std::uint32_t table, std::uint32_t index) {
        return at_physical<PageTable>(PhysicalAddress(table))->entries[index];
    }

    PhysicalMemory memory_;
};

} // namespace

TEST_CASE("the walk finds the entry of the table that the directory names") {
    Tables tables;
    tables.directory(1) = PageEntry(PhysicalAddress(table_address), writable | PageFlags::User);
    tables.table(2) = PageEntry(PhysicalAddress(0x00777000), PageFlags::Present);
    const PageWalk found = tables.walk(0x00402FFF);
    CHECK(found.directory_entry.value() == 0x5007);
    CHECK(found.table_entry.value() == 0x00777001);
}

TEST_CASE("the walk ends at a directory entry that is not present") {
    Tables tables;
    PageWalk found = tables.walk(0xC1234567);
    CHECK(found.directory_entry.value() == 0);
    CHECK(found.table_entry.value() == 0);

    // Without P the other bits mean nothing, and so does the address.
    tables.directory(772) = PageEntry(PhysicalAddress(0x7000), PageFlags::Writable);
    found = tables.walk(0xC1234567);
    CHECK(found.directory_entry.value() == 0x7002);
    CHECK(found.table_entry.value() == 0);
}

TEST_CASE("the walk ends at a directory entry that maps 4 MiB") {
    Tables tables;
    tables.directory(772) = PageEntry(PhysicalAddress(0), writable | PageFlags::LargePage);
    const PageWalk found = tables.walk(0xC1234567);
    CHECK(found.directory_entry.value() == 0x83);
    CHECK(found.table_entry.value() == 0);
}

TEST_CASE("the walk finds a table entry that is not present as it is") {
    Tables tables;
    tables.directory(772) = PageEntry(PhysicalAddress(table_address), writable);
    tables.table(564) = PageEntry(PhysicalAddress(0x00999000), PageFlags::Writable);
    const PageWalk found = tables.walk(0xC1234567);
    CHECK(found.directory_entry.value() == 0x5003);
    CHECK(found.table_entry.value() == 0x00999002);
}

TEST_CASE("the walk knows the first and the last entry") {
    Tables tables;
    for (const std::uint32_t index : {0U, 1023U}) {
        tables.directory(index) = PageEntry(PhysicalAddress(table_address), writable);
        tables.table(index) = PageEntry(PhysicalAddress(index * PAGE_SIZE), writable);
    }
    CHECK(tables.walk(0).table_entry.value() == 0x3);
    CHECK(tables.walk(0xFFFFFFFF).table_entry.value() == 0x3FF003);
    CHECK(tables.walk(0x003FFFFC).table_entry.value() == 0x3FF003);
    CHECK(tables.walk(0xFFC00000).table_entry.value() == 0x3);
}
