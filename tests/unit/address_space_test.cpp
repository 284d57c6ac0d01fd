// Address spaces, and loading programs into them: what is mapped where, and that every failure
// gives all memory back.
#include "catch.hpp"
#include "fakes.hpp"

#include "memory/address_space.hpp"
#include "memory/frames.hpp"
#include "memory/page_table.hpp"
#include "memory/paging.hpp"
#include "program/elf_program.hpp"
#include "program/program.hpp"

#include "layout.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

using namespace kernel;

// The processor's part of paging has no place on the host.
void paging::copy_kernel_entries(PageTable& directory) {
    directory.entries[kernel_directory_begin] = PageEntry(PhysicalAddress(0x5000), PageFlags::Present);
}
void paging::forget(VirtualAddress) {}

namespace {

constexpr std::uint32_t mib = 0x100000;

/// 4 MiB of physical memory, of which the frame allocator has the upper 3.
class Memory {
public:
    Memory() : physical_(4 * mib) {
        const multiboot::MemoryRegion all[] = {{PhysicalAddress(0), PhysicalAddress(4 * mib)}};
        const multiboot::MemoryRegion low[] = {{PhysicalAddress(0), PhysicalAddress(mib)}};
        REQUIRE(frames::initialize(all, low).has_value());
    }
    ~Memory() { frames::fail_after(frames::never); }
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;

private:
    PhysicalMemory physical_;
};

frames::Owner new_frame() {
    return frames::allocate().value();
}

const PageTable& directory_of(const AddressSpace& space) {
    return *at_physical<const PageTable>(space.directory());
}

/// The byte that a program would read at `address`; nothing if its page is not mapped.
std::optional<std::byte> read(const AddressSpace& space, std::uint32_t address) {
    const PageWalk entries = walk(directory_of(space), VirtualAddress(address));
    if (!entries.table_entry.has(PageFlags::Present)) {
        return std::nullopt;
    }
    return at_physical<const std::byte>(entries.table_entry.frame())[address % PAGE_SIZE];
}

PageEntry entry_of(const AddressSpace& space, std::uint32_t address) {
    return walk(directory_of(space), VirtualAddress(address)).table_entry;
}

} // namespace

TEST_CASE("a new address space holds the kernel and nothing else") {
    const Memory memory;
    const AddressSpace space = AddressSpace::create().value();
    for (std::uint32_t i = 0; i < kernel_directory_begin; ++i) {
        REQUIRE(directory_of(space).entries[i].value() == 0);
    }
    CHECK(directory_of(space).entries[kernel_directory_begin].has(PageFlags::Present));
}

TEST_CASE("mapped pages carry the rights asked for, at both levels") {
    const Memory memory;
    AddressSpace space = AddressSpace::create().value();
    frames::Owner writable = new_frame();
    frames::Owner read_only = new_frame();
    const std::uint32_t frame = writable.frame().value();
    REQUIRE(space.map(VirtualAddress(0x08048000), writable, Access::Writable).has_value());
    REQUIRE(space.map(VirtualAddress(0x08049000), read_only, Access::ReadOnly).has_value());
    CHECK_FALSE(writable); // the address space owns it now

    CHECK(entry_of(space, 0x08048000).value() == (frame | 0b111));
    CHECK((entry_of(space, 0x08049000).value() & 0xFFF) == 0b101);
    CHECK((directory_of(space).entries[0x08048000 >> 22].value() & 0xFFF) == 0b111);
    CHECK_FALSE(read(space, 0x0804A000).has_value());

    // The first page of a table does not decide what the others may be.
    frames::Owner first = new_frame();
    REQUIRE(space.map(VirtualAddress(0x10000000), first, Access::ReadOnly).has_value());
    CHECK(entry_of(space, 0x10000000).value() == (entry_of(space, 0x10000000).frame().value() | 0b101));
    CHECK((directory_of(space).entries[0x10000000 >> 22].value() & 0xFFF) == 0b111);
}

TEST_CASE("clearing zeroes the bytes between, and no others") {
    const Memory memory;
    AddressSpace space = AddressSpace::create().value();
    frames::Owner frame = new_frame();
    std::memset(at_physical<std::byte>(frame.frame()), 0xA5, PAGE_SIZE);
    REQUIRE(space.map(VirtualAddress(0x08048000), frame, Access::Writable).has_value());
    space.clear(VirtualAddress(0x08048010), VirtualAddress(0x08048FFF));
    space.clear(VirtualAddress(0x08048008), VirtualAddress(0x08048008));
    CHECK(read(space, 0x0804800F) == std::byte{0xA5});
    CHECK(read(space, 0x08048010) == std::byte{0});
    CHECK(read(space, 0x08048FFE) == std::byte{0});
    CHECK(read(space, 0x08048FFF) == std::byte{0xA5});
    space.clear(VirtualAddress(0), VirtualAddress(1)); // nothing is mapped there
}

