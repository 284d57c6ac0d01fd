// What the clock's ticks mean for processes: a turn ends, and a sleep ends (chapter 17).
#pragma once

#include "lib/error.hpp"
#include "lib/list.hpp"
#include "process/thread.hpp"

#include "abi/system.h"

#include <cstdint>

namespace kernel::timer {

/// From now on each tick ends the turn of the program that runs, if another one could run.
void initialize();

/// Ticks at which no program had the processor.
[[nodiscard]] std::uint32_t idle_ticks();

struct AlarmTag;

/// Rings at a tick, unless it is gone before.
class Alarm : public Link<AlarmTag> {
public:
    explicit Alarm(void (*function)(Alarm& alarm)) : ring_(function) {}
    ~Alarm() { unlink(); }

    /// At `tick`, which is less than 2^31 ticks away and not over. It must not be in wait for another one.
    void set(std::uint32_t tick);
    [[nodiscard]] std::uint32_t due() const { return due_; }
    void ring() { ring_(*this); }

private:
    void (*ring_)(Alarm& alarm);
    std::uint32_t due_ = 0;
};

/// How many ticks a time takes, rounded up: less than a tick is not none. More than 248 days are 248 days. And the other way round.
[[nodiscard]] std::uint32_t ticks_of(long seconds, long nanoseconds);
[[nodiscard]] timeval32 time_of(std::uint32_t ticks);

/// The tick until which the current process has to sleep to have slept for that time; 0 is over at once. For a call that is made
/// once more it is still the tick of the first time.
[[nodiscard]] std::uint32_t tick_after(long seconds, long nanoseconds);
/// Whether pit::ticks() has reached `tick`, which is less than 2^31 ticks away; and how long that still takes.
[[nodiscard]] bool is_over(std::uint32_t tick);
[[nodiscard]] timeval32 time_until(std::uint32_t tick);

/// The current process sleeps in `queue` until it is woken, but not longer than to `tick`, which is not over. Interrupted.
[[nodiscard]] Result<void> sleep(WaitQueue& queue, std::uint32_t tick);

} // namespace kernel::timer
