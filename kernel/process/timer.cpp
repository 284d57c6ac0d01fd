// What the clock's ticks mean for processes: the end of a turn, and those who sleep for a time (chapter 17).
#include "process/timer.hpp"

#include "drivers/pic.hpp"
#include "drivers/pit.hpp"
#include "process/process.hpp"

#include <array>

namespace kernel::timer {

namespace {

struct SleeperTag;

/// Lies on the kernel stack of the process that sleeps.
struct Sleeper : Link<SleeperTag> {
    explicit Sleeper(std::uint32_t tick) : due(tick) {}
    ~Sleeper() { unlink(); }

    std::uint32_t due;
    WaitQueue queue;
};

/// By the low bits of the tick at which the sleep ends: each tick looks at one list only.
constinit std::array<List<Sleeper, SleeperTag>, 64> sleepers;

std::uint32_t last_tick = 0; // that was seen here
bool turn_is_over = false;

List<Sleeper, SleeperTag>& list_of(std::uint32_t tick) {
    return sleepers[tick % sleepers.size()];
}

void handle_tick(std::uint32_t now) {
    turn_is_over = true;
    List<Sleeper, SleeperTag>& list = list_of(now);
    for (Sleeper* one = list.front(); one != nullptr;) {
        Sleeper* const next = list.after(*one);
        if (one->due == now) {
            one->unlink();
            scheduler::wake_all(one->queue);
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
    if (scheduler::running->attention != Thread::Attention::None) {
        process::attend(frame);
    }
}

} // namespace

void initialize() {
    last_tick = pit::ticks();
    pic::set_return_hook(after_interrupt);
}

Result<void> sleep_until(std::uint32_t tick) {
    Sleeper sleeper(tick);
    while (static_cast<std::int32_t>(tick - pit::ticks()) > 0) {
        if (!sleeper.is_in_list()) {
            list_of(tick).push_back(sleeper);
        }
        TRY(scheduler::sleep(sleeper.queue));
    }
    return {};
}

} // namespace kernel::timer
