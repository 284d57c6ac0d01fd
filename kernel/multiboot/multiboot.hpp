// What the boot loader handed over, checked field by field and copied into the kernel (chapter 7).
#pragma once

#include "lib/address.hpp"
#include "lib/error.hpp"
#include "lib/ranges.hpp"

#include "layout.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace kernel::multiboot {

/// A piece of physical memory: `begin` belongs to it, `end` does not.
struct MemoryRegion {
    PhysicalAddress begin;
    PhysicalAddress end;

    constexpr std::uint32_t size() const { return end.value() - begin.value(); }
};

/// A file that the boot loader put into memory. It may be empty (begin == end).
struct Module {
    MemoryRegion memory;
    std::string_view string; ///< its line in the boot loader's menu; empty if it had none
};

/// What the boot loader said. All of it is in the kernel's own memory, so it stays valid.
struct Information {
    /// Memory free to use as far as the loader knows: sorted, disjoint, not touching each other,
    /// whole pages, all of it below DIRECT_MAP_SIZE. The kernel, the modules and the low 1 MiB are
    /// *not* taken out: that is left to the frame allocator's caller.
    std::span<const MemoryRegion> usable;
    /// All below memory_end(), in the loader's order. `memory` need not be page-aligned.
    std::span<const Module> modules;
    std::string_view command_line;
    std::string_view loader_name;

    /// Where the memory ends that paging will map: where usable memory does, but never less than what the boot page
    /// directory maps.
    PhysicalAddress memory_end() const {
        const PhysicalAddress least(BOOT_MAP_SIZE);
        return usable.empty() ? least : std::max(least, usable.back().end);
    }
};

inline constexpr std::size_t maximum_regions = RangeSet::capacity; // more are left unused
inline constexpr std::size_t maximum_modules = 32;                 // more are reported and ignored
inline constexpr std::size_t maximum_string_length = 512;          // longer ones are reported and cut

/// Reads the Multiboot 1 information at physical `address` into `information()`. Whatever is
/// malformed is reported with a warning and left out. Only memory below BOOT_MAP_SIZE is read, so
/// this may run on the boot page directory; afterwards the loader's memory is no longer needed
/// (that of the modules is). Fails with InvalidArgument, having changed nothing, if `magic` is not
/// that of a Multiboot loader or `address` lies out of reach.
[[nodiscard]] Result<void> read(std::uint32_t magic, PhysicalAddress address);

/// What `read` found; empty before.
[[nodiscard]] const Information& information();

} // namespace kernel::multiboot
