// Power off: the ways that the emulators provide for it (chapter 3).
#include "drivers/power.hpp"

#include "cpu/ports.hpp"
#include "drivers/serial.hpp"
#include "lib/log.hpp"
#include "lib/panic.hpp"

namespace kernel::power {

namespace {

constexpr std::uint16_t qemu_debug_exit = 0xF4;

// The power management control register (ACPI specification, 4.8.3.2.1 PM1 Control Registers):
// SLP_EN in bit 13, and the sleep type "off" in bits 10-12, which both emulators number 0. On a
// real machine port and sleep type have to be looked up in its ACPI tables.
constexpr std::uint16_t qemu_power_management = 0x604;
constexpr std::uint16_t bochs_power_management = 0xB004;
constexpr std::uint16_t sleep_enable = 1U << 13;

} // namespace

void off(std::uint8_t status) {
    // An emulator may leave a moment later only, so nothing is said after that.
    log::info("power: off");
    log::flush();
    serial::wait_until_sent();
    cpu::out8(qemu_debug_exit, status);
    cpu::out16(qemu_power_management, sleep_enable);
    cpu::out16(bochs_power_management, sleep_enable);
    stop_machine();
}

} // namespace kernel::power
