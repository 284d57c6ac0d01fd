// The memory map: which physical memory is there and free to use (chapter 7).
#include "multiboot/memory_map.hpp"

#include "lib/log.hpp"

#include <limits>

namespace kernel::multiboot {
namespace {

/// How many bytes of the map are sound entries, one after the other; what follows is reported.
std::uint32_t sound_map_length(std::uint32_t map, std::uint32_t length) {
    std::uint32_t offset = 0;
    while (offset < length) {
        const std::uint32_t rest = length - offset;
        if (rest < sizeof(RawMapEntry)) {
            log::warn("boot: the memory map ends inside an entry; its last {} bytes are ignored", rest);
            break;
        }
        const auto entry = fetch<RawMapEntry>(std::uint64_t{map} + offset);
        if (!entry) {
            log::warn("boot: the memory map at {} goes out of reach; its last {} bytes are ignored",
                      PhysicalAddress(map), rest);
            break;
        }
        if (entry->size < minimum_entry_size || entry->size > rest - sizeof(entry->size)) {
            log::warn(
                "boot: the memory map has an entry with a size of {} bytes, {} are left; "
                "from there on it is ignored",
                entry->size, rest - sizeof(entry->size));
            break;
        }
        offset += static_cast<std::uint32_t>(sizeof(entry->size)) + entry->size;
    }
    return offset;
}

/// The addresses that `entry` speaks of.
Range range_of(const RawMapEntry& entry) {
    constexpr std::uint64_t top = std::numeric_limits<std::uint64_t>::max();
    const std::uint64_t begin = entry.base();
    if (entry.length() > top - begin) {
        log::warn("boot: the memory map's entry at 0x{:x} goes past the end of all addresses; cut", begin);
        return {begin, top};
    }
    return {begin, begin + entry.length()};
}

/// Usable memory as the map has it. Firmware lets entries overlap; where usable meets reserved,
/// reserved wins, whatever their order: so first all of the one kind, then all of the other.
void read_memory_map(std::uint32_t map, std::uint32_t sound_length, RangeSet& usable) {
    for (const bool adding : {true, false}) {
        std::uint32_t offset = 0;
        while (offset < sound_length) {
            const RawMapEntry entry = *fetch<RawMapEntry>(std::uint64_t{map} + offset);
            offset += static_cast<std::uint32_t>(sizeof(entry.size)) + entry.size;
            if (entry.is_usable() != adding) {
                continue;
            }
            const Range range = range_of(entry);
            log::debug("boot: memory 0x{:08x} to 0x{:08x}, type {}", range.begin, range.end, entry.type);
            // What is cut out of the middle of one makes two, of which the upper is left out.
            if (!(adding ? usable.add(range) : usable.remove(range))) {
                log::warn(
                    "boot: the memory map has more than {} separate pieces; the one at "
                    "0x{:x} is left unused",
                    RangeSet::capacity, adding ? range.begin : range.end);
            }
        }
    }
}

} // namespace

void read_usable_memory(const RawInformation& raw, RangeSet& usable) {
    usable = {};
    std::uint32_t sound_length = 0;
    if ((raw.flags & flags::memory_map) != 0) {
        sound_length = sound_map_length(raw.map, raw.map_length);
        read_memory_map(raw.map, sound_length, usable);
    }
    if (sound_length == 0 && (raw.flags & flags::memory_sizes) != 0) {
        log::warn("boot: no memory map; {} KiB above 1 MiB taken as usable", raw.upper_memory_kib);
        constexpr std::uint64_t begin = 0x100000;
        static_cast<void>(usable.add({begin, begin + std::uint64_t{raw.upper_memory_kib} * 1024}));
    }
}

} // namespace kernel::multiboot
