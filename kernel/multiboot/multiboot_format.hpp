// The structures of the Multiboot Specification 0.6.96, section 3.3, as a loader writes them (chapter 7).
#pragma once

#include "lib/address.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

// Only this folder includes this file: the rest of the kernel sees the checked copy, Information.
namespace kernel::multiboot {

inline constexpr std::uint32_t loader_magic = 0x2BADB002; // in eax when the kernel is entered

/// Which fields of RawInformation the loader has filled in.
namespace flags {
inline constexpr std::uint32_t memory_sizes = 1U << 0;
inline constexpr std::uint32_t command_line = 1U << 2;
inline constexpr std::uint32_t modules = 1U << 3;
inline constexpr std::uint32_t memory_map = 1U << 6;
inline constexpr std::uint32_t loader_name = 1U << 9;
} // namespace flags

struct RawInformation {
    std::uint32_t flags;
    std::uint32_t lower_memory_kib; // from address 0
    std::uint32_t upper_memory_kib; // from 1 MiB to the first hole
    std::uint32_t boot_device;
    std::uint32_t command_line; // physical, as all addresses here
    std::uint32_t module_count;
    std::uint32_t module_table;
    std::uint32_t symbols[4];
    std::uint32_t map_length; // in bytes
    std::uint32_t map;
    std::uint32_t drives_length;
    std::uint32_t drives;
    std::uint32_t configuration_table;
    std::uint32_t loader_name;
};
static_assert(offsetof(RawInformation, map_length) == 44);
static_assert(offsetof(RawInformation, loader_name) == 64);

struct RawModule {
    std::uint32_t begin;
    std::uint32_t end; // one past the last byte
    std::uint32_t string;
    std::uint32_t reserved;
};
static_assert(sizeof(RawModule) == 16);

/// One entry of the memory map. The 64-bit fields are in halves: on the wire they follow `size`
/// directly, at an offset where no compiler but this processor's would put them.
struct RawMapEntry {
    std::uint32_t size; // of what follows: the next entry is at this one + 4 + size
    std::uint32_t base_low, base_high;
    std::uint32_t length_low, length_high;
    std::uint32_t type;

    std::uint64_t base() const { return std::uint64_t{base_high} << 32 | base_low; }
    std::uint64_t length() const { return std::uint64_t{length_high} << 32 | length_low; }
    /// Any other type is somebody's: ACPI tables, broken memory, or a type not invented yet.
    bool is_usable() const { return type == 1; }
};
static_assert(sizeof(RawMapEntry) == 24);
inline constexpr std::uint32_t minimum_entry_size = sizeof(RawMapEntry) - sizeof(RawMapEntry::size);

/// A copy of the T at `address`, or nothing if part of it lies beyond what the boot page directory
/// maps. Copied, not pointed at: the loader may have put it at any address, aligned or not.
template <typename T>
std::optional<T> fetch(std::uint64_t address) {
    if (address + sizeof(T) > BOOT_MAP_SIZE) {
        return std::nullopt;
    }
    T copy;
    const PhysicalAddress from(static_cast<std::uint32_t>(address));
    std::copy_n(at_physical<const unsigned char>(from), sizeof(T), reinterpret_cast<unsigned char*>(&copy));
    return copy;
}

} // namespace kernel::multiboot
