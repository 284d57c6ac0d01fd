// The kernel of chapter 8: its own page tables, printed, and a null pointer that they catch.
#include "cpu/gdt.hpp"
#include "cpu/interrupts.hpp"
#include "diagnosis/exceptions.hpp"
#include "drivers/console.hpp"
#include "drivers/pic.hpp"
#include "drivers/pit.hpp"
#include "drivers/serial.hpp"
#include "drivers/vga.hpp"
#include "lib/address.hpp"
#include "lib/constructors.hpp"
#include "lib/log.hpp"
#include "lib/panic.hpp"
#include "memory/page_table.hpp"
#include "memory/paging.hpp"
#include "multiboot/multiboot.hpp"

#include "layout.h"

#include <cstdint>

using namespace kernel;

namespace {

struct Row {
    const char* what;
    std::uint32_t address;
};

/// Addresses worth a look, and what the tables make of each.
constexpr Row rows[] = {
    {"page 0: null pointers", 0},
    {"the last page of user space", KERNEL_BASE - PAGE_SIZE},
    {"the screen", KERNEL_BASE + VGA_TEXT},
    {"kernel text", KERNEL_BASE + KERNEL_LOAD + 4 * PAGE_SIZE},
    {"the direct map, 16 MiB up", KERNEL_BASE + 0x100'0000},
    {"the kernel heap, still empty", KERNEL_HEAP},
    {"kernel stacks, still none", KERNEL_STACKS},
};

void print_row(const Row& row) {
    const auto* directory = at_physical<const PageTable>(paging::kernel_directory());
    const PageWalk found = walk(*directory, VirtualAddress(row.address));
    const bool large = found.directory_entry.has(PageFlags::LargePage);
    const PageEntry entry = large ? found.directory_entry : found.table_entry;
    if (!entry.has(PageFlags::Present)) {
        log::print("  {}  {:<29}  not mapped\n", VirtualAddress(row.address), row.what);
        return;
    }
    log::print("  {}  {:<29}  at {}, {}, {}\n", VirtualAddress(row.address), row.what, entry.frame(),
               entry.has(PageFlags::Writable) ? "writable" : "read-only", large ? "4 MiB" : "4 KiB");
}

} // namespace

/// Called by boot/start.asm. Ends in a panic, because that is what it shows.
extern "C" void kernel_main(std::uint32_t magic, std::uint32_t multiboot_information) {
    run_constructors();
    vga::initialize();
    serial::initialize();
    gdt::initialize();
    interrupts::initialize();
    exceptions::initialize();
    pic::initialize();
    pit::initialize();
    console::enable_input();
    if (!multiboot::read(magic, PhysicalAddress(multiboot_information))) {
        panic("the boot loader's information can't be read");
    }
    const multiboot::Information& information = multiboot::information();
    paging::initialize(information.memory_end());

    log::print("The page directory is at physical {}.\n", paging::kernel_directory());
    for (const Row& row : rows) {
        print_row(row);
    }
    log::info("reads through a null pointer, on purpose");
    const volatile std::uint32_t* volatile nowhere = nullptr;
    static_cast<void>(*nowhere);
}
