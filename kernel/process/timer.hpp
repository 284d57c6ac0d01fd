// What the clock's ticks mean for processes: a turn ends, and a sleep ends (chapter 17).
#pragma once

#include "lib/error.hpp"

#include <cstdint>

namespace kernel::timer {

/// From now on each tick ends the turn of the program that runs, if another one could run.
void initialize();

/// The current process sleeps until pit::ticks() has reached `tick`, which is less than 2^31 ticks away. Interrupted.
[[nodiscard]] Result<void> sleep_until(std::uint32_t tick);

} // namespace kernel::timer
