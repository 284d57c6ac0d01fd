// The kernel of chapter 10: memory of any size, allocated, freed and joined again.
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
#include "memory/kernel_heap.hpp"
#include "memory/paging.hpp"
#include "multiboot/multiboot.hpp"

#include <cstdint>
#include <new>

using namespace kernel;

namespace {

void print_heap(const char* when) {
    const Heap::Statistics heap = heap::statistics();
    log::print("{:<17} {} bytes in {} blocks; {} free, the largest {} of {}\n", when, heap.allocated, heap.blocks,
               heap.free_blocks, heap.largest_free, heap.size);
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
    heap::initialize();

    print_heap("at the start:");
    auto* first = new (std::nothrow) char[100];
    auto* second = new (std::nothrow) char[200];
    auto* third = new (std::nothrow) char[300];
    KERNEL_ASSERT(first != nullptr && second != nullptr && third != nullptr,
                  "a heap of an idle machine must have 600 bytes");
    log::print("three blocks, at {:#x}, {:#x} and {:#x}\n", reinterpret_cast<std::uint32_t>(first),
               reinterpret_cast<std::uint32_t>(second), reinterpret_cast<std::uint32_t>(third));
    print_heap("three allocated:");
    delete[] first;
    print_heap("the first freed:");
    delete[] third;
    print_heap("the third freed:");
    delete[] second;
    print_heap("the second freed:");
    heap::check();
    log::info("heap: every block is as it must be");
}
