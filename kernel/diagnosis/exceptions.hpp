// Exceptions: what becomes of the code that raised one, a program or the kernel (chapter 5).
#pragma once

#include "cpu/interrupts.hpp"

namespace kernel::exceptions {

/// Handles vectors 0 to 31 from now on: each ends in a report (diagnosis/report.hpp), and in the
/// kernel the machine stops. Interrupts must have been initialized.
void initialize();

/// Offered each exception that the kernel itself raises, before it counts as a bug: returns true if
/// it changed the frame so that the kernel goes on elsewhere (a copy to or from a user pointer that
/// failed).
void set_fixup(bool (*fixup)(interrupts::Frame& frame));

/// Takes over after an exception at privilege level 3 was reported; must not return into the
/// program.
void set_user_end(void (*end)(const interrupts::Frame& frame));

} // namespace kernel::exceptions
