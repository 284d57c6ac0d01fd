// The report of an exception: what could not be done, where, and why not (chapter 5).
#pragma once

#include "cpu/interrupts.hpp"
#include "diagnosis/backtrace.hpp"

#include <cstdint>
#include <string_view>

namespace kernel::report {

/// The name of an exception as the Intel manual has it: "page fault". `vector` is below 32.
[[nodiscard]] std::string_view exception_name(std::uint32_t vector);

/// Adds words to the report of one vector: upper layers know what the processor's error code can't
/// say (paging walks the page tables). Called with the frame, prints lines through log::print.
void set_explainer(std::uint8_t vector, void (*explain)(const interrupts::Frame& frame));

/// How reports read memory: code, stacks, descriptor tables. Any of it may be the very memory that
/// can't be reached, so nothing is dereferenced. Until paging provides a reader (chapter 8), what
/// the boot page directory maps is read.
void set_reader(backtrace::Reader reader);

/// Prints the report, at most 80 columns wide and 25 lines long: name, decoded error code, the
/// place and the bytes of the instruction, registers, backtrace, and the chapter to read.
void print(const interrupts::Frame& frame);

} // namespace kernel::report
