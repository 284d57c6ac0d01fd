// Paging: the kernel's own page directory, and what all address spaces share of it (chapter 8).
#pragma once

#include "lib/address.hpp"
#include "lib/error.hpp"
#include "memory/page_table.hpp"

#include <cstdint>

namespace kernel::paging {

/// Builds the kernel's page directory and takes it into use: the direct map of physical memory [0,
/// `memory_end`), kernel text and read-only data not writable, the identity map of the boot
/// directory gone. The page tables of the kernel's heap and of its stacks are put in place, empty,
/// so that no directory entry above KERNEL_BASE changes any more. Switches SMEP and SMAP on where
/// the processor has them, and adds the page walk to the report of page faults. `memory_end` is at
/// most DIRECT_MAP_SIZE.
void initialize(PhysicalAddress memory_end);

/// Maps one page, writable and for the kernel only, in the heap's region or that of the kernel
/// stacks. Every address space sees it at once. The page must not be mapped yet.
void map_kernel_page(VirtualAddress page, PhysicalAddress frame);

/// Takes back what map_kernel_page did and returns the frame that was there.
PhysicalAddress unmap_kernel_page(VirtualAddress page);

/// Copies the kernel's quarter into a process's directory.
void copy_kernel_entries(PageTable& directory);

/// Whether the direct map shows the page of `address`: the frame that a page-table entry names need
/// not be memory, if the entry is wrong.
[[nodiscard]] bool is_in_direct_map(PhysicalAddress address);

/// Drops what the processor may remember of the translation of `page`: due after every change of a
/// present entry of the directory in use (Intel SDM Vol. 3A, 4.10.4.1 Operations that Invalidate
/// TLBs and Paging-Structure Caches).
void forget(VirtualAddress page);

/// Takes a page directory into use; it must hold the kernel's entries. `kernel_directory()` is the
/// one with nothing but.
void load(PhysicalAddress directory);
[[nodiscard]] PhysicalAddress kernel_directory();

} // namespace kernel::paging
