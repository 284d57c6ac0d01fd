// System calls about signals, groups and sessions (chapter 18).
#include "process/family.hpp"
#include "process/process_floating_point.hpp"
#include "process/signals.hpp"
#include "process/timer.hpp"
#include "syscall/system_call.hpp"

#include "abi/signal.h"
#include "layout.h"

#include <algorithm>
#include <optional>

namespace kernel::system_call {

void enable_signals() {
    signals::initialize();
}

namespace calls {

namespace {

using signals::Set;

constexpr unsigned set_size = sizeof(Set);

Result<Set> set_from(UserPointer<const unsigned> from, unsigned size) {
    Set set = 0;
    TRY(user_memory::copy_in(&set, from.address(), size));
    return set;
}

Result<void> set_to(UserPointer<unsigned> to, Set set, unsigned size) {
    return to.is_null() ? Result<void>() : user_memory::copy_out(to.address(), &set, size);
}

Result<std::uint32_t> ticks_of(const timeval32& time) {
    if (time.tv_sec < 0 || time.tv_usec < 0 || time.tv_usec >= 1'000'000) {
        return std::unexpected(Error::InvalidArgument);
    }
    return timer::ticks_of(time.tv_sec, time.tv_usec * 1000);
}

// Both forms of sigprocmask: with sets of 4 bytes, which leave the other signals alone, and of 8.
Result<std::uint32_t> change_mask(unsigned how, UserPointer<const unsigned> wanted, UserPointer<unsigned> old,
                                  unsigned size) {
    const Set before = signals::blocked();
    if (!wanted.is_null()) {
        const Set set = TRY(set_from(wanted, size));
        const Set others = size == set_size ? 0 : before & ~Set{0xFFFF'FFFF};
        switch (how) {
        case SIG_BLOCK:
            signals::set_blocked(before | set);
            break;
        case SIG_UNBLOCK:
            signals::set_blocked(before & ~set);
            break;
        case SIG_SETMASK:
            signals::set_blocked(others | set);
            break;
        default:
            return std::unexpected(Error::InvalidArgument);
        }
    }
    TRY(set_to(old, before, size));
    return 0U;
}

Result<Process*> process_or_self(int id) {
    Process* const process = id == 0 ? &current() : process::find(id);
    return process != nullptr ? Result<Process*>(process) : std::unexpected(Error::NoProcess);
}

/// A frame that can't be read: the program is lost.
[[noreturn]] void end_without_frame() {
    end_current(WaitStatus::killed_by(SIGSEGV));
}

/// The way back from a handler: the registers and the mask that it found. Returns eax, which the call's result must be.
std::uint32_t leave_handler(const sigcontext32& context, Set mask) {
    interrupts::Frame& frame = current().user_frame();
    const std::uint16_t fs = frame.fs;
    const std::uint16_t gs = frame.gs;
    if (!floating_point::bring_back(context.fpstate)) {
        end_without_frame();
    }
    signals::set_blocked(mask);
    signal_frame::restore(frame, context);
    // A selector that is loaded already may stay, whatever it is: the processor has accepted it (chapter 20).
    frame.fs = context.fs == fs ? fs : frame.fs;
    frame.gs = context.gs == gs ? gs : frame.gs;
    frame.error_code = 0; // no call that could be made once more
    frame.vector = 0;
    return frame.eax;
}

} // namespace

/// Sends signal `number` to process `id`; for 0 to its own group, for -1 to all, for another negative number to that group.
/// Number 0 asks only whether there is one.
Result<std::uint32_t> kill(int id, unsigned number) {
    TRY(signals::kill(id, number));
    return 0U;
}

/// As kill, for one process: each has one thread here.
Result<std::uint32_t> tkill(int id, unsigned number) {
    if (id <= 0) {
        return std::unexpected(Error::InvalidArgument);
    }
    return kill(id, number);
}

/// As tkill; both numbers must be the process's.
Result<std::uint32_t> tgkill(int group, int id, unsigned number) {
    if (group <= 0 || id <= 0) {
        return std::unexpected(Error::InvalidArgument);
    }
    return group == id ? tkill(id, number) : std::unexpected(Error::NoProcess);
}

/// Sets what a signal does, if `wanted` is not null, and tells what it did before. With masks of 32 signals.
Result<std::uint32_t> sigaction(unsigned number, UserPointer<const old_sigaction> wanted,
                                UserPointer<old_sigaction> old) {
    std::optional<signals::Action> action;
    if (!wanted.is_null()) {
        old_sigaction given{};
        TRY(user_memory::copy_in(&given, wanted.address(), sizeof(given)));
        action = {.handler = given.handler, .flags = given.flags, .restorer = given.restorer, .mask = given.mask};
    }
    const signals::Action before = TRY(signals::change_action(number, action));
    if (!old.is_null()) {
        TRY(copy_to_user(old, old_sigaction{.handler = before.handler,
                                            .mask = static_cast<std::uint32_t>(before.mask),
                                            .flags = before.flags,
                                            .restorer = before.restorer}));
    }
    return 0U;
}

/// As sigaction, with masks of `size` bytes, which must be 8.
Result<std::uint32_t> rt_sigaction(unsigned number, UserPointer<const kernel_sigaction> wanted,
                                   UserPointer<kernel_sigaction> old, unsigned size) {
    if (size != set_size) {
        return std::unexpected(Error::InvalidArgument);
    }
    std::optional<signals::Action> action;
    if (!wanted.is_null()) {
        kernel_sigaction given{};
        TRY(user_memory::copy_in(&given, wanted.address(), sizeof(given)));
        action = {.handler = given.handler,
                  .flags = given.flags,
                  .restorer = given.restorer,
                  .mask = Set{given.mask[1]} << 32 | given.mask[0]};
    }
    const signals::Action before = TRY(signals::change_action(number, action));
    if (!old.is_null()) {
        TRY(copy_to_user(old, kernel_sigaction{.handler = before.handler,
                                               .flags = before.flags,
                                               .restorer = before.restorer,
                                               .mask = {static_cast<std::uint32_t>(before.mask),
                                                        static_cast<std::uint32_t>(before.mask >> 32)}}));
    }
    return 0U;
}

/// Changes which signals wait (`how`: SIG_BLOCK, SIG_UNBLOCK or SIG_SETMASK), and tells which did. Sets of 32 signals.
Result<std::uint32_t> sigprocmask(unsigned how, UserPointer<const unsigned> wanted, UserPointer<unsigned> old) {
    return change_mask(how, wanted, old, sizeof(unsigned));
}

/// As sigprocmask, with sets of `size` bytes, which must be 8.
Result<std::uint32_t> rt_sigprocmask(unsigned how, UserPointer<const unsigned> wanted, UserPointer<unsigned> old,
                                     unsigned size) {
    return size == set_size ? change_mask(how, wanted, old, size) : std::unexpected(Error::InvalidArgument);
}

/// Tells which signals have been sent and wait, being blocked. A set of 32 signals.
Result<std::uint32_t> sigpending(UserPointer<unsigned> set) {
    return rt_sigpending(set, sizeof(unsigned));
}

/// As sigpending, with a set of `size` bytes, 8 at most.
Result<std::uint32_t> rt_sigpending(UserPointer<unsigned> set, unsigned size) {
    if (size > set_size) {
        return std::unexpected(Error::InvalidArgument);
    }
    const Set pending = signals::pending();
    TRY(user_memory::copy_out(set.address(), &pending, size));
    return 0U;
}

/// Blocks `mask` instead, and sleeps until a signal has been handled. Returns `-EINTR`, with the old mask. The first two
/// arguments mean nothing.
Result<std::uint32_t> sigsuspend(unsigned, unsigned, unsigned mask) {
    return std::unexpected(signals::suspend(Set{mask}));
}

/// As sigsuspend, with a set of `size` bytes, which must be 8.
Result<std::uint32_t> rt_sigsuspend(UserPointer<const unsigned> mask, unsigned size) {
    if (size != set_size) {
        return std::unexpected(Error::InvalidArgument);
    }
    return std::unexpected(signals::suspend(TRY(set_from(mask, size))));
}

/// Has SIGALRM sent after so many seconds; 0: never. Returns how many were left of those set before.
Result<std::uint32_t> alarm(unsigned seconds) {
    constexpr std::uint32_t second = TICKS_PER_SECOND;
    constexpr std::uint32_t most = 0x7FFF'0000 / second;
    const std::uint32_t left = signals::alarm_times().left;
    signals::set_alarm({.left = std::min(seconds, most) * second});
    return left > 0 && left < second ? 1U : (left + second / 2) / second;
}

/// When the next SIGALRM comes, and how long after it the one that follows. The clocks of a process's own time are not there:
/// EINVAL.
Result<std::uint32_t> getitimer(int which, UserPointer<struct itimerval32> times) {
    if (which != ITIMER_REAL) {
        return std::unexpected(Error::InvalidArgument);
    }
    const signals::AlarmTimes now = signals::alarm_times();
    TRY(copy_to_user(times,
                     itimerval32{.it_interval = timer::time_of(now.interval), .it_value = timer::time_of(now.left)}));
    return 0U;
}

/// Has SIGALRM sent after a time, and then again and again. `old` gets what getitimer would have told before.
Result<std::uint32_t> setitimer(int which, UserPointer<const struct itimerval32> wanted,
                                UserPointer<struct itimerval32> old) {
    signals::AlarmTimes times;
    if (!wanted.is_null()) { // null is no time at all, as on Linux
        struct itimerval32 given {};
        TRY(user_memory::copy_in(&given, wanted.address(), sizeof(given)));
        times = {.left = TRY(ticks_of(given.it_value)), .interval = TRY(ticks_of(given.it_interval))};
    }
    if (!old.is_null()) {
        TRY(getitimer(which, old));
    } else if (which != ITIMER_REAL) {
        return std::unexpected(Error::InvalidArgument);
    }
    signals::set_alarm(times);
    return 0U;
}

/// Sleeps until a signal has been handled. Returns `-EINTR`.
Result<std::uint32_t> pause() {
    return std::unexpected(signals::suspend(std::nullopt));
}

/// The end of a handler: goes on with the registers and the mask of before, which lie above esp.
Result<std::uint32_t> sigreturn() {
    struct signal_frame frame {};
    constexpr std::uint32_t taken_off = offsetof(struct signal_frame, context); // by then
    if (!user_memory::copy_in(&frame, current().user_frame().user_esp - taken_off, sizeof(frame))) {
        end_without_frame();
    }
    return leave_handler(frame.context, Set{frame.high_mask} << 32 | frame.context.oldmask);
}

/// As sigreturn, for a handler with SA_SIGINFO.
Result<std::uint32_t> rt_sigreturn() {
    rt_signal_frame frame{};
    constexpr std::uint32_t taken_off = offsetof(rt_signal_frame, number);
    if (!user_memory::copy_in(&frame, current().user_frame().user_esp - taken_off, sizeof(frame))) {
        end_without_frame();
    }
    return leave_handler(frame.context.uc_mcontext,
                         Set{frame.context.uc_sigmask[1]} << 32 | frame.context.uc_sigmask[0]);
}

/// Sets the stack on which handlers with SA_ONSTACK run, and tells which it was. SS_DISABLE: none. EPERM from a handler
/// that runs there.
Result<std::uint32_t> sigaltstack(UserPointer<const stack32> wanted, UserPointer<stack32> old) {
    const stack32 before = signals::alternate_stack();
    if (!wanted.is_null()) {
        stack32 given{};
        TRY(user_memory::copy_in(&given, wanted.address(), sizeof(given)));
        if (before.ss_flags == SS_ONSTACK) {
            return std::unexpected(Error::NotPermitted);
        }
        const bool is_none = given.ss_flags == SS_DISABLE;
        if (!is_none && (given.ss_flags & ~SS_ONSTACK) != 0) {
            return std::unexpected(Error::InvalidArgument);
        }
        if (!is_none && given.ss_size < MINSIGSTKSZ) {
            return std::unexpected(Error::OutOfMemory);
        }
        given.ss_flags = 0;
        signals::set_alternate_stack(is_none ? signals::no_stack : given);
    }
    if (!old.is_null()) {
        TRY(copy_to_user(old, before));
    }
    return 0U;
}

/// Moves a process, 0 for this one, or a child to a group; 0 for the one with its own number.
Result<std::uint32_t> setpgid(int id, int group) {
    if (group < 0) {
        return std::unexpected(Error::InvalidArgument);
    }
    Process* const process = TRY(process_or_self(id));
    TRY(family::set_group(*process, group == 0 ? process->id() : group));
    return 0U;
}

/// The group of a process, 0 for this one.
Result<std::uint32_t> getpgid(int id) {
    return static_cast<std::uint32_t>(family::group_of(*TRY(process_or_self(id))));
}

/// The process's group.
Result<std::uint32_t> getpgrp() {
    return getpgid(0);
}

/// Begins a session, with a group that has the process's number; both without a terminal.
Result<std::uint32_t> setsid() {
    return static_cast<std::uint32_t>(TRY(family::begin_session()));
}

/// The session of a process, 0 for this one.
Result<std::uint32_t> getsid(int id) {
    return static_cast<std::uint32_t>(family::session_of(*TRY(process_or_self(id))));
}

} // namespace calls

} // namespace kernel::system_call
