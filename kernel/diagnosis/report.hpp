// The report of an exception: what could not be done, where, and why not (chapter 5).
#pragma once

#include "cpu/interrupts.hpp"

#include <cstdint>
#include <string_view>

namespace kernel::report {

/// The name of an exception as the Intel manual has it: "page fault". `vector` is below 32.
[[nodiscard]] std::string_view exception_name(std::uint32_t vector);

/// Adds words to the report of one vector: upper layers know what the processor's error code can't
/// say (paging walks the page tables). Called with the frame, prints lines through log::print.
void set_explainer(std::uint8_t vector, void (*explain)(const interrupts::Frame& frame));

/// How the report reads a program's memory (chapter 12 provides it): copies `size` bytes from
/// `address` and returns whether all of them could be read. Until then only the kernel's own memory
/// is read.
void set_user_reader(bool (*read)(void* to, std::uint32_t address, std::uint32_t size));

/// Prints the report, at most 80 columns wide and 25 lines long: name, decoded error code, the
/// place and the bytes of the instruction, registers, backtrace, and the chapter to read.
void print(const interrupts::Frame& frame);

} // namespace kernel::report
