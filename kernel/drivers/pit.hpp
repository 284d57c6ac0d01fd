// The interval timer (8253/8254): TICKS_PER_SECOND interrupts a second (chapter 6).
#pragma once

#include <cstdint>

namespace kernel::pit {

/// Starts the timer and counts its ticks. The interrupt controllers must have been initialized.
void initialize();

/// Ticks since `initialize`, TICKS_PER_SECOND of them a second. Begins again at 0 after 497 days.
[[nodiscard]] std::uint32_t ticks();

} // namespace kernel::pit
