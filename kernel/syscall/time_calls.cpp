// System calls about the clock and the whole system: nanosleep, sysinfo (chapter 17).
#include "drivers/pit.hpp"
#include "memory/frames.hpp"
#include "memory/user_memory.hpp"
#include "process/process.hpp"
#include "process/timer.hpp"
#include "syscall/system_call.hpp"

#include "layout.h"

namespace kernel::system_call {

void enable_time_calls() {
    timer::initialize();
}

namespace calls {

/// Tells how long the machine has been running, how much memory there is and is free, and how many processes there are.
Result<std::uint32_t> sysinfo(UserPointer<struct sysinfo> to) {
    struct sysinfo told {};
    told.uptime = static_cast<long>(pit::ticks() / TICKS_PER_SECOND);
    told.totalram = frames::total_count();
    told.freeram = frames::free_count();
    told.procs = static_cast<unsigned short>(process::count());
    told.mem_unit = PAGE_SIZE;
    TRY(copy_to_user(to, told));
    return 0U;
}

/// Sleeps for the time in `duration`, rounded up to clock ticks. `rest` gets what was left if the sleep was interrupted.
Result<std::uint32_t> nanosleep(UserPointer<const timespec32> duration, UserPointer<timespec32> rest) {
    constexpr long nanoseconds_of_second = 1'000'000'000;
    timespec32 asked{};
    TRY(user_memory::copy_in(&asked, duration.address(), sizeof(asked)));
    if (asked.tv_sec < 0 || asked.tv_nsec < 0 || asked.tv_nsec >= nanoseconds_of_second) {
        return std::unexpected(Error::InvalidArgument);
    }
    const std::uint32_t end = timer::tick_after(asked.tv_sec, asked.tv_nsec);
    WaitQueue nobody_else;
    while (!timer::is_over(end)) {
        const Result<void> slept = timer::sleep(nobody_else, end);
        if (!slept && !timer::is_over(end)) { // at the end of the time it has slept all of it
            if (!rest.is_null()) {
                const timeval32 left = timer::time_until(end);
                TRY(copy_to_user(rest, timespec32{.tv_sec = left.tv_sec, .tv_nsec = left.tv_usec * 1000}));
            }
            return std::unexpected(slept.error());
        }
    }
    current().sleeps_until.reset();
    return 0U;
}

} // namespace calls

} // namespace kernel::system_call