TEST_CASE("unmapping gives the frame back, and once only") {
    const Memory memory;
    AddressSpace space = AddressSpace::create().value();
    frames::Owner frame = new_frame();
    REQUIRE(space.map(VirtualAddress(0), frame, Access::Writable).has_value());
    const std::uint32_t free = frames::free_count();
    space.unmap(VirtualAddress(0));
    space.unmap(VirtualAddress(0));
    space.unmap(VirtualAddress(0x40000000)); // not even a table there
    CHECK(frames::free_count() == free + 1);
}

TEST_CASE("misuse is a bug of the kernel") {
    const Memory memory;
    AddressSpace space = AddressSpace::create().value();
    frames::Owner frame = new_frame();
    CHECK_THROWS_AS(space.map(VirtualAddress(0x123), frame, Access::Writable), Panicked);
    // Not even where the kernel has nothing mapped.
    PageEntry* entries = const_cast<PageEntry*>(directory_of(space).entries);
    const PageEntry kernels = entries[kernel_directory_begin];
    entries[kernel_directory_begin] = PageEntry();
    CHECK_THROWS_AS(space.map(VirtualAddress(KERNEL_BASE), frame, Access::Writable), Panicked);
    CHECK(entries[kernel_directory_begin].value() == 0);
    entries[kernel_directory_begin] = kernels;
    REQUIRE(space.map(VirtualAddress(0), frame, Access::ReadOnly).has_value());
    frames::Owner other = new_frame();
    CHECK_THROWS_AS(space.map(VirtualAddress(0), other, Access::Writable), Panicked);
    CHECK(other); // it is still the caller's
}

TEST_CASE("the end of an address space gives back everything") {
    const Memory memory;
    const std::uint32_t free = frames::free_count();
    {
        AddressSpace space = AddressSpace::create().value();
        for (std::uint32_t page = 0; page < 10; ++page) {
            frames::Owner frame = new_frame();
            REQUIRE(space.map(VirtualAddress(page * 0x00800000), frame, Access::Writable).has_value());
        }
        AddressSpace moved = std::move(space);
        CHECK(frames::free_count() == free - 1 - 10 - 10);
    }
    CHECK(frames::free_count() == free);
}

TEST_CASE("pages are found at both ends, and on both sides of the middle") {
    const Memory memory;
    const std::uint32_t free = frames::free_count();
    constexpr std::uint32_t middle = KERNEL_BASE / 2;
    std::vector<std::uint32_t> expected;
    const auto mapped = [](const AddressSpace& space) {
        std::vector<std::uint32_t> found;
        for (auto page = space.first_page(VirtualAddress(0)); page;
             page = space.first_page(page->address + PAGE_SIZE)) {
            found.push_back(page->address.value());
        }
        return found;
    };
    {
        AddressSpace space = AddressSpace::create().value();
        CHECK(mapped(space).empty());
        // First apart, and in the end with nothing between the sides but what lies between these pages.
        for (const std::uint32_t page :
             {0x08048000U, KERNEL_BASE - PAGE_SIZE, 0U, 0x3FF000U, KERNEL_BASE - 0x800000U, middle - 0x400000U,
              middle + 0x400000U, middle + PAGE_SIZE, middle - PAGE_SIZE, middle}) {
            frames::Owner frame = new_frame();
            REQUIRE(space.map(VirtualAddress(page), frame, Access::Writable).has_value());
            expected.insert(std::ranges::lower_bound(expected, page), page);
            CHECK(mapped(space) == expected);
            CHECK(mapped(space.copy().value()) == expected);
            CHECK(mapped(space.share().value()) == expected);
        }
        CHECK(space.first_page(VirtualAddress(PAGE_SIZE), VirtualAddress(0x400000))->address.value() == 0x3FF000);
        CHECK_FALSE(space.first_page(VirtualAddress(PAGE_SIZE), VirtualAddress(0x3FF000)));
        CHECK_FALSE(space.first_page(VirtualAddress(0x400000), VirtualAddress(0x08048000)));
        CHECK_FALSE(space.first_page(VirtualAddress(0), VirtualAddress(0)));
        AddressSpace other = AddressSpace::create().value();
        other = std::move(space);
        CHECK(mapped(other) == expected);
    }
    CHECK(frames::free_count() == free);
}

