// The kernel of chapter 7: it finds the module that GRUB loaded and runs it, at privilege level 0.
#include "boot/command_line.hpp"
#include "boot/multiboot.hpp"
#include "cpu/exceptions.hpp"
#include "cpu/gdt.hpp"
#include "cpu/interrupts.hpp"
#include "drivers/console.hpp"
#include "drivers/pic.hpp"
#include "drivers/pit.hpp"
#include "drivers/serial.hpp"
#include "drivers/vga.hpp"
#include "lib/constructors.hpp"
#include "lib/log.hpp"
#include "lib/panic.hpp"
#include "memory/address.hpp"

#include <cstdint>

using namespace kernel;

/// Called by boot/start.asm. The module takes the processor and does not give it back.
extern "C" void kernel_main(std::uint32_t magic, std::uint32_t multiboot_information) {
    run_constructors();
    vga::initialize();
    serial::initialize();
    gdt::initialize();
    interrupts::initialize();
    exceptions::initialize();
    pic::initialize();
    pit::initialize();
    console::enable_input();
    if (!boot::read(magic, PhysicalAddress(multiboot_information))) {
        panic("the boot loader's information can't be read");
    }

    const boot::Information& information = boot::information();
    for (const boot::MemoryRegion& region : information.usable) {
        log::info("memory: {} to {} is usable", region.begin, region.end);
    }
    for (const boot::Module& module : information.modules) {
        log::info("module {}: {} bytes at {}", module.string, module.memory.size(),
                  module.memory.begin);
    }
    KERNEL_ASSERT(!information.modules.empty(), "chapter 7 needs a module to run");
    const boot::MemoryRegion code = information.modules.front().memory;
    KERNEL_ASSERT(code.size() > 0 && code.end <= PhysicalAddress(BOOT_MAP_SIZE),
                  "the module must lie in memory that is mapped");
    log::info("calls the module's first byte; it is to leave 0xDEADBEEF in eax");
    reinterpret_cast<void (*)()>(at_physical<void>(code.begin))();
}
