// The kernel of chapter 3: coloured text on the screen, and a log that the serial line has too.
#include "drivers/serial.hpp"
#include "drivers/vga.hpp"
#include "lib/constructors.hpp"
#include "lib/log.hpp"

#include <cstdint>

using namespace kernel;

/// Called by boot/start.asm, which halts the processor when this returns.
extern "C" void kernel_main(std::uint32_t, std::uint32_t) {
    run_constructors();
    vga::initialize();
    serial::initialize();

    for (int line = 1; line <= 30; ++line) { // 25 fit: the first ones scroll away
        log::print("line {}\n", line);
    }
    vga::set_colours(vga::Colour::Yellow, vga::Colour::Blue);
    log::print("yellow on blue");
    vga::set_colours(vga::Colour::LightGrey, vga::Colour::Black);
    log::print(", and grey on black again\n");

    log::debug("log: this line is not shown, for the level is info");
    log::info("log: {} is {:#x} in hexadecimal", 3405691582U, 3405691582U);
    log::warn("log: a warning");
    log::error("log: an error");
}
