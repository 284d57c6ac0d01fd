// Regions: what a program may do at which addresses, whether or not a frame is there yet (chapter 19).
#pragma once

#include "lib/address.hpp"
#include "lib/error.hpp"
#include "memory/page_table.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace kernel {

/// The addresses from `begin` up to but not including `end`, both page-aligned.
struct Region {
    VirtualAddress begin;
    VirtualAddress end;
    Access access;
};

/// Invariant: the regions are sorted, none is empty, no two overlap, and two that touch differ in their access. So a program
/// that asks for many small pieces side by side has one region, and a lookup is a binary search.
class Regions {
public:
    /// The region that `address` lies in; null if there is none.
    [[nodiscard]] const Region* find(VirtualAddress address) const;
    [[nodiscard]] bool overlaps(VirtualAddress begin, VirtualAddress end) const;
    /// Where the highest free range of `size` bytes begins that lies within [`lowest`, `highest`). All three are
    /// page-aligned, `size` is not 0.
    [[nodiscard]] std::optional<VirtualAddress> find_free(std::uint32_t size, VirtualAddress lowest,
                                                          VirtualAddress highest) const;

    /// From now on [`begin`, `end`), which is page-aligned and not empty, has this access, whatever it had before; with
    /// nothing as its access it belongs to no region. OutOfMemory, also for too many regions; then nothing has changed.
    [[nodiscard]] Result<void> set(VirtualAddress begin, VirtualAddress end, std::optional<Access> access);

    /// Forgets all, but keeps the room, so that the first `set` after it can't fail if there has been any before, or in what
    /// this is a copy of.
    void clear() { count_ = 0; }
    [[nodiscard]] Result<Regions> copy() const;

    [[nodiscard]] std::span<const Region> all() const { return {regions_.get(), count_}; }

private:
    /// The index of the first region that ends after `address`.
    [[nodiscard]] std::size_t first_after(VirtualAddress address) const;
    [[nodiscard]] Result<void> make_room(std::size_t count);

    std::unique_ptr<Region[]> regions_;
    std::size_t count_ = 0;
    std::size_t room_ = 0;
};

} // namespace kernel
