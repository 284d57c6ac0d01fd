// The kernel of chapter 6: what is typed is shown, and a clock ticks in between.
#include "cpu/gdt.hpp"
#include "cpu/interrupts.hpp"
#include "cpu/registers.hpp"
#include "diagnosis/exceptions.hpp"
#include "drivers/console.hpp"
#include "drivers/pic.hpp"
#include "drivers/pit.hpp"
#include "drivers/serial.hpp"
#include "drivers/vga.hpp"
#include "lib/constructors.hpp"
#include "lib/log.hpp"

#include "layout.h"

#include <array>
#include <cstdint>
#include <string_view>

using namespace kernel;

/// Called by boot/start.asm, which halts the processor when this returns.
extern "C" void kernel_main(std::uint32_t, std::uint32_t) {
    run_constructors();
    vga::initialize();
    serial::initialize();
    gdt::initialize();
    interrupts::initialize();
    exceptions::initialize();
    pic::initialize();
    pit::initialize();
    console::enable_input();

    for (std::uint32_t second = 1; second <= 3; ++second) {
        while (pit::ticks() < second * TICKS_PER_SECOND) {
            cpu::wait_for_interrupt();
        }
        log::info("clock: {} ticks", second * TICKS_PER_SECOND);
    }
    log::info("type something, and enter; ctrl-D ends");
    std::array<char, 128> line;
    while (true) {
        while (!console::line_ready()) {
            cpu::wait_for_interrupt();
        }
        const std::size_t length = console::read(line);
        if (length == 0) {
            break;
        }
        log::print("you typed: {}", std::string_view(line.data(), length));
    }
    log::info("end of input");
}
