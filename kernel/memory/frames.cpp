// Page frames: hands out and takes back 4 KiB pieces of physical memory (chapter 9).
#include "memory/frames.hpp"

#include "lib/format.hpp"
#include "lib/log.hpp"
#include "lib/panic.hpp"
#include "lib/ranges.hpp"

#include <algorithm>
#include <array>

namespace kernel::frames {
namespace {

// The table has one entry per frame, indexed by the frame's number (physical address / PAGE_SIZE):
//
//     0                     not the allocator's
//     1 .. 0x7FFFFFFF       in use, by that many
//     free_mark | number    free; `number` is the next free frame or `no_frame`
//
// A frame that was never handed out has no entry yet: what the table holds there is whatever the
// memory held before. Such frames lie at or above `fresh_next`, the watermark, which moves only
// upwards. So starting up writes entries for the frames that are taken, not for those that are
// there, and a machine with more memory starts as fast as a small one.
// A count cannot overflow: each user is at least a page table's entry, and there is no room for
// 2^31 of those.
using Entry = std::uint32_t;
constexpr Entry free_mark = 0x80000000;
constexpr std::uint32_t no_frame = 0x7FFFFFFF;

Entry* table;
std::uint32_t table_entries;   // up to the end of usable memory
std::uint32_t free_head;       // the frame freed last
std::uint32_t fresh_next;      // the watermark
std::uint32_t fresh_end;       // end of the range that the watermark is in
constinit RangeSet fresh_rest; // whole ranges above that one, in frame numbers
std::uint32_t free_frames;
std::uint32_t total_frames;

#if __STDC_HOSTED__
std::uint32_t allocations_left = never;
#endif

std::uint32_t number_of(PhysicalAddress frame) {
    return frame.value() / PAGE_SIZE;
}

PhysicalAddress address_of(std::uint32_t number) {
    return PhysicalAddress(number * PAGE_SIZE);
}

/// The pages that `region` touches, as frame numbers.
Range touched_by(multiboot::MemoryRegion region) {
    return {number_of(region.begin), (std::uint64_t{region.end.value()} + PAGE_SIZE - 1) / PAGE_SIZE};
}

[[noreturn]] void refuse(PhysicalAddress frame, std::string_view why) {
    std::array<char, 100> buffer;
    panic(format(buffer, "frames: {} {}", frame, why));
}

/// The entry of a frame that must be in use.
inline Entry& entry_in_use(PhysicalAddress frame) {
    const std::uint32_t number = number_of(frame);
    if (!frame.is_page_aligned()) [[unlikely]] {
        refuse(frame, "is not the address of a page frame");
    }
    if (number >= fresh_next || table[number] == 0) [[unlikely]] {
        refuse(frame, "was never handed out by the frame allocator");
    }
    if ((table[number] & free_mark) != 0) [[unlikely]] {
        refuse(frame, "is used after its last user has released it");
    }
    return table[number];
}

void push_free(std::uint32_t number) {
    table[number] = free_mark | free_head;
    free_head = number;
    ++free_frames;
}

void remove_or_warn(RangeSet& set, Range range) {
    if (!set.remove(range)) {
        log::warn("frames: memory is cut into too many pieces; some above {} stays unused",
                  address_of(static_cast<std::uint32_t>(range.begin)));
    }
}

/// Finds room for the table and takes it out of `available`. False if there is none.
bool place_table(RangeSet& available) {
    const std::uint32_t pages = page_round_up(table_entries * sizeof(Entry)) / PAGE_SIZE;
    for (const Range& range : available.ranges()) {
        if (range.end - range.begin >= pages) {
            const Range place{range.begin, range.begin + pages};
            table = at_physical<Entry>(address_of(static_cast<std::uint32_t>(place.begin)));
            return available.remove(place); // at the low end of a range, so nothing is split
        }
    }
    return false;
}

} // namespace

Result<void> initialize(std::span<const multiboot::MemoryRegion> usable,
                        std::span<const multiboot::MemoryRegion> reserved) {
    RangeSet& available = fresh_rest;
    available = {};
    table_entries = 0;
    for (const multiboot::MemoryRegion& region : usable) {
        KERNEL_ASSERT(region.begin.is_page_aligned() && region.end.is_page_aligned(), "usable memory is whole pages");
        KERNEL_ASSERT(region.end.value() <= DIRECT_MAP_SIZE, "usable memory is in the direct map");
        if (available.add({number_of(region.begin), number_of(region.end)})) {
            table_entries = std::max(table_entries, number_of(region.end));
        }
    }
    for (const multiboot::MemoryRegion& region : reserved) {
        remove_or_warn(available, touched_by(region));
    }

    fresh_next = 0;
    fresh_end = 0;
    free_head = no_frame;
    free_frames = 0;
    if (!place_table(available)) {
        available = {};
    }
    // Whatever lies between the available ranges is not the allocator's.
    std::uint32_t gap = 0;
    for (const Range& range : available.ranges()) {
        std::fill(table + gap, table + range.begin, Entry{0});
        gap = static_cast<std::uint32_t>(range.end);
        free_frames += static_cast<std::uint32_t>(range.end - range.begin);
    }
    total_frames = free_frames;
    if (total_frames == 0) {
        log::error("frames: no usable memory is left");
        return std::unexpected(Error::OutOfMemory);
    }
    std::fill(table + gap, table + table_entries, Entry{0});
    log::info("frames: {} KiB free, table of {} KiB at {}", free_frames * (PAGE_SIZE / 1024),
              page_round_up(table_entries * sizeof(Entry)) / 1024, physical_of(table));
    return {};
}

namespace {

/// The frame freed last, or else the lowest one that was never handed out.
Result<PhysicalAddress> take() {
#if __STDC_HOSTED__
    if (allocations_left != never && allocations_left-- == 0) {
        allocations_left = 0;
        return std::unexpected(Error::OutOfMemory);
    }
#endif
    std::uint32_t number = free_head;
    if (number != no_frame) {
        free_head = table[number] & ~free_mark;
    } else {
        if (fresh_next == fresh_end) {
            if (fresh_rest.empty()) {
                return std::unexpected(Error::OutOfMemory);
            }
            const Range range = fresh_rest.take_first();
            fresh_next = static_cast<std::uint32_t>(range.begin);
            fresh_end = static_cast<std::uint32_t>(range.end);
        }
        number = fresh_next++;
    }
    table[number] = 1;
    --free_frames;
    return address_of(number);
}

} // namespace

Result<Owner> allocate() {
    return Owner(TRY(take()));
}

Result<Owner> allocate_zeroed() {
    Owner frame = TRY(allocate());
    std::fill_n(at_physical<unsigned char>(frame.frame()), PAGE_SIZE, static_cast<unsigned char>(0));
    return frame;
}

void share(PhysicalAddress frame) {
    ++entry_in_use(frame);
}

void release(PhysicalAddress frame) {
    if (--entry_in_use(frame) == 0) {
        push_free(number_of(frame));
    }
}

std::uint32_t user_count(PhysicalAddress frame) {
    return entry_in_use(frame);
}

void adopt(multiboot::MemoryRegion memory) {
    KERNEL_ASSERT(memory.begin.is_page_aligned() && memory.end.is_page_aligned(),
                  "the frame allocator adopts whole pages");
    const std::uint32_t begin = number_of(memory.begin);
    const std::uint32_t end = number_of(memory.end);
    KERNEL_ASSERT(begin <= end && end <= table_entries,
                  "the frame allocator adopts only what it knew as usable memory");
    for (std::uint32_t number = begin; number < end; ++number) {
        const bool is_fresh = (fresh_next <= number && number < fresh_end) || fresh_rest.overlaps({number, number + 1});
        if (is_fresh || table[number] != 0) {
            refuse(address_of(number), "is to be adopted but is the frame allocator's already");
        }
    }
    // What was reserved lies between ranges, so it is wholly below the watermark or wholly above.
    if (begin < fresh_next) {
        for (std::uint32_t number = begin; number < end; ++number) {
            push_free(number);
        }
    } else if (fresh_rest.add({begin, end})) {
        free_frames += end - begin;
    } else {
        log::warn("frames: memory is in too many pieces; {} to {} stays unused", memory.begin, memory.end);
        return;
    }
    total_frames += end - begin;
}

std::uint32_t free_count() {
    return free_frames;
}

std::uint32_t total_count() {
    return total_frames;
}

#if __STDC_HOSTED__
void fail_after(std::uint32_t allocations) {
    allocations_left = allocations;
}
#endif

} // namespace kernel::frames
