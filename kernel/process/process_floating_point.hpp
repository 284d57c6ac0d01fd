// Floating point in programs: each process has registers of its own (chapter 17).
#pragma once

#include "lib/error.hpp"

#include <cstdint>

namespace kernel::floating_point {

/// Programs may use the floating-point unit and SSE from now on, if the processor has them. Their registers belong to the
/// process, as the general ones do; a fork copies them.
void enable();

/// For a signal handler (chapter 18), which begins with registers as at a program's start: puts those of the current process
/// onto its stack, below the address `stack`. Returns where they are, or 0 if it has not used any. BadAddress.
[[nodiscard]] Result<std::uint32_t> put_aside(std::uint32_t stack);

/// The reverse. What lies at `address` the program may have written as it liked; 0: registers as at its start. BadAddress.
[[nodiscard]] Result<void> bring_back(std::uint32_t address);

} // namespace kernel::floating_point