TEST_CASE("a copy has the same bytes and rights, in frames of its own") {
    const Memory memory;
    const std::uint32_t free = frames::free_count();
    {
        AddressSpace space = AddressSpace::create().value();
        frames::Owner low = new_frame();
        frames::Owner high = new_frame();
        at_physical<std::byte>(low.frame())[5] = std::byte{0x11};
        at_physical<std::byte>(high.frame())[PAGE_SIZE - 1] = std::byte{0x22};
        REQUIRE(space.map(VirtualAddress(0), low, Access::Writable).has_value());
        REQUIRE(space.map(VirtualAddress(KERNEL_BASE - PAGE_SIZE), high, Access::ReadOnly).has_value());

        const AddressSpace copy = space.copy().value();
        CHECK(read(copy, 5) == std::byte{0x11});
        CHECK(read(copy, KERNEL_BASE - 1) == std::byte{0x22});
        CHECK_FALSE(read(copy, PAGE_SIZE).has_value());
        CHECK(entry_of(copy, 0).has(PageFlags::Writable));
        CHECK_FALSE(entry_of(copy, KERNEL_BASE - PAGE_SIZE).has(PageFlags::Writable));
        CHECK(entry_of(copy, 0).frame() != entry_of(space, 0).frame());
        at_physical<std::byte>(entry_of(copy, 0).frame())[5] = std::byte{0x33};
        CHECK(read(space, 5) == std::byte{0x11});
    }
    CHECK(frames::free_count() == free);
}

TEST_CASE("a copy for which memory runs out at any point leaks nothing") {
    const Memory memory;
    AddressSpace space = AddressSpace::create().value();
    for (std::uint32_t page = 0; page < 4; ++page) {
        frames::Owner frame = new_frame();
        REQUIRE(space.map(VirtualAddress(page * 0x00800000), frame, Access::Writable).has_value());
    }
    const std::uint32_t free = frames::free_count();
    constexpr std::uint32_t needed = 1 + 4 + 4; // the directory, tables, pages
    for (std::uint32_t allocations = 0; allocations < needed; ++allocations) {
        frames::fail_after(allocations);
        CHECK(space.copy().error() == Error::OutOfMemory);
        CHECK(frames::free_count() == free);
    }
    frames::fail_after(needed);
    CHECK(space.copy().has_value());
}

TEST_CASE("shared pages are copied when one of the two writes, and not any more when one is left") {
    const Memory memory;
    const std::uint32_t free = frames::free_count();
    {
        AddressSpace space = AddressSpace::create().value();
        frames::Owner writable = new_frame();
        frames::Owner constant = new_frame();
        const PhysicalAddress frame = writable.frame();
        at_physical<std::byte>(frame)[7] = std::byte{0x11};
        REQUIRE(space.map(VirtualAddress(0), writable, Access::Writable).has_value());
        REQUIRE(space.map(VirtualAddress(PAGE_SIZE), constant, Access::ReadOnly).has_value());
        CHECK_FALSE(space.own(VirtualAddress(0)).value()); // nothing is shared yet

        AddressSpace child = space.share().value();
        CHECK(frames::user_count(frame) == 2);
        CHECK(entry_of(child, 0).frame() == frame);
        CHECK_FALSE(entry_of(space, 0).has(PageFlags::Writable));
        CHECK_FALSE(entry_of(child, 0).has(PageFlags::Writable));
        CHECK_FALSE(child.own(VirtualAddress(PAGE_SIZE)).value()); // was never writable
        CHECK_FALSE(child.own(VirtualAddress(0x40000000)).value());

        CHECK(child.own(VirtualAddress(7)).value());
        CHECK(entry_of(child, 0).frame() != frame);
        CHECK(entry_of(child, 0).has(PageFlags::Writable));
        CHECK(read(child, 7) == std::byte{0x11});
        CHECK(frames::user_count(frame) == 1);
        CHECK(space.own(VirtualAddress(0)).value());
        CHECK(entry_of(space, 0).frame() == frame); // the last one keeps it
        CHECK(entry_of(space, 0).has(PageFlags::Writable));
    }
    CHECK(frames::free_count() == free);
}

