// Exceptions: what the processor could not do, in words; the end of a program, or of the kernel
// (chapter 5).
#pragma once

#include "cpu/interrupts.hpp"

#include <cstdint>
#include <string_view>

namespace kernel::exceptions {

/// The name of an exception as the Intel manual has it: "page fault". `vector` is below 32.
[[nodiscard]] std::string_view name(std::uint32_t vector);

/// Handles vectors 0 to 31 from now on: each ends in a report. Interrupts must have been
/// initialised.
void initialize();

/// Adds words to the report of one vector: upper layers know what the processor's error code can't
/// say (paging walks the page tables). Called with the frame, prints lines through log::print.
void set_explainer(std::uint8_t vector, void (*explain)(const interrupts::Frame& frame));

/// Offered each exception that the kernel itself raises, before it counts as a bug: returns true if
/// it changed the frame so that the kernel goes on elsewhere (a copy to or from a user pointer that
/// failed).
void set_fixup(bool (*fixup)(interrupts::Frame& frame));

/// Takes over after an exception at privilege level 3 was reported; must not return into the
/// program.
void set_user_end(void (*end)(const interrupts::Frame& frame));

/// Prints the report of an exception: name, decoded error code, where, registers. Every line at
/// once on all log sinks.
void report(const interrupts::Frame& frame);

} // namespace kernel::exceptions
