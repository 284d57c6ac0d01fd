// Page faults explained (chapter 8).
#include "diagnosis/page_fault.hpp"

#include "cpu/registers.hpp"
#include "diagnosis/report.hpp"
#include "lib/log.hpp"

#include "layout.h"

namespace kernel::page_fault {

namespace {

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

void explain(const interrupts::Frame& frame) {
    const VirtualAddress address(cpu::read_cr2());
    const std::string_view known = describe_address(address, frame.from_user());
    log::print("  address    {} (cr2){}{}\n", address, known.empty() ? "" : ": ", known);

    const auto* directory = at_physical<const PageTable>(PhysicalAddress(page_round_down(cpu::read_cr3())));
    const PageWalk entries = walk(*directory, address);
    print_entry("directory", directory_index(address), entries.directory_entry);
    if (entries.directory_entry.has(PageFlags::Present) && !entries.directory_entry.has(PageFlags::LargePage)) {
        print_entry("table", table_index(address), entries.table_entry);
    }
    const AccessAttempt attempt{.is_write = (frame.error_code & 1U << 1) != 0,
                                .is_user = (frame.error_code & 1U << 2) != 0};
    log::print("  forbidden by {}\n", forbidding_bit(entries, attempt));
}

} // namespace

std::string_view describe_address(VirtualAddress address, bool from_user) {
    const std::uint32_t value = address.value();
    constexpr std::uint32_t freed_pattern = 0xFDFDFDFD; // Heap::freed_pattern, four times
    if (value - (freed_pattern - PAGE_SIZE) < 2 * PAGE_SIZE) {
        return "near 0xfdfdfdfd: memory that was freed";
    }
    if (value < PAGE_SIZE) {
        return "a null pointer, or a member of what it points to";
    }
    if (value >= USER_STACK_BOTTOM - PAGE_SIZE && value < USER_STACK_BOTTOM) {
        return "just below the user stack: it overflowed";
    }
    if (value < KERNEL_BASE) {
        return from_user ? "" : "a program's address, used by the kernel";
    }
    if (from_user) {
        return value < KERNEL_BASE + PAGE_SIZE ? "just past the user stack" : "the kernel's memory";
    }
    if (value >= KERNEL_STACKS) {
        return value % KERNEL_STACK_SLOT < KERNEL_STACK_SLOT - KERNEL_STACK_SIZE ? "below a kernel stack: it overflowed"
                                                                                 : "a kernel stack that is not in use";
    }
    if (value >= KERNEL_HEAP && value < KERNEL_HEAP + KERNEL_HEAP_SIZE) {
        return "the kernel heap, where it has not grown to";
    }
    return "";
}

void explain_in_reports() {
    constexpr std::uint8_t page_fault_vector = 14;
    report::set_explainer(page_fault_vector, explain);
}

} // namespace kernel::page_fault
