// The memory that is free at the start (chapter 9).
#include "memory/boot_memory.hpp"

#include "lib/panic.hpp"
#include "memory/frames.hpp"

#include <array>
#include <cstddef>

/// From the linker script: only its address means anything.
extern "C" const char kernel_physical_end[];

namespace kernel::frames {

void take_boot_memory(const multiboot::Information& information) {
    std::array<multiboot::MemoryRegion, 1 + multiboot::maximum_modules> reserved;
    std::size_t count = 0;
    reserved[count++] = {PhysicalAddress(0), PhysicalAddress(reinterpret_cast<std::uint32_t>(kernel_physical_end))};
    for (const multiboot::Module& module : information.modules) {
        reserved[count++] = module.memory;
    }
    if (!initialize(information.usable, std::span(reserved).first(count))) {
        panic("there is no free memory at all");
    }
}

} // namespace kernel::frames
