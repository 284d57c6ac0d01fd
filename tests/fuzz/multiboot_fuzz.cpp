// Fuzz target: whatever a boot loader leaves in memory, reading it stays within that memory and
// what comes out can be relied on (chapter 7). The first byte says where the rest stands: even at
// 0x10000, odd at the very end of what may be read. The information is at its beginning.
#include "invariant.hpp"
#include "multiboot/multiboot.hpp"

#include "layout.h"

#include <algorithm>
#include <cstring>
#include <memory>

namespace {

constexpr std::uint32_t loader_magic = 0x2BADB002;
constexpr std::size_t largest_input = 0x10000;

void check(const kernel::multiboot::Information& information) {
    INVARIANT(information.usable.size() <= kernel::multiboot::maximum_regions, "regions are limited");
    std::uint32_t free_from = 0; // where the next region may begin
    for (const auto& region : information.usable) {
        INVARIANT(region.begin.is_page_aligned() && region.end.is_page_aligned(), "usable memory comes in whole pages");
        INVARIANT(region.begin < region.end && region.end.value() <= DIRECT_MAP_SIZE,
                  "usable memory lies in the direct map");
        INVARIANT(region.begin.value() >= free_from, "regions are sorted and do not touch each other");
        free_from = region.end.value() + 1;
    }
    INVARIANT(information.modules.size() <= kernel::multiboot::maximum_modules, "modules are limited");
    for (const auto& module : information.modules) {
        INVARIANT(module.memory.begin <= module.memory.end && module.memory.end <= information.memory_end(),
                  "modules lie in the memory that will be mapped");
    }
    const auto check_string = [](std::string_view string) {
        INVARIANT(string.size() <= kernel::multiboot::maximum_string_length, "strings are limited");
        INVARIANT(std::ranges::find(string, '\0') == string.end(), "strings have no NUL inside");
    };
    check_string(information.command_line);
    check_string(information.loader_name);
    for (const auto& module : information.modules) {
        check_string(module.string);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0 || size > largest_input) {
        return 0;
    }
    // Exactly what `read` may look at, so that AddressSanitizer sees any access beyond it.
    static const auto memory = std::make_unique<std::uint8_t[]>(BOOT_MAP_SIZE);
    kernel::direct_map_base = reinterpret_cast<std::uintptr_t>(memory.get());

    const std::size_t length = size - 1;
    const auto place = data[0] % 2 == 0 ? 0x10000U : static_cast<std::uint32_t>(BOOT_MAP_SIZE - length);
    if (length != 0) {
        std::memcpy(memory.get() + place, data + 1, length);
    }
    const auto result = kernel::multiboot::read(loader_magic, kernel::PhysicalAddress(place));
    if (result) {
        check(kernel::multiboot::information());
    }
    std::memset(memory.get() + place, 0, length);
    return 0;
}
