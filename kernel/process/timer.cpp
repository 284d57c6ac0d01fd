// What the clock's ticks mean for processes: the end of a turn, and those who sleep for a time (chapter 17).
#include "process/timer.hpp"

#include "drivers/pic.hpp"
#include "drivers/pit.hpp"
#include "process/process.hpp"

#include <array>

namespace kernel::timer {

namespace {

/// Lies on the kernel stack of the process that sleeps.
struct Sleeper : Alarm {
    Sleeper() : Alarm([](Alarm& alarm) { scheduler::wake_all(static_cast<Sleeper&>(alarm).queue); }) {}

    WaitQueue queue;
};

/// By the low bits of the tick at which they ring: each tick looks at one list only.
constinit std::array<List<Alarm, AlarmTag>, 64> alarms;

std::uint32_t last_tick = 0; // that was seen here
bool turn_is_over = false;

List<Alarm, AlarmTag>& list_of(std::uint32_t tick) {
    return alarms[tick % alarms.size()];
}

void handle_tick(std::uint32_t now) {
    turn_is_over = true;
    List<Alarm, AlarmTag>& list = list_of(now);
    for (Alarm* one = list.front(); one != nullptr;) {
        Alarm* const next = list.after(*one);
        if (one->due() == now) {
            one->unlink();
            one->ring();
        }
        one = next;
    }
}

/// On the way back from each interrupt. Only a program is stopped in its middle: the kernel gives the processor up where it
/// says so, and so needs no locks.
void after_interrupt(interrupts::Frame& frame) {
    if (const std::uint32_t now = pit::ticks(); now != last_tick) { // so it was the timer's
        last_tick = now;
        handle_tick(now);
    }
    if (!frame.from_user()) {
        return;
    }
    if (turn_is_over) {
        turn_is_over = false;
        scheduler::yield();
    }
    if (scheduler::running->has_attention) {
        process::attend(frame);
    }
}

} // namespace

void initialize() {
    last_tick = pit::ticks();
    pic::set_return_hook(after_interrupt);
}

void Alarm::set(std::uint32_t tick) {
    due_ = tick;
    list_of(tick).push_back(*this);
}

Result<void> sleep_until(std::uint32_t tick) {
    Sleeper sleeper;
    while (static_cast<std::int32_t>(tick - pit::ticks()) > 0) {
        if (!sleeper.is_in_list()) {
            sleeper.set(tick);
        }
        TRY(scheduler::sleep(sleeper.queue));
    }
    return {};
}

} // namespace kernel::timer
