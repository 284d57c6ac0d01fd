// What the boot loader handed over, checked field by field and copied into the kernel (chapter 7).
#include "multiboot/multiboot.hpp"

#include "lib/log.hpp"
#include "multiboot/memory_map.hpp"
#include "multiboot/multiboot_format.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace kernel::multiboot {
namespace {

constinit Information current;
constinit RangeSet usable; // not on the stack: it is 1 KiB
constinit std::array<MemoryRegion, maximum_regions> regions;
constinit std::array<Module, maximum_modules> modules;
constinit std::array<char, 8192> string_pool{};
std::size_t string_pool_used = 0;

/// Copies the NUL-terminated string at `address`. `what` names it if it must be cut.
std::string_view copy_string(std::uint32_t address, std::string_view what) {
    if (address >= BOOT_MAP_SIZE) {
        log::warn("boot: {} lies out of reach at {}; ignored", what, PhysicalAddress(address));
        return {};
    }
    const char* text = at_physical<const char>(PhysicalAddress(address));
    const std::size_t reach = BOOT_MAP_SIZE - address;
    const std::size_t room = string_pool.size() - string_pool_used;
    const std::size_t limit = std::min({maximum_string_length, reach, room});
    const std::size_t length = static_cast<std::size_t>(std::find(text, text + limit, '\0') - text);
    if (length == limit && (limit == reach || text[limit] != '\0')) {
        log::warn("boot: {} is too long; cut after {} characters", what, length);
    }
    char* copy = string_pool.data() + string_pool_used;
    std::copy_n(text, length, copy);
    string_pool_used += length;
    return std::string_view(copy, length);
}

/// Cuts `usable` down to what the direct map covers and keeps the whole pages of it.
std::span<const MemoryRegion> keep_regions() {
    std::uint64_t beyond = 0;
    for (const Range& range : usable.ranges()) {
        if (range.end > DIRECT_MAP_SIZE) {
            beyond += range.end - std::max<std::uint64_t>(range.begin, DIRECT_MAP_SIZE);
        }
    }
    if (beyond != 0) {
        log::warn("boot: {} KiB of memory lie beyond the first {} MiB and are left unused", beyond / 1024,
                  DIRECT_MAP_SIZE / 0x100000);
    }
    // Cuts nothing but the top, so there is no split that could fail.
    static_cast<void>(usable.remove({DIRECT_MAP_SIZE, std::numeric_limits<std::uint64_t>::max()}));

    std::size_t count = 0;
    for (const Range& range : usable.ranges()) {
        // Below DIRECT_MAP_SIZE by now. Only whole pages are of use.
        const std::uint32_t begin = page_round_up(static_cast<std::uint32_t>(range.begin));
        const std::uint32_t end = page_round_down(static_cast<std::uint32_t>(range.end));
        if (begin < end) {
            regions[count++] = {PhysicalAddress(begin), PhysicalAddress(end)};
        }
    }
    if (count == 0) {
        log::error("boot: the boot loader names no usable memory");
    }
    return std::span(regions).first(count);
}

/// After `current.usable` has been filled in.
std::span<const Module> read_modules(std::uint32_t table, std::uint32_t module_count) {
    std::size_t count = 0;
    for (std::uint32_t i = 0; i < module_count; ++i) {
        if (i == maximum_modules) {
            log::warn("boot: {} modules, of which only the first {} are looked at", module_count, maximum_modules);
            break;
        }
        const auto raw = fetch<RawModule>(table + std::uint64_t{i} * sizeof(RawModule));
        if (!raw) {
            log::warn("boot: the table of modules at {} goes out of reach; {} of {} are ignored",
                      PhysicalAddress(table), module_count - i, module_count);
            break;
        }
        const PhysicalAddress begin(raw->begin);
        const PhysicalAddress end(raw->end);
        if (end < begin) {
            log::warn("boot: module {} ends at {}, before it begins at {}; ignored", i + 1, end, begin);
            continue;
        }
        if (end > current.memory_end()) { // paging will map no more
            log::warn(
                "boot: module {}, {} to {}, lies beyond the usable memory, which ends at {}; "
                "ignored",
                i + 1, begin, end, current.memory_end());
            continue;
        }
        // Address 0 is how a loader says that there is no string.
        const std::string_view string =
            raw->string == 0 ? std::string_view() : copy_string(raw->string, "a module's string");
        modules[count++] = {{begin, end}, string};
        log::debug("boot: module {}: {} to {} '{}'", i + 1, begin, end, string);
    }
    return std::span(modules).first(count);
}

} // namespace

Result<void> read(std::uint32_t magic, PhysicalAddress address) {
    if (magic != loader_magic) {
        log::error("boot: 0x{:08x} is not a Multiboot loader's magic number", magic);
        return std::unexpected(Error::InvalidArgument);
    }
    const auto raw = fetch<RawInformation>(address.value());
    if (!raw) {
        log::error("boot: the boot loader's information lies out of reach at {}", address);
        return std::unexpected(Error::InvalidArgument);
    }
    current = {};
    string_pool_used = 0;
    if ((raw->flags & flags::loader_name) != 0) {
        current.loader_name = copy_string(raw->loader_name, "the boot loader's name");
    }
    if ((raw->flags & flags::command_line) != 0) {
        current.command_line = copy_string(raw->command_line, "the command line");
    }
    read_usable_memory(*raw, usable);
    current.usable = keep_regions();
    if ((raw->flags & flags::modules) != 0) {
        current.modules = read_modules(raw->module_table, raw->module_count);
    }
    return {};
}

const Information& information() {
    return current;
}

} // namespace kernel::multiboot
