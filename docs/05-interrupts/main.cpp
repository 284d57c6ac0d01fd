// The kernel of chapter 5: a divide error and a page fault, each explained in a report.
#include "cpu/gdt.hpp"
#include "cpu/interrupts.hpp"
#include "diagnosis/exceptions.hpp"
#include "diagnosis/report.hpp"
#include "diagnosis/upper_layers.hpp"
#include "drivers/pic.hpp"
#include "drivers/serial.hpp"
#include "drivers/vga.hpp"
#include "lib/constructors.hpp"
#include "lib/log.hpp"

#include <cstdint>

using namespace kernel;

namespace {

constexpr std::uint32_t div_length = 2; // bytes of `div` with a register operand

/// Reports the divide error and goes on after the instruction, as only an example may do. Other
/// exceptions stop the kernel.
bool step_over_division(interrupts::Frame& frame) {
    if (!frame.is(interrupts::Vector::DivideError)) {
        return false;
    }
    report::print(frame);
    frame.eip += div_length;
    return true;
}

void divide_by_zero() {
    asm volatile("divl %%ecx" : : "a"(1), "d"(0), "c"(0));
}

} // namespace

/// Called by boot/start.asm. Ends in a panic, because that is what it shows.
extern "C" void kernel_main(std::uint32_t, std::uint32_t) {
    run_constructors();
    vga::initialize();
    serial::initialize();
    gdt::initialize();
    interrupts::initialize();
    exceptions::initialize();
    pic::initialize();

    exceptions::upper_layers.fix_up = step_over_division;
    log::info("divides by zero, on purpose");
    divide_by_zero();
    log::info("the kernel goes on; now it reads where nothing is mapped, on purpose");
    static_cast<void>(*reinterpret_cast<volatile std::uint32_t*>(0x0080'0000));
}
