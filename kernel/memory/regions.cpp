// Regions: a sorted array, changed by replacing the entries that a range touches (chapter 19).
#include "memory/regions.hpp"

#include "memory/new.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace kernel {

namespace {

constexpr std::size_t least_room = 8;

} // namespace

std::size_t Regions::first_after(VirtualAddress address) const {
    const auto found = std::ranges::upper_bound(all(), address, {}, &Region::end);
    return static_cast<std::size_t>(found - all().begin());
}

const Region* Regions::find(VirtualAddress address) const {
    const std::size_t index = first_after(address);
    return index < count_ && regions_[index].begin <= address ? &regions_[index] : nullptr;
}

bool Regions::overlaps(VirtualAddress begin, VirtualAddress end) const {
    const std::size_t index = first_after(begin);
    return index < count_ && regions_[index].begin < end;
}

std::optional<VirtualAddress> Regions::find_free(std::uint32_t size, VirtualAddress lowest,
                                                 VirtualAddress highest) const {
    VirtualAddress end = highest; // of the gap below the regions that were looked at
    const auto gap_is_enough = [&](VirtualAddress begin) { return begin < end && end.value() - begin.value() >= size; };
    for (std::size_t index = count_; index > 0 && !gap_is_enough(std::max(lowest, regions_[index - 1].end)); --index) {
        end = std::min(end, regions_[index - 1].begin);
    }
    // The loop ended at a gap that is big enough, or below the lowest region.
    if (!gap_is_enough(lowest)) {
        return std::nullopt;
    }
    return VirtualAddress(end.value() - size);
}

Result<void> Regions::set(VirtualAddress begin, VirtualAddress end, std::optional<Access> access) {
    std::size_t first = first_after(begin);
    std::size_t last = first; // one past the regions that the range touches
    while (last < count_ && regions_[last].begin < end) {
        ++last;
    }
    // What comes in their place: what is left of the first one, the range itself, what is left of the last one.
    std::array<Region, 3> pieces{};
    std::size_t piece_count = 0;
    if (first < last && regions_[first].begin < begin) {
        pieces[piece_count++] = {regions_[first].begin, begin, regions_[first].access};
    } else if (first > 0 && regions_[first - 1].end == begin) {
        pieces[piece_count++] = regions_[--first]; // it touches the range: they may become one
    }
    const auto add = [&](const Region& region) {
        Region* const previous = piece_count > 0 ? &pieces[piece_count - 1] : nullptr;
        if (previous != nullptr && previous->end == region.begin && previous->access == region.access) {
            previous->end = region.end;
        } else {
            pieces[piece_count++] = region;
        }
    };
    if (access) {
        add({begin, end, *access});
    }
    if (first < last && regions_[last - 1].end > end) {
        add({end, regions_[last - 1].end, regions_[last - 1].access});
    } else if (last < count_ && regions_[last].begin == end) {
        add(regions_[last++]);
    }
    const std::size_t new_count = count_ - (last - first) + piece_count;
    TRY(make_room(new_count));
    const std::span<Region> old = {regions_.get(), room_};
    if (new_count > count_) {
        std::ranges::copy_backward(old.subspan(last, count_ - last),
                                   old.begin() + static_cast<std::ptrdiff_t>(new_count));
    } else if (new_count < count_) { // what stays in its place is not moved: that is what most changes are
        std::ranges::copy(old.subspan(last, count_ - last), old.subspan(first + piece_count).begin());
    }
    std::ranges::copy(std::span(pieces).first(piece_count), old.subspan(first).begin());
    count_ = new_count;
    return {};
}

Result<void> Regions::make_room(std::size_t count) {
    constexpr std::size_t maximum = 65530; // as on Linux: more would take the kernel's heap from all others
    if (count > maximum) {
        return std::unexpected(Error::OutOfMemory);
    }
    if (count <= room_) {
        return {};
    }
    const std::size_t room = std::max({least_room, 2 * room_, count});
    std::unique_ptr<Region[]> regions = TRY(allocate<Region[]>(room));
    std::ranges::copy(all(), regions.get());
    regions_ = std::move(regions);
    room_ = room;
    return {};
}

Result<Regions> Regions::copy() const {
    Regions result;
    TRY(result.make_room(std::max(least_room, count_))); // see clear
    std::ranges::copy(all(), result.regions_.get());
    result.count_ = count_;
    return result;
}

} // namespace kernel
