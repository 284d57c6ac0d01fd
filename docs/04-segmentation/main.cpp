// The kernel of chapter 4: its own GDT, read back from the processor and decoded.
#include "cpu/gdt.hpp"
#include "cpu/registers.hpp"
#include "drivers/serial.hpp"
#include "drivers/vga.hpp"
#include "lib/constructors.hpp"
#include "lib/log.hpp"

#include <cstdint>

using namespace kernel;

namespace {

/// Base, limit, type and privilege level are scattered over a descriptor's 64 bits (Intel SDM Vol.
/// 3A, 3.4.5 Segment Descriptors, figure 3-8).
void print_descriptor(std::uint32_t selector, std::uint32_t low, std::uint32_t high) {
    if ((high & 1U << 15) == 0) {
        log::print("  {:#04x}  {:08x} {:08x}  not present\n", selector, high, low);
        return;
    }
    const std::uint32_t base = low >> 16 | (high & 0xFF) << 16 | (high & 0xFF00'0000);
    const std::uint32_t limit = (low & 0xFFFF) | (high & 0xF'0000);
    const bool granular = (high & 1U << 23) != 0; // the limit counts 4 KiB units
    log::print("  {:#04x}  {:08x} {:08x}  base {:#x}, limit {:#x}, {}, privilege level {}\n", selector, high, low, base,
               granular ? limit << 12 | 0xFFF : limit, (high & 1U << 11) != 0 ? "code" : "data", high >> 13 & 3);
}

} // namespace

/// Called by boot/start.asm, which halts the processor when this returns.
extern "C" void kernel_main(std::uint32_t, std::uint32_t) {
    run_constructors();
    vga::initialize();
    serial::initialize();
    gdt::initialize();

    const cpu::TablePointer gdtr = cpu::read_gdtr();
    log::print("The GDT is at {:#x}, its limit is {:#x}.\n", gdtr.base, gdtr.limit);
    const auto* words = reinterpret_cast<const std::uint32_t*>(gdtr.base);
    for (std::uint32_t selector = 0; selector < gdtr.limit; selector += 8) {
        print_descriptor(selector, words[selector / 4], words[selector / 4 + 1]);
    }
}
