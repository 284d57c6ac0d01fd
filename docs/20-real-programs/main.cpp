// The kernel of chapter 20: a program that was made for Linux finds what it asks for.
#include "cpu/gdt.hpp"
#include "cpu/interrupts.hpp"
#include "cpu/tss.hpp"
#include "diagnosis/exceptions.hpp"
#include "drivers/console.hpp"
#include "drivers/pic.hpp"
#include "drivers/pit.hpp"
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
#include "multiboot/multiboot.hpp"
#include "process/copy_on_write.hpp"
#include "process/faults.hpp"
#include "process/modules.hpp"
#include "process/process_floating_point.hpp"
#include "program/elf_program.hpp"
#include "syscall/file_calls.hpp"
#include "syscall/system_call.hpp"

#include <cstdint>

using namespace kernel;

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
    tss::initialize();
    process::handle_user_faults();
    serial::queue_output();
    user_memory::initialize();
    system_call::initialize();
    elf::enable();
    files::initialize(information.modules);
    system_call::enable_files();
    system_call::enable_family_calls();
    system_call::enable_time_calls();
    floating_point::enable();
    system_call::enable_signals();
    system_call::enable_pipes();
    system_call::enable_poll();
    system_call::enable_terminal();
    copy_on_write::enable();
    system_call::enable_memory_calls();
    system_call::enable_linux_calls();

    process::run_modules(information.modules);
    log::info("all programs have ended");
    log::flush();
}
