// The report of an exception: what could not be done, where, and why not (chapter 5).
#pragma once

#include "cpu/interrupts.hpp"

#include <cstdint>
#include <string_view>

namespace kernel::report {

/// The name of an exception as the Intel manual has it: "page fault". `vector` is below 32.
[[nodiscard]] std::string_view exception_name(std::uint32_t vector);

/// Prints the report, at most 80 columns wide and 25 lines long: name, decoded error code, the
/// place and the bytes of the instruction, registers, backtrace, and the chapter to read.
void print(const interrupts::Frame& frame);

} // namespace kernel::report
