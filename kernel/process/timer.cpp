// What the clock's ticks mean for processes: the end of a turn, and those who sleep for a time (chapter 17).
#include "process/timer.hpp"

#include "drivers/pic.hpp"
#include "drivers/pit.hpp"
#include "process/process.hpp"

#include "layout.h"

#include <algorithm>
#include <array>
#include <utility>

namespace kernel::timer {

namespace {

/// Lies on the kernel stack of the process that sleeps.
struct Sleeper : Alarm {
    explicit Sleeper(WaitQueue& in)
        : Alarm([](Alarm& alarm) { scheduler::wake_all(static_cast<Sleeper&>(alarm).queue); }), queue(in) {}

    WaitQueue& queue;
};

/// By the low bits of the tick at which they ring: each tick looks at one list only.
constinit std::array<List<Alarm, AlarmTag>, 64> alarms;

constexpr long nanoseconds_of_tick = 1'000'000'000 / TICKS_PER_SECOND;

std::uint32_t last_tick = 0; // that was seen here
bool turn_is_over = false;
std::uint32_t idle_tick_count = 0;

List<Alarm, AlarmTag>& list_of(std::uint32_t tick) {
    return alarms[tick % alarms.size()];
}

void handle_tick(std::uint32_t now) {
    turn_is_over = true;
    if (scheduler::running != nullptr) {
        scheduler::running->has_had_turn = true;
    } else {
        ++idle_tick_count;
    }
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
    pic::set_return_hook([](interrupts::Frame& frame) {
        after_interrupt(frame);
        if (!frame.from_user()) { // then has_had_turn says it, and others may run before the program
            turn_is_over = false;
        }
    });
}

std::uint32_t idle_ticks() {
    return idle_tick_count;
}

void Alarm::set(std::uint32_t tick) {
    due_ = tick;
    list_of(tick).push_back(*this);
}

std::uint32_t ticks_of(long seconds, long nanoseconds) {
    constexpr long most_seconds = 0x7FFF'0000 / TICKS_PER_SECOND;
    return static_cast<std::uint32_t>(std::min(seconds, most_seconds) * TICKS_PER_SECOND +
                                      (nanoseconds + nanoseconds_of_tick - 1) / nanoseconds_of_tick);
}

timeval32 time_of(std::uint32_t ticks) {
    return {.tv_sec = static_cast<long>(ticks / TICKS_PER_SECOND),
            .tv_usec = static_cast<long>(ticks % TICKS_PER_SECOND) * (nanoseconds_of_tick / 1000)};
}

std::uint32_t tick_after(long seconds, long nanoseconds) {
    if (const auto tick = std::exchange(scheduler::running->sleeps_until, std::nullopt)) {
        return *tick;
    }
    const std::uint32_t ticks = ticks_of(seconds, nanoseconds);
    return pit::ticks() + (ticks > 0 ? ticks + 1 : 0); // one more, for a part of the present one is over already
}

bool is_over(std::uint32_t tick) {
    return static_cast<std::int32_t>(tick - pit::ticks()) <= 0;
}

timeval32 time_until(std::uint32_t tick) {
    return time_of(is_over(tick) ? 0 : tick - pit::ticks());
}

Result<void> sleep(WaitQueue& queue, std::uint32_t tick) {
    Sleeper sleeper(queue);
    sleeper.set(tick);
    const Result<void> slept = scheduler::sleep(queue);
    if (!slept) {
        scheduler::running->sleeps_until = tick;
    }
    return slept;
}

} // namespace kernel::timer
