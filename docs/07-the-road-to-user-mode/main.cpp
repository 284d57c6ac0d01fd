// The kernel of chapter 7: it finds the module that GRUB loaded and runs it, at privilege level 0.
#include "cpu/gdt.hpp"
#include "cpu/interrupts.hpp"
#include "diagnosis/exceptions.hpp"
#include "drivers/console.hpp"
#include "drivers/pic.hpp"
#include "drivers/pit.hpp"
#include "drivers/serial.hpp"
#include "drivers/vga.hpp"
#include "lib/address.hpp"
#include "lib/constructors.hpp"
#include "lib/log.hpp"
#include "lib/panic.hpp"
#include "multiboot/command_line.hpp"
#include "multiboot/multiboot.hpp"

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
    if (!multiboot::read(magic, PhysicalAddress(multiboot_information))) {
        panic("the boot loader's information can't be read");
    }

    const multiboot::Information& information = multiboot::information();
    for (const multiboot::MemoryRegion& region : information.usable) {
        log::info("memory: {} to {} is usable", region.begin, region.end);
    }
    for (const multiboot::Module& module : information.modules) {
        log::info("module {}: {} bytes at {}", module.string, module.memory.size(), module.memory.begin);
    }
    KERNEL_ASSERT(!information.modules.empty(), "chapter 7 needs a module to run");
    const multiboot::MemoryRegion code = information.modules.front().memory;
    KERNEL_ASSERT(code.size() > 0 && code.end <= PhysicalAddress(BOOT_MAP_SIZE),
                  "the module must lie in memory that is mapped");
    log::info("calls the module's first byte; it is to leave 0xDEADBEEF in eax");
    reinterpret_cast<void (*)()>(at_physical<void>(code.begin))();
}