TEST_CASE("a page table of which all has been unmapped is not one more in the child") {
    const Memory memory;
    AddressSpace space = AddressSpace::create().value();
    for (const std::uint32_t page : {0x00400000U, 0x00800000U}) {
        frames::Owner frame = new_frame();
        REQUIRE(space.map(VirtualAddress(page), frame, Access::Writable).has_value());
    }
    space.unmap(VirtualAddress(0x00400000));
    const std::uint32_t free = frames::free_count();
    const AddressSpace child = space.share().value();
    CHECK(free - frames::free_count() == 1 + 1); // the directory, and one table
}

TEST_CASE("sharing for which memory runs out at any point leaks nothing") {
    const Memory memory;
    AddressSpace space = AddressSpace::create().value();
    for (std::uint32_t page = 0; page < 3; ++page) {
        frames::Owner frame = new_frame();
        REQUIRE(space.map(VirtualAddress(page * 0x00800000), frame, Access::Writable).has_value());
    }
    const std::uint32_t free = frames::free_count();
    for (std::uint32_t allocations = 0; allocations < 1 + 3; ++allocations) {
        frames::fail_after(allocations);
        CHECK(space.share().error() == Error::OutOfMemory);
        CHECK(frames::free_count() == free);
    }
    frames::fail_after(frames::never);
    const AddressSpace child = space.share().value();
    frames::fail_after(0);
    CHECK(space.own(VirtualAddress(0)).error() == Error::OutOfMemory);
    CHECK_FALSE(entry_of(space, 0).has(PageFlags::Writable));
}

TEST_CASE("a flat program lies at FLAT_BASE, its last page filled up with zeros") {
    const Memory memory;
    AddressSpace space = AddressSpace::create().value();
    const std::vector<std::byte> file(PAGE_SIZE + 100, std::byte{0xCC});
    const program::Start start = program::load(space, "test", std::span(file), "test one").value();
    CHECK(start.kind == "flat");
    CHECK(start.entry.value() == FLAT_BASE);
    CHECK(start.break_begin.value() == FLAT_BASE + 2 * PAGE_SIZE);
    CHECK(start.stack.value() % 16 == 0);
    CHECK(read(space, 0) == std::byte{0xCC});
    CHECK(read(space, PAGE_SIZE + 99) == std::byte{0xCC});
    for (std::uint32_t address = PAGE_SIZE + 100; address < 2 * PAGE_SIZE; ++address) {
        REQUIRE(read(space, address) == std::byte{0});
    }
    CHECK_FALSE(read(space, 2 * PAGE_SIZE).has_value());
    // The stack: mapped to its last byte, unmapped below.
    CHECK(read(space, KERNEL_BASE - 1).has_value());
    CHECK(read(space, USER_STACK_BOTTOM).has_value());
    CHECK_FALSE(read(space, USER_STACK_BOTTOM - 1).has_value());
    CHECK(read(space, start.stack.value()) == std::byte{2}); // argc
}

TEST_CASE("files that are not programs are refused") {
    const Memory memory;
    const LogCapture log;
    AddressSpace space = AddressSpace::create().value();
    CHECK(program::load(space, "empty", ByteSource(), "").error() == Error::BadExecutable);
    CHECK(log.contains("empty"));
    const std::vector<std::byte> magic = {std::byte{0x7F}, std::byte{'E'}, std::byte{'L'}, std::byte{'F'}};
    CHECK(program::load(space, "elf", std::span(magic), "").error() == Error::BadExecutable);
    CHECK(log.contains("there is no loader for ELF files"));
    elf::enable();
    CHECK(program::load(space, "elf", std::span(magic), "").error() == Error::BadExecutable);
    program::set_elf_loader(nullptr);
    CHECK(log.contains("not a valid ELF program: "));
    const std::vector<std::byte> large(5 * mib);
    CHECK(program::load(space, "large", std::span(large), "").error() == Error::OutOfMemory);
}

TEST_CASE("whichever allocation fails, nothing leaks") {
    const Memory memory;
    const LogCapture log;
    const std::vector<std::byte> file(3 * PAGE_SIZE, std::byte{0xCC});
    const std::uint32_t free = frames::free_count();
    std::uint32_t allowed = 0;
    bool loaded = false;
    while (!loaded) {
        frames::fail_after(allowed);
        {
            Result<AddressSpace> space = AddressSpace::create();
            if (space) {
                loaded = program::load(*space, "test", std::span(file), "test").has_value();
            }
        }
        frames::fail_after(frames::never);
        REQUIRE(frames::free_count() == free);
        ++allowed;
    }
    // A directory, two tables, three pages of program and the stack: each was the one that failed.
    CHECK(allowed == 1 + 1 + 2 + 3 + USER_STACK_SIZE / PAGE_SIZE);
}

