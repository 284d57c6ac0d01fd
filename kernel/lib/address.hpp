// Physical and virtual addresses as types of their own, and the direct map between them (chapters 7 and 8).
#pragma once

#include "lib/format.hpp"

#include "layout.h"

#include <compare>
#include <cstdint>

namespace kernel {

/// An address on the memory bus: what page tables and CR3 hold. Not something C++ can dereference.
class PhysicalAddress {
public:
    constexpr PhysicalAddress() = default;
    constexpr explicit PhysicalAddress(std::uint32_t value) : value_(value) {}
    constexpr std::uint32_t value() const { return value_; }
    constexpr bool is_page_aligned() const { return value_ % PAGE_SIZE == 0; }
    constexpr auto operator<=>(const PhysicalAddress&) const = default;
    constexpr PhysicalAddress operator+(std::uint32_t bytes) const { return PhysicalAddress(value_ + bytes); }

private:
    std::uint32_t value_ = 0;
};

/// An address as the processor's instructions use it, before the page tables translate it.
class VirtualAddress {
public:
    constexpr VirtualAddress() = default;
    constexpr explicit VirtualAddress(std::uint32_t value) : value_(value) {}
    constexpr std::uint32_t value() const { return value_; }
    constexpr bool is_page_aligned() const { return value_ % PAGE_SIZE == 0; }
    constexpr auto operator<=>(const VirtualAddress&) const = default;
    constexpr VirtualAddress operator+(std::uint32_t bytes) const { return VirtualAddress(value_ + bytes); }

private:
    std::uint32_t value_ = 0;
};

constexpr FormatArgument to_argument(PhysicalAddress address) {
    return FormatArgument::address(address.value());
}
constexpr FormatArgument to_argument(VirtualAddress address) {
    return FormatArgument::address(address.value());
}

/// Rounds bytes down or up to whole pages. `page_round_up` must not be given more than 0xFFFFF000.
constexpr std::uint32_t page_round_down(std::uint32_t value) {
    return value & ~(PAGE_SIZE - 1U);
}
constexpr std::uint32_t page_round_up(std::uint32_t value) {
    return page_round_down(value + PAGE_SIZE - 1U);
}

#if __STDC_HOSTED__
inline std::uintptr_t direct_map_base = 0; // a unit test points this at an array that plays physical memory
#else
inline constexpr std::uintptr_t direct_map_base = KERNEL_BASE;
#endif

/// The kernel's view of physical memory: a pointer to what lies at `address`, through the direct
/// map. `address` must be below DIRECT_MAP_SIZE (below BOOT_MAP_SIZE until paging::initialize has
/// run).
template <typename T>
T* at_physical(PhysicalAddress address) {
    return reinterpret_cast<T*>(direct_map_base + address.value());
}

/// The inverse, for a pointer into the direct map.
inline PhysicalAddress physical_of(const void* pointer) {
    return PhysicalAddress(static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(pointer) - direct_map_base));
}

} // namespace kernel
