// Backtrace: who called whom, read from the stack (chapter 5).
#pragma once

#include "cpu/interrupts.hpp"

#include <cstdint>

namespace kernel::backtrace {

/// Prints the chain of callers, innermost first, one line each: starting at `eip`, in the function
/// whose frame pointer is `ebp`. Follows the chain across interrupts, and stops where privilege
/// level 3 was interrupted, at the stack's end, or where the chain can't be right. Needs code that
/// keeps frame pointers (-fno-omit-frame-pointer).
void print(std::uint32_t eip, std::uint32_t ebp);

/// The same for the code that `frame` interrupted, which must have been the kernel.
void print(const interrupts::Frame& frame);

/// The same for the caller.
void print_here();

} // namespace kernel::backtrace