TEST_CASE("the bit that forbids an access is found") {
    const PageEntry open(PhysicalAddress(0x1000), PageFlags::Present | PageFlags::Writable | PageFlags::User);
    const PageEntry supervisor(PhysicalAddress(0x1000), PageFlags::Present | PageFlags::Writable);
    const PageEntry read_only(PhysicalAddress(0x1000), PageFlags::Present | PageFlags::User);
    const PageEntry large(PhysicalAddress(0), PageFlags::Present | PageFlags::Writable | PageFlags::LargePage);
    const AccessAttempt user_read{.is_write = false, .is_user = true};
    const AccessAttempt user_write{.is_write = true, .is_user = true};
    const AccessAttempt kernel_read{.is_write = false, .is_user = false};
    const AccessAttempt kernel_write{.is_write = true, .is_user = false};

    CHECK(forbidding_bit({PageEntry(), PageEntry()}, kernel_read) ==
          "P of the directory entry: nothing is mapped there");
    CHECK(forbidding_bit({open, PageEntry()}, kernel_read) == "P of the table entry: the page is not mapped");
    CHECK(forbidding_bit({supervisor, open}, user_read) == "U/S of the directory entry: for the kernel only");
    CHECK(forbidding_bit({open, supervisor}, user_read) == "U/S of the table entry: for the kernel only");
    CHECK(forbidding_bit({large, PageEntry()}, user_read) == "U/S of the directory entry: for the kernel only");
    CHECK(forbidding_bit({read_only, open}, user_write) == "R/W of the directory entry: read-only");
    CHECK(forbidding_bit({open, read_only}, kernel_write) == "R/W of the table entry: read-only");
    CHECK(forbidding_bit({open, open}, kernel_read) == "CR4.SMEP or CR4.SMAP: a user page, touched by the kernel");
    CHECK(forbidding_bit({open, open}, user_write) == "no entry: the TLB holds an older one (invlpg is missing)");
}

TEST_CASE("a range of pages goes, and its rights change, whatever is mapped there") {
    const Memory memory;
    const std::uint32_t free_at_start = frames::free_count();
    {
        AddressSpace space = AddressSpace::create().value();
        const auto map = [&space](std::uint32_t page) {
            frames::Owner frame = frames::allocate_zeroed().value();
            REQUIRE(space.map(VirtualAddress(page), frame, Access::Writable).has_value());
        };
        const auto entry = [&space](std::uint32_t page) {
            return walk(directory_of(space), VirtualAddress(page)).table_entry;
        };
        map(0);
        map(0x3FF000); // the last page of its table
        map(0x1000000);
        map(KERNEL_BASE - PAGE_SIZE);
        CHECK((space.has_frame(VirtualAddress(0x3FF123)) && !space.has_frame(VirtualAddress(0x1000))));

        space.protect(VirtualAddress(0), VirtualAddress(KERNEL_BASE), Access::None);
        for (const std::uint32_t page : {0U, 0x3FF000U, 0x1000000U, KERNEL_BASE - PAGE_SIZE}) {
            CHECK((!entry(page).has(PageFlags::Present) && space.has_frame(VirtualAddress(page))));
        }
        space.protect(VirtualAddress(0), VirtualAddress(PAGE_SIZE), Access::ReadOnly);
        CHECK((entry(0).has(PageFlags::Present) && !entry(0).has(PageFlags::Writable)));

        // A page that is shared does not become writable: it is copied at the first write.
        const AddressSpace other = space.share().value();
        space.protect(VirtualAddress(0), VirtualAddress(0x400000), Access::Writable);
        CHECK((!entry(0).has(PageFlags::Writable) && entry(0).has(PageFlags::CopyOnWrite)));
        CHECK(space.own(VirtualAddress(0)) == true);
        CHECK(entry(0).has(PageFlags::Writable));
        CHECK(entry(0).frame() != walk(directory_of(other), VirtualAddress(0)).table_entry.frame());

        space.unmap(VirtualAddress(PAGE_SIZE), VirtualAddress(KERNEL_BASE - PAGE_SIZE));
        CHECK((space.has_frame(VirtualAddress(0)) && space.has_frame(VirtualAddress(KERNEL_BASE - PAGE_SIZE))));
        CHECK((entry(0x3FF000).is_empty() && entry(0x1000000).is_empty()));
    }
    CHECK(frames::free_count() == free_at_start); // also those of pages without any right
}
