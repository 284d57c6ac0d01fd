// What the report of a page fault says of it (chapter 8).
#include "memory/page_fault_report.hpp"

#include "cpu/registers.hpp"
#include "diagnosis/symbols.hpp"
#include "diagnosis/upper_layers.hpp"
#include "lib/log.hpp"
#include "memory/page_table.hpp"
#include "memory/paging.hpp"

#include "layout.h"

#include <algorithm>
#include <cstring>
#include <optional>

/// From boot/start.asm: only its address means anything.
extern "C" const char boot_stack_guard[];

namespace kernel::page_fault_report {

namespace {

const PageTable& directory_in_use() {
    const auto* directory = at_physical<const PageTable>(PhysicalAddress(page_round_down(cpu::read_cr3())));
    return *directory;
}

/// The walk through the tables in use; nothing if it leads to a table that is not in memory.
std::optional<PageWalk> walk_in_use(VirtualAddress address) {
    const PageTable& directory = directory_in_use();
    const PageEntry entry = directory.entries[directory_index(address)];
    if (entry.has(PageFlags::Present) && !entry.has(PageFlags::LargePage) && !paging::is_in_direct_map(entry.frame())) {
        return std::nullopt;
    }
    return walk(directory, address);
}

/// Reads through the direct map what the tables in use map at `address`.
bool read(void* to, std::uint32_t address, std::uint32_t size) {
    auto* bytes = static_cast<std::byte*>(to);
    while (size != 0) {
        const std::optional<PageWalk> entries = walk_in_use(VirtualAddress(address));
        if (!entries || !entries->is_mapped()) {
            return false;
        }
        const std::uint32_t page_size = entries->is_large() ? LARGE_PAGE_SIZE : PAGE_SIZE;
        const PageEntry entry = entries->is_large() ? entries->directory_entry : entries->table_entry;
        const std::uint32_t offset = address % page_size;
        const PhysicalAddress physical = PhysicalAddress(entry.frame().value() & ~(page_size - 1)) + offset;
        if (!paging::is_in_direct_map(physical)) {
            return false;
        }
        const std::uint32_t part = std::min(size, PAGE_SIZE - address % PAGE_SIZE);
        std::memcpy(bytes, at_physical<const std::byte>(physical), part);
        bytes += part;
        address += part;
        size -= part;
    }
    return true;
}

void print_entry(std::string_view level, std::uint32_t index, PageEntry entry) {
    log::print("  {} entry {} = {:08x}: ", level, index, entry.value());
    if (!entry.has(PageFlags::Present)) {
        log::print("not present\n");
        return;
    }
    log::print("present, {}, {}{}\n", entry.has(PageFlags::Writable) ? "writable" : "read-only",
               entry.has(PageFlags::User) ? "user" : "supervisor only",
               level == "directory" && entry.has(PageFlags::LargePage) ? ", 4 MiB page" : "");
}

/// Whether the frame at `address` is one of the program's page tables.
bool is_page_table(PhysicalAddress address) {
    const auto* const begin = directory_in_use().entries;
    return std::any_of(begin, begin + kernel_directory_begin, [address](PageEntry entry) {
        return entry.has(PageFlags::Present) && entry.frame() == address;
    });
}

/// What lies in the direct map, of which the kernel's own image is a part.
void print_direct_map_object(std::uint32_t address, bool is_mapped) {
    const std::uint32_t offset = address - reinterpret_cast<std::uint32_t>(boot_stack_guard);
    if (offset < PAGE_SIZE + KERNEL_STACK_SIZE) {
        log::print(": the {}boot stack", offset < PAGE_SIZE ? "guard below the " : "");
        return;
    }
    if (const SymbolTable::Place place = place_of(address); !place.function.empty()) {
        // The end of a long name tells more than its beginning, and a line of 80 columns has room for so much: 44 come
        // before it, and no offset is longer than "+0xffff".
        constexpr std::size_t room = 27;
        const bool is_long = place.function.size() > room;
        const std::string_view name = is_long ? place.function.substr(place.function.size() - room) : place.function;
        log::print(": {} {}{}+{:#x}", place.file.empty() ? "the kernel's" : "code of", is_long ? ".." : "", name,
                   place.offset);
        return;
    }
    const PhysicalAddress physical(address - KERNEL_BASE);
    const PhysicalAddress frame(page_round_down(physical.value()));
    if (frame.value() == page_round_down(cpu::read_cr3())) {
        log::print(": the page directory in use");
    } else if (is_page_table(frame)) {
        log::print(": a page table of the program");
    } else {
        log::print(": the direct map of physical {}{}", physical, is_mapped ? "" : ": no memory");
    }
}

/// What lies at an address of the kernel's quarter, as words that follow it.
void print_kernel_object(std::uint32_t address, bool is_mapped) {
    if (address < KERNEL_HEAP) {
        print_direct_map_object(address, is_mapped);
    } else if (address < KERNEL_HEAP + KERNEL_HEAP_SIZE) {
        log::print(": the kernel heap{}", is_mapped ? "" : ", where it has not grown to");
    } else if (address < KERNEL_STACKS) {
        log::print(": above the kernel heap, where nothing is mapped");
    } else if (address % KERNEL_STACK_SLOT < KERNEL_STACK_SLOT - KERNEL_STACK_SIZE) {
        // A kernel stack that has overflowed is never told so: its report would need that very stack.
        log::print(": in the guard below a kernel stack");
    } else {
        log::print(": a kernel stack{}", is_mapped ? "" : " that is not in use");
    }
}

/// The stack is as long as it is made at first, or as it may grow (chapter 19).
constexpr bool is_page_below(std::uint32_t stack_end, std::uint32_t address) {
    return address >= stack_end - PAGE_SIZE && address < stack_end;
}

/// The same for any address; nothing if nothing is known.
void print_object(std::uint32_t address, bool is_mapped, bool from_user) {
    constexpr std::uint32_t freed_pattern = 0xFDFDFDFD; // Heap::freed_pattern, four times
    if (address - (freed_pattern - PAGE_SIZE) < 2 * PAGE_SIZE) {
        log::print(": near 0xfdfdfdfd: memory that was freed");
    } else if (address < PAGE_SIZE && !is_mapped) {
        log::print(": a null pointer, or a member of what it points to");
    } else if (is_page_below(USER_STACK_BOTTOM, address) || is_page_below(KERNEL_BASE - USER_STACK_LIMIT, address)) {
        log::print(": just below the user stack: it overflowed");
    } else if (from_user && address >= KERNEL_BASE && address - KERNEL_BASE < PAGE_SIZE) {
        log::print(": just past the user stack");
    } else if (address >= KERNEL_BASE) {
        print_kernel_object(address, is_mapped);
    } else if (!from_user) {
        log::print(": a program's address, used by the kernel");
    }
}

void explain(const interrupts::Frame& frame) {
    const VirtualAddress address(frame.cr2);
    const std::optional<PageWalk> found = walk_in_use(address);
    const PageWalk entries =
        found.value_or(PageWalk{directory_in_use().entries[directory_index(address)], PageEntry()});
    log::print("  address    {} (cr2)", address);
    print_object(address.value(), entries.is_mapped(), frame.from_user());
    log::print("\n");

    print_entry("directory", directory_index(address), entries.directory_entry);
    if (!found) {
        log::print("  there is no memory where that entry says that the table is\n");
        return;
    }
    if (entries.directory_entry.has(PageFlags::Present) && !entries.is_large()) {
        print_entry("table", table_index(address), entries.table_entry);
    }
    const AccessAttempt attempt{.is_write = frame.has(interrupts::PageFaultBit::Write),
                                .is_user = frame.has(interrupts::PageFaultBit::User)};
    log::print("  forbidden by {}\n", forbidding_bit(entries, attempt));
}

} // namespace

void enable() {
    exceptions::upper_layers.explain_page_fault = explain;
    exceptions::upper_layers.read_memory = read;
}

} // namespace kernel::page_fault_report
