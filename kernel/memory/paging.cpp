// Paging: building the kernel's page directory (chapter 8).
#include "memory/paging.hpp"

#include "cpu/registers.hpp"
#include "lib/log.hpp"
#include "lib/panic.hpp"
#include "memory/page_fault_report.hpp"

#include "layout.h"

#include <algorithm>
#include <span>

/// From the linker script and boot/start.asm: only their addresses mean anything.
extern "C" const char kernel_text_begin[];
extern "C" const char kernel_read_only_end[];
extern "C" const char boot_stack_guard[];

namespace kernel::paging {

namespace {

constexpr PageFlags kernel_writable = PageFlags::Present | PageFlags::Writable;
constexpr PageFlags kernel_read_only = PageFlags::Present;

static_assert(KERNEL_BASE + DIRECT_MAP_SIZE <= KERNEL_HEAP, "the direct map must end below the heap");
static_assert(KERNEL_HEAP % LARGE_PAGE_SIZE == 0 && KERNEL_STACKS % LARGE_PAGE_SIZE == 0);
static_assert(KERNEL_STACKS + (KERNEL_STACKS_SIZE - 1) == 0xFFFFFFFF, "the kernel stacks are the last region");

PageTable directory;
PageTable image_table; // the first 4 MiB of the direct map, in which the kernel itself lies
PageTable heap_tables[KERNEL_HEAP_SIZE / LARGE_PAGE_SIZE];
PageTable stack_tables[KERNEL_STACKS_SIZE / LARGE_PAGE_SIZE];

PageEntry entry_for(const PageTable& table) {
    return {physical_of(&table), kernel_writable};
}

/// How a page of the first 4 MiB is mapped: the kernel's text and constants read-only, the guard
/// page below the boot stack not at all.
PageEntry image_entry(VirtualAddress page) {
    const PhysicalAddress frame(page.value() - KERNEL_BASE);
    const auto begin = reinterpret_cast<std::uint32_t>(kernel_text_begin);
    const auto end = reinterpret_cast<std::uint32_t>(kernel_read_only_end);
    if (page.value() == reinterpret_cast<std::uint32_t>(boot_stack_guard)) {
        return {};
    }
    if (page.value() >= begin && page.value() < end) {
        return {frame, kernel_read_only};
    }
    return {frame, kernel_writable};
}

PageEntry& kernel_table_entry(VirtualAddress page) {
    const std::uint32_t address = page.value();
    KERNEL_ASSERT(page.is_page_aligned(), "a mapping must start at a page boundary");
    if (address >= KERNEL_STACKS) { // up to the end of the address space
        return stack_tables[(address - KERNEL_STACKS) / LARGE_PAGE_SIZE].entries[table_index(page)];
    }
    KERNEL_ASSERT(address >= KERNEL_HEAP && address - KERNEL_HEAP < KERNEL_HEAP_SIZE,
                  "only the heap's region and the kernel stacks are mapped page by page");
    return heap_tables[(address - KERNEL_HEAP) / LARGE_PAGE_SIZE].entries[table_index(page)];
}

/// Intel SDM Vol. 2A, CPUID, table 3-8: leaf 7, EBX bits 7 and 20.
void enable_supervisor_protection() {
    constexpr std::uint32_t features_leaf = 7;
    if (cpu::cpuid(0).eax < features_leaf) {
        return;
    }
    const std::uint32_t features = cpu::cpuid(features_leaf).ebx;
    std::uint32_t cr4 = cpu::read_cr4();
    if ((features & 1U << 7) != 0) {
        cr4 |= cpu::cr4_smep;
    }
    if ((features & 1U << 20) != 0) {
        cr4 |= cpu::cr4_smap;
    }
    cpu::write_cr4(cr4);
    log::debug("paging: SMEP {}, SMAP {}", (cr4 & cpu::cr4_smep) != 0 ? "on" : "not available",
               (cr4 & cpu::cr4_smap) != 0 ? "on" : "not available");
}

} // namespace

void initialize(PhysicalAddress memory_end) {
    for (std::uint32_t offset = 0; offset < LARGE_PAGE_SIZE; offset += PAGE_SIZE) {
        const VirtualAddress page(KERNEL_BASE + offset);
        image_table.entries[table_index(page)] = image_entry(page);
    }
    directory.entries[kernel_directory_begin] = entry_for(image_table);

    for (std::uint32_t physical = LARGE_PAGE_SIZE; physical < memory_end.value(); physical += LARGE_PAGE_SIZE) {
        directory.entries[directory_index(VirtualAddress(KERNEL_BASE + physical))] =
            PageEntry(PhysicalAddress(physical), kernel_writable | PageFlags::LargePage);
    }

    std::ranges::transform(heap_tables, &directory.entries[directory_index(VirtualAddress(KERNEL_HEAP))], entry_for);
    std::ranges::transform(stack_tables, &directory.entries[directory_index(VirtualAddress(KERNEL_STACKS))], entry_for);

    load(kernel_directory());
    enable_supervisor_protection();
    page_fault_report::enable();
}

void map_kernel_page(VirtualAddress page, PhysicalAddress frame) {
    PageEntry& entry = kernel_table_entry(page);
    KERNEL_ASSERT(!entry.has(PageFlags::Present), "a kernel page must not be mapped twice");
    entry = PageEntry(frame, kernel_writable); // was not present, so no TLB can hold it (Vol. 3A, 4.10.2.3)
}

PhysicalAddress unmap_kernel_page(VirtualAddress page) {
    PageEntry& entry = kernel_table_entry(page);
    KERNEL_ASSERT(entry.has(PageFlags::Present), "only a mapped kernel page can be unmapped");
    const PhysicalAddress frame = entry.frame();
    entry = PageEntry();
    forget(page);
    return frame;
}

void copy_kernel_entries(PageTable& process_directory) {
    std::ranges::copy(std::span(directory.entries).subspan(kernel_directory_begin),
                      process_directory.entries + kernel_directory_begin);
}

bool is_in_direct_map(PhysicalAddress address) {
    if (address.value() >= DIRECT_MAP_SIZE) {
        return false;
    }
    const PageWalk entries = walk(directory, VirtualAddress(KERNEL_BASE + address.value()));
    return entries.is_mapped();
}

void forget(VirtualAddress page) {
    cpu::invalidate_page(page.value());
}

void load(PhysicalAddress page_directory) {
    cpu::write_cr3(page_directory.value());
}

PhysicalAddress kernel_directory() {
    return physical_of(&directory);
}

} // namespace kernel::paging
