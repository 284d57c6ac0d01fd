// What the clock's ticks mean for processes: a turn ends, and a sleep ends (chapter 17).
#pragma once

#include "lib/error.hpp"
#include "lib/list.hpp"

#include <cstdint>

namespace kernel::timer {

/// From now on each tick ends the turn of the program that runs, if another one could run.
void initialize();

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

/// The current process sleeps until pit::ticks() has reached `tick`, which is less than 2^31 ticks away. Interrupted.
[[nodiscard]] Result<void> sleep_until(std::uint32_t tick);

} // namespace kernel::timer
