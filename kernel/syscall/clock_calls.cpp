// System calls that tell the time by one of Linux's clocks, to a tick (chapter 20).
#include "drivers/pit.hpp"
#include "memory/user_memory.hpp"
#include "process/process.hpp"
#include "process/signals.hpp"
#include "process/timer.hpp"
#include "syscall/system_call.hpp"

#include "abi/linux.h"
#include "abi/system.h"

#include <optional>

namespace kernel::system_call {

void enable_clock_calls() {}

namespace calls {

namespace {

// What the clock shows, in ticks. Those of the process's own time count what it has used. All others count from the start of
// the machine, that of the day as well: nothing has told the kernel which day it is.
Result<std::uint32_t> ticks_by(int clock) {
    if (clock < 0 || clock > CLOCK_LAST || clock == CLOCK_SGI_CYCLE) {
        return std::unexpected(Error::InvalidArgument);
    }
    return clock == CLOCK_PROCESS_CPUTIME || clock == CLOCK_THREAD_CPUTIME ? current().ticks_used() : pit::ticks();
}

Result<std::uint32_t> put_time(UserPointer<timespec32> time, std::uint32_t ticks) {
    const timeval32 told = timer::time_of(ticks);
    TRY(copy_to_user(time, timespec32{.tv_sec = told.tv_sec, .tv_nsec = told.tv_usec * 1000}));
    return 0U;
}

Result<std::uint32_t> put_time(UserPointer<timespec64> time, std::uint32_t ticks) {
    const timeval32 told = timer::time_of(ticks);
    const auto seconds = static_cast<std::uint32_t>(told.tv_sec);
    const auto nanoseconds = static_cast<std::uint32_t>(told.tv_usec * 1000);
    TRY(copy_to_user(time, timespec64{.sec_low = seconds, .sec_high = 0, .nsec_low = nanoseconds, .nsec_high = 0}));
    return 0U;
}

// All clocks move by a tick. `time` may be null.
template <typename Time>
Result<std::uint32_t> put_resolution(int clock, UserPointer<Time> time) {
    TRY(ticks_by(clock));
    return time.is_null() ? 0U : put_time(time, 1);
}

} // namespace

/// FUTEX_WAIT sleeps until there is a wake at `word`, if that has still this value; with a timeout not for longer. A wake can
/// only come from another thread, and there is none: so the sleep ends with the timeout, or with a signal. For the same reason
/// FUTEX_WAKE finds no sleeper, which is its result: 0. Other operations are ENOSYS.
Result<std::uint32_t> futex(UserPointer<const std::uint32_t> word, unsigned operation, std::uint32_t value,
                            UserPointer<const timespec32> timeout) {
    operation &= ~unsigned{FUTEX_PRIVATE};
    if (operation != FUTEX_WAIT && operation != FUTEX_WAKE) {
        return std::unexpected(Error::NotImplemented);
    }
    if (word.address() % sizeof(std::uint32_t) != 0) {
        return std::unexpected(Error::InvalidArgument);
    }
    if (operation == FUTEX_WAKE) {
        return 0U;
    }
    std::uint32_t now = 0;
    TRY(user_memory::copy_in(&now, word.address(), sizeof(now)));
    if (now != value) {
        return std::unexpected(Error::TryAgain);
    }
    if (timeout.is_null()) {
        return std::unexpected(signals::suspend(std::nullopt));
    }
    TRY(nanosleep(timeout, UserPointer<timespec32>(0)));
    return std::unexpected(Error::TimedOut);
}

/// The time by a clock.
Result<std::uint32_t> clock_gettime(int clock, UserPointer<timespec32> time) {
    return put_time(time, TRY(ticks_by(clock)));
}

/// As clock_gettime, with 64 bits.
Result<std::uint32_t> clock_gettime64(int clock, UserPointer<timespec64> time) {
    return put_time(time, TRY(ticks_by(clock)));
}

/// By how much a clock moves at once: a tick.
Result<std::uint32_t> clock_getres(int clock, UserPointer<timespec32> resolution) {
    return put_resolution(clock, resolution);
}

/// As clock_getres, with 64 bits.
Result<std::uint32_t> clock_getres_time64(int clock, UserPointer<timespec64> resolution) {
    return put_resolution(clock, resolution);
}

/// The seconds of the time of day, which are also put where `seconds` leads, unless that is null.
Result<std::uint32_t> time(UserPointer<std::int32_t> seconds) {
    const std::int32_t now = timer::time_of(pit::ticks()).tv_sec;
    if (!seconds.is_null()) {
        TRY(copy_to_user(seconds, now));
    }
    return static_cast<std::uint32_t>(now);
}

/// The time of day in seconds and microseconds, and the time zone, whose two words are 0: Greenwich's. Either may be null.
Result<std::uint32_t> gettimeofday(UserPointer<timeval32> time, UserPointer<std::uint64_t> zone) {
    if (!time.is_null()) {
        TRY(copy_to_user(time, timer::time_of(pit::ticks())));
    }
    if (!zone.is_null()) {
        TRY(copy_to_user(zone, std::uint64_t{0}));
    }
    return 0U;
}

} // namespace calls

} // namespace kernel::system_call
