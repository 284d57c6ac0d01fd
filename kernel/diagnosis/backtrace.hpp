// Backtrace: who called whom, read from the stack (chapter 5).
#pragma once

#include "cpu/interrupts.hpp"

#include <cstdint>

namespace kernel::backtrace {

/// Copies `size` bytes from `address`, whatever lies there, and returns whether all of them could
/// be read. It never faults.
using Reader = bool (*)(void* to, std::uint32_t address, std::uint32_t size);

/// Prints the chain of callers, innermost first, one line each, of the code that `frame`
/// interrupted, which must have been the kernel. Follows the chain across interrupts, and stops
/// where privilege level 3 was interrupted, at the stack's end, or where the chain can't be right.
/// Needs code that keeps frame pointers (-fno-omit-frame-pointer). If eip went astray by a call,
/// that call is the first caller.
void print(const interrupts::Frame& frame, Reader read);

/// The same for a program that `frame` interrupted. Whatever the program has put on its stack, this
/// ends, after as many lines as a chain may have.
void print_program(const interrupts::Frame& frame, Reader read);

/// The same for the caller, in the kernel.
void print_here();

} // namespace kernel::backtrace
