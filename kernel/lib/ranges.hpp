// A set of addresses kept as sorted ranges: adding joins, removing cuts (chapter 7).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace kernel {

/// The addresses from `begin` up to but not including `end`. 64 bits, for a memory map speaks of
/// addresses that this kernel cannot reach, and sums of 32-bit ones must not wrap.
struct Range {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;

    bool operator==(const Range&) const = default;
};

/// Invariant: the ranges are sorted, none is empty, and no two overlap or touch.
class RangeSet {
public:
    static constexpr std::size_t capacity = 64;

    /// Adds a range, which may overlap others or be empty. False: the set is full, nothing changed.
    [[nodiscard]] bool add(Range range);

    /// Removes every address in `range`. False: a range had to be split and the set was full; then
    /// the part above the gap was lost as well.
    [[nodiscard]] bool remove(Range range);

    [[nodiscard]] bool overlaps(Range range) const;

    /// Removes the first range and returns it; there must be one.
    Range take_first();

    [[nodiscard]] std::span<const Range> ranges() const { return std::span(ranges_).first(count_); }
    [[nodiscard]] bool empty() const { return count_ == 0; }

private:
    /// Puts `replacement` in the place of the ranges with indices from `first` to before `last`.
    [[nodiscard]] bool replace(std::size_t first, std::size_t last, std::span<const Range> replacement);

    std::array<Range, capacity> ranges_{};
    std::size_t count_ = 0;
};

} // namespace kernel
