// Power off (chapter 3).
#pragma once

#include <cstdint>

namespace kernel::power {

/// Turns the machine off. QEMU with `-device isa-debug-exit,iobase=0xf4,iosize=4` ends with the
/// exit status `status * 2 + 1` (8 bits of it arrive). A machine that cannot be turned off this way
/// halts forever.
[[noreturn]] void off(std::uint8_t status);

} // namespace kernel::power
