// The kernel's start-up, one step per layer, in the order of the chapters.
#include "cpu/gdt.hpp"
#include "cpu/interrupts.hpp"
#include "cpu/registers.hpp"
#include "cpu/tss.hpp"
#include "diagnosis/exceptions.hpp"
#include "drivers/console.hpp"
#include "drivers/pic.hpp"
#include "drivers/pit.hpp"
#include "drivers/power.hpp"
#include "drivers/serial.hpp"
#include "drivers/serial_queue.hpp"
#include "drivers/vga.hpp"
#include "files/initrd.hpp"
#include "lib/constructors.hpp"
#include "lib/log.hpp"
#include "lib/panic.hpp"
#include "memory/boot_memory.hpp"
#include "memory/kernel_heap.hpp"
#include "memory/paging.hpp"
#include "memory/user_memory.hpp"
#include "multiboot/command_line.hpp"
#include "multiboot/multiboot.hpp"
#include "process/copy_on_write.hpp"
#include "process/faults.hpp"
#include "process/modules.hpp"
#include "process/process_floating_point.hpp"
#include "program/elf_program.hpp"
#include "syscall/file_calls.hpp"
#include "syscall/system_call.hpp"

/// When kernel_main was entered. `make bench` reads it from outside to tell what the boot costs.
extern "C" {
std::uint64_t kernel_entry_time_stamp;
}

using namespace kernel;

/// Called by boot/start.asm: in the higher half, on the boot stack, interrupts off.
extern "C" [[noreturn]] void kernel_main(std::uint32_t magic, std::uint32_t multiboot_information) {
    kernel_entry_time_stamp = cpu::time_stamp();
    run_constructors(); // chapter 2
    vga::initialize();  // 3
    serial::initialize();
    gdt::initialize();        // 4
    interrupts::initialize(); // 5
    exceptions::initialize();
    pic::initialize();
    pit::initialize(); // 6
    console::enable_input();
    if (!multiboot::read(magic, PhysicalAddress(multiboot_information))) { // 7
        panic("the boot loader's information can't be read");
    }
    const multiboot::Information& information = multiboot::information();
    const multiboot::Options options = multiboot::parse_command_line(information.command_line);
    log::set_level(options.log_level);
    paging::initialize(information.memory_end()); // 8
    frames::take_boot_memory(information);        // 9
    heap::initialize();                           // 10
    tss::initialize();                            // 11
    process::handle_user_faults();
    serial::queue_output(); // 12
    user_memory::initialize();
    system_call::initialize();
    elf::enable();                          // 14
    files::initialize(information.modules); // 15
    system_call::enable_files();
    system_call::enable_family_calls(); // 16
    system_call::enable_time_calls();   // 17
    floating_point::enable();
    system_call::enable_signals();      // 18
    system_call::enable_pipes();
    copy_on_write::enable();            // 19

    const std::optional<WaitStatus> status = process::run_modules(information.modules);
    if (options.power_off) {
        power::off(status ? status->shell_status() : 1);
    }
    log::info("all programs have ended; the machine can be switched off");
    while (true) {
        cpu::wait_for_interrupt();
    }
}
