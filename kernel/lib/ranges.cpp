// A set of addresses kept as sorted ranges: adding joins, removing cuts (chapter 7).
#include "lib/ranges.hpp"

#include "lib/panic.hpp"

#include <algorithm>

namespace kernel {

bool RangeSet::add(Range range) {
    if (range.begin >= range.end) {
        return true;
    }
    std::size_t first = 0;
    while (first < count_ && ranges_[first].end < range.begin) {
        ++first;
    }
    // All that overlap or touch the new range become one with it.
    std::size_t last = first;
    while (last < count_ && ranges_[last].begin <= range.end) {
        range.begin = std::min(range.begin, ranges_[last].begin);
        range.end = std::max(range.end, ranges_[last].end);
        ++last;
    }
    return replace(first, last, std::span(&range, 1));
}

bool RangeSet::remove(Range range) {
    if (range.begin >= range.end) {
        return true;
    }
    std::size_t first = 0;
    while (first < count_ && ranges_[first].end <= range.begin) {
        ++first;
    }
    std::size_t last = first;
    while (last < count_ && ranges_[last].begin < range.end) {
        ++last;
    }
    if (first == last) {
        return true;
    }
    // What the first one has below the gap stays, and what the last one has above it.
    Range rest[2];
    std::size_t rest_count = 0;
    if (ranges_[first].begin < range.begin) {
        rest[rest_count++] = {ranges_[first].begin, range.begin};
    }
    if (ranges_[last - 1].end > range.end) {
        rest[rest_count++] = {range.end, ranges_[last - 1].end};
    }
    if (replace(first, last, std::span(rest, rest_count))) {
        return true;
    }
    ranges_[first].end = range.begin; // full, so this was a split
    return false;
}

bool RangeSet::overlaps(Range range) const {
    return std::any_of(ranges().begin(), ranges().end(),
                       [range](const Range& other) { return other.begin < range.end && range.begin < other.end; });
}

Range RangeSet::take_first() {
    KERNEL_ASSERT(count_ > 0, "a range is taken only from a set that has one");
    const Range first = ranges_[0];
    static_cast<void>(replace(0, 1, {})); // removing always succeeds
    return first;
}

bool RangeSet::replace(std::size_t first, std::size_t last, std::span<const Range> replacement) {
    const std::size_t new_count = count_ - (last - first) + replacement.size();
    if (new_count > capacity) {
        return false;
    }
    const auto data = ranges_.begin();
    const auto after = first + replacement.size();
    if (after > last) {
        std::copy_backward(data + last, data + count_, data + new_count);
    } else {
        std::copy(data + last, data + count_, data + after);
    }
    std::copy(replacement.begin(), replacement.end(), data + first);
    count_ = new_count;
    return true;
}

} // namespace kernel
