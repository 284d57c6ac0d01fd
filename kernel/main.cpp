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
#include "files/proc.hpp"
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

using namespace kernel;

/// Called by boot/start.asm: in the higher half, on the boot stack, interrupts off.
extern "C" [[noreturn]] void kernel_main(std::uint32_t magic, std::uint32_t multiboot_information) {
    run_constructors();       // 2. Getting to C++: global objects
    vga::initialize();        // 3. Output: the screen
    serial::initialize();     //    and the serial line, for the log
    gdt::initialize();        // 4. Segmentation: the five descriptors
    interrupts::initialize(); // 5. Interrupts: the gates,
    exceptions::initialize(); //    what an exception means,
    pic::initialize();        //    the interrupt controllers
    pit::initialize();        // 6. Input and time: the clock's ticks
    console::enable_input();  //    and lines that are typed

    // 7. The road to user mode: what the boot loader has told
    if (!multiboot::read(magic, PhysicalAddress(multiboot_information))) {
        panic("the boot loader's information can't be read");
    }
    const multiboot::Information& information = multiboot::information();
    const multiboot::Options options = multiboot::parse_command_line(information.command_line);
    log::set_level(options.log_level);

    paging::initialize(information.memory_end()); // 8. Paging: the kernel's own page directory
    frames::take_boot_memory(information);        // 9. Page frames: which memory is free
    heap::initialize();                           // 10. Kernel heap: new and delete
    tss::initialize();                            // 11. User mode: the stack for the way back,
    process::handle_user_faults();                //     and the end of a program that fails
    serial::queue_output();                       // 12. System calls: output that waits its turn,
    user_memory::initialize();                    //     pointers that may be bad,
    system_call::initialize();                    //     int 0x80
    elf::enable();                                // 14. ELF: the other kind of program (13 is the programs' C library)
    files::initialize(information.modules);       // 15. File system: from the archive,
    system_call::enable_files();                  //     by descriptors
    system_call::enable_family_calls();           // 16. Processes: fork, exec, wait
    system_call::enable_time_calls();             // 17. Preemption: turns, sleeping,
    floating_point::enable();                     //     and floating point
    system_call::enable_signals();                // 18. A shell: signals,
    system_call::enable_pipes();                  //     pipes,
    system_call::enable_poll();                   //     waiting for several files,
    system_call::enable_terminal();               //     the terminal,
    system_call::enable_log_calls();              //     the log's record,
    files::enable_proc();                         //     /proc,
    system_call::enable_trace_calls();            //     and calls that are told
    copy_on_write::enable();                      // 19. Copy on write: fork shares memory,
    system_call::enable_memory_calls();           //     and a program gets memory when it touches it
    system_call::enable_linux_calls();            // 20. Real programs: what those need that none of us wrote

    const std::optional<WaitStatus> status = process::run_modules(information.modules);
    if (options.power_off) {
        power::off(status ? status->shell_status() : 1);
    }
    log::info("all programs have ended; the machine can be switched off");
    while (true) {
        cpu::wait_for_interrupt();
    }
}
