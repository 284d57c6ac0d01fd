// The kernel of chapter 9: page frames are handed out and come back.
#include "cpu/gdt.hpp"
#include "cpu/interrupts.hpp"
#include "diagnosis/exceptions.hpp"
#include "drivers/console.hpp"
#include "drivers/pic.hpp"
#include "drivers/pit.hpp"
#include "drivers/serial.hpp"
#include "drivers/vga.hpp"
#include "lib/constructors.hpp"
#include "lib/log.hpp"
#include "lib/panic.hpp"
#include "memory/boot_memory.hpp"
#include "memory/frames.hpp"
#include "memory/paging.hpp"
#include "multiboot/multiboot.hpp"

#include <cstdint>

using namespace kernel;

namespace {

void print_free(const char* when) {
    log::print("{:<26} {} of {} frames free\n", when, frames::free_count(), frames::total_count());
}

} // namespace

/// Called by boot/start.asm, which halts the processor when this returns.
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
    paging::initialize(information.memory_end());
    frames::take_boot_memory(information);

    print_free("at the start:");
    frames::Owner first = frames::allocate().value_or(frames::Owner());
    frames::Owner second = frames::allocate().value_or(frames::Owner());
    log::print("two frames: {} and {}\n", first.frame(), second.frame());
    print_free("both handed out:");
    frames::share(second.frame());
    frames::release(second.frame());
    log::print("shared and released once, {} still has {} user\n", second.frame(), frames::user_count(second.frame()));
    second.reset();
    first.reset();
    print_free("both returned:");
    const frames::Owner again = frames::allocate().value_or(frames::Owner());
    log::print("the next one handed out is {}\n", again.frame());
}
