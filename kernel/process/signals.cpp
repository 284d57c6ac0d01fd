// Signals: what is sent to a process, and what becomes of it before it goes back to its program (chapter 18).
#include "process/signals.hpp"

#include "diagnosis/upper_layers.hpp"
#include "drivers/pit.hpp"
#include "lib/log.hpp"
#include "memory/new.hpp"
#include "memory/user_memory.hpp"
#include "process/family.hpp"
#include "process/faults.hpp"
#include "process/process_floating_point.hpp"
#include "process/timer.hpp"

#include "layout.h"

#include <algorithm>
#include <array>
#include <bit>

namespace kernel::signals {

namespace {

constexpr Set stops = bit(SIGSTOP) | bit(SIGTSTP) | bit(SIGTTIN) | bit(SIGTTOU);
constexpr Set ignored_by_default = bit(SIGCHLD) | bit(SIGURG) | bit(SIGWINCH) | bit(SIGCONT);
constexpr Set never_blocked = bit(SIGKILL) | bit(SIGSTOP);

/// The least number in a set that is not empty. (A 64-bit count of zeros would be a function that is not linked.)
unsigned lowest(Set numbers) {
    const auto low = static_cast<std::uint32_t>(numbers);
    const auto high = static_cast<std::uint32_t>(numbers >> 32);
    return static_cast<unsigned>(low != 0 ? std::countr_zero(low) : 32 + std::countr_zero(high)) + 1;
}

std::size_t slot;

/// What is between a signal's being sent and its being seen to.
struct Waiting {
    Set numbers = 0;
    std::array<Cause, NSIG> causes;
};

class Signals final : public Extension, public timer::Alarm {
public:
    explicit Signals(Process& process) : Alarm(ring), process_(process) {}

    /// For a child: the actions and what is blocked, but neither the alarm nor what waits.
    Signals(const Signals& parent, Process& child)
        : Alarm(ring), blocked(parent.blocked), alternate(parent.alternate), process_(child),
          actions_(parent.actions_) {}

    Result<Extension*> clone(Process& /*parent*/, Process& child) override {
        return TRY(allocate<Signals>(*this, child)).release();
    }

    void exec(Process& /*process*/) override {
        for (Action& action : actions_) {
            action = {.handler = action.handler == SIG_IGN_ADDRESS ? std::uint32_t{SIG_IGN_ADDRESS} : SIG_DFL_ADDRESS};
        }
        alternate = no_stack;
    }

    [[nodiscard]] Action& action(unsigned number) { return actions_[number - 1]; }

    [[nodiscard]] bool ignores(unsigned number) const {
        const std::uint32_t handler = actions_[number - 1].handler;
        return handler == SIG_IGN_ADDRESS || (handler == SIG_DFL_ADDRESS && (ignored_by_default & bit(number)) != 0);
    }

    [[nodiscard]] bool ends_process(unsigned number) const {
        return actions_[number - 1].handler == SIG_DFL_ADDRESS &&
               (bit(number) & (blocked | stops | ignored_by_default)) == 0;
    }

    /// A process of an orphaned group would stay stopped: only SIGSTOP stops it (POSIX, Signal Actions).
    [[nodiscard]] bool would_stop_orphan(unsigned number) const {
        return (stops & ~bit(SIGSTOP) & bit(number)) != 0 && actions_[number - 1].handler == SIG_DFL_ADDRESS &&
               family::is_orphaned(process_);
    }

    void end(Process& /*process*/) override {
        unlink(); // no alarm any more
        log::end_record_only();
    }

    void forget(Set numbers) { waiting_.numbers &= ~numbers; }
    [[nodiscard]] Set waiting() const { return waiting_.numbers; }

    void take(unsigned number, const Cause& cause) {
        if (process_.ended()) {
            return;
        }
        if (number == SIGCONT || number == SIGKILL) {
            forget(stops);
            if (is_stopped_) {
                is_stopped_ = false;
                scheduler::wake_all(stopped_);
                if (number == SIGCONT) {
                    family::report(process_, WaitStatus::continued());
                }
            }
        } else if ((stops & bit(number)) != 0) {
            forget(bit(SIGCONT));
        }
        if ((ignores(number) || would_stop_orphan(number)) && (blocked & bit(number)) == 0) {
            return;
        }
        if ((waiting_.numbers & bit(number)) == 0) {
            waiting_.numbers |= bit(number);
            waiting_.causes[number - 1] = cause;
        }
        process_.is_doomed |= ends_process(number) && !is_stopped_;
        ask_for_attention();
    }

    /// A process that sleeps is woken: also for a stop, after which it makes its call once more.
    void ask_for_attention() {
        const Set ready = waiting_.numbers & ~blocked;
        if (process_.killed() || ready != 0) {
            if (!is_stopped_) {
                process::call_attention(process_);
            }
        } else {
            process_.has_attention = false;
        }
    }

    /// For the way back to the program, whose registers are in `frame`.
    void attend(interrupts::Frame& frame) {
        // What ends a process comes before a handler of a lower number, which could block it. Not if it was stopped: as on Linux.
        if (process_.is_doomed) {
            end_if_fatal();
        }
        bool was_interrupted = frame.vector == SYSTEM_CALL_VECTOR && frame.eax == static_cast<std::uint32_t>(-EINTR);
        while (const Set ready = waiting_.numbers & ~blocked) {
            const unsigned number = lowest(ready);
            forget(bit(number));
            const std::uint32_t handler = action(number).handler;
            if (handler == SIG_DFL_ADDRESS) {
                default_action(number);
            } else if (handler != SIG_IGN_ADDRESS) {
                if (was_interrupted && (action(number).flags & SA_RESTART) != 0 && !is_ended_by_handler(frame)) {
                    restart(frame);
                }
                was_interrupted = false;
                begin_handler(number, waiting_.causes[number - 1], frame);
            }
        }
        if (was_interrupted) { // by a stop, which is over, or by a signal that does nothing
            restart(frame);
        } else {
            process_.sleeps_until.reset();
        }
        if (mask_after_suspend) {
            blocked = *mask_after_suspend;
            mask_after_suspend.reset();
        }
        ask_for_attention();
    }

    void end_if_fatal() {
        for (Set waiting = waiting_.numbers; waiting != 0; waiting &= waiting - 1) {
            if (const unsigned number = lowest(waiting); ends_process(number)) {
                end_by(number);
            }
        }
    }

    /// Ends the process if the handler's frame does not fit on its stack.
    void begin_handler(unsigned number, const Cause& cause, interrupts::Frame& frame) {
        Action& wanted = action(number);
        siginfo32 info{};
        info.si_signo = static_cast<int>(number);
        info.si_code = cause.code;
        info.si_pid_or_address = static_cast<int>(cause.id_or_address);
        info.si_status = cause.status;
        const stack32 told = alternate_seen_from(frame.user_esp);
        const bool changes_stack = (wanted.flags & SA_ONSTACK) != 0 && alternate.ss_flags == 0 && told.ss_flags == 0;
        const std::uint32_t stack = changes_stack ? alternate.ss_sp + alternate.ss_size : frame.user_esp;
        const Result<std::uint32_t> registers = floating_point::put_aside(stack);
        signal_frame::Image image;
        signal_frame::begin_handler(image, frame,
                                    {.handler = wanted.handler,
                                     .flags = wanted.flags,
                                     .restorer = wanted.restorer,
                                     .stack = registers.value_or(0) != 0 ? *registers : stack,
                                     .mask = mask_after_suspend.value_or(blocked),
                                     .alternate = told,
                                     .floating_point = registers.value_or(0)},
                                    info);
        if (!registers || !user_memory::copy_out(image.address, image.bytes, image.size)) {
            log::debug("process {} ({}): no room on its stack for the handler of signal {}", process_.id(),
                       process_.name(), number);
            end_by(SIGSEGV);
        }
        mask_after_suspend.reset();
        blocked |= wanted.mask | ((wanted.flags & SA_NODEFER) != 0 ? 0 : bit(number));
        blocked &= ~never_blocked;
        if ((wanted.flags & SA_RESETHAND) != 0) {
            wanted.handler = SIG_DFL_ADDRESS;
        }
    }

    /// With SS_ONSTACK if `esp`, which is above what lies on a stack last, is on it.
    [[nodiscard]] stack32 alternate_seen_from(std::uint32_t esp) const {
        const int flag = esp - alternate.ss_sp - 1 < alternate.ss_size ? SS_ONSTACK : 0;
        return {.ss_sp = alternate.ss_sp, .ss_flags = alternate.ss_flags | flag, .ss_size = alternate.ss_size};
    }

    Set blocked = 0;
    std::uint32_t alarm_interval = 0; // in ticks; 0: the alarm rings once
    std::optional<Set> mask_after_suspend;
    stack32 alternate = no_stack;

    [[nodiscard]] bool is_stopped() const { return is_stopped_; }

private:
    static void ring(Alarm& alarm) {
        auto& signals = static_cast<Signals&>(alarm);
        if (signals.alarm_interval != 0) {
            signals.set(signals.due() + signals.alarm_interval);
        }
        signals.take(SIGALRM, {.code = SI_KERNEL});
    }

    /// The calls whose waiting any handler ends, whatever its flags.
    static bool is_ended_by_handler(const interrupts::Frame& frame) {
        constexpr std::uint32_t futex = 240; // one with a time in esi
        constexpr std::array<std::uint32_t, 8> calls{
            29 /* pause */, 72 /* sigsuspend */,     142 /* _newselect */,      162 /* nanosleep */,
            168 /* poll */, 179 /* rt_sigsuspend */, 267 /* clock_nanosleep */, 308 /* pselect6 */};
        return std::ranges::find(calls, frame.error_code) != calls.end() ||
               (frame.error_code == futex && frame.esi != 0);
    }

    /// The call that has been interrupted is made once more.
    static void restart(interrupts::Frame& frame) {
        constexpr std::uint32_t length_of_int = 2;
        frame.eip -= length_of_int;
        frame.eax = frame.error_code;
    }

    void default_action(unsigned number) {
        if ((stops & bit(number)) != 0 && !would_stop_orphan(number)) {
            is_stopped_ = true;
            family::report(process_, WaitStatus::stopped_by(number));
            while (is_stopped_ && !process_.killed()) {
                process_.has_attention = false;
                static_cast<void>(scheduler::sleep(stopped_));
            }
            if (process_.killed()) {
                end_current(*process_.killed());
            }
        } else if (((ignored_by_default | stops) & bit(number)) == 0) {
            end_by(number);
        }
    }

    [[noreturn]] void end_by(unsigned number) {
        const auto level =
            family::parent_of(process_) == 0 ? log::Level::Info : log::Level::Debug; // else it is told there
        log::line(level, "process {} ({}): killed by signal {}", process_.id(), process_.name(), number);
        end_current(WaitStatus::killed_by(number));
    }

    Process& process_;
    std::array<Action, NSIG> actions_;
    Waiting waiting_;
    bool is_stopped_ = false;
    WaitQueue stopped_;
};

Signals& of(Process& process) {
    return static_cast<Signals&>(process.extension(slot));
}

Signals& ours() {
    return of(current());
}

Result<Extension*> make(Process& process) {
    return TRY(allocate<Signals>(process)).release();
}

/// A fault that the program handles: its handler begins. A blocked or ignored one can't wait: it ends the program.
bool begin_handler_of_fault(interrupts::Frame& frame) {
    const unsigned number = process::signal_of_fault(frame.vector);
    Signals& signals = ours();
    if (signals.action(number).handler <= SIG_IGN_ADDRESS || (signals.blocked & bit(number)) != 0) {
        return false;
    }
    Cause cause{.code = SI_KERNEL};
    if (frame.is(interrupts::Vector::PageFault)) {
        const bool is_mapped = frame.has(interrupts::PageFaultBit::Protection) && frame.cr2 < KERNEL_BASE;
        cause = {.code = is_mapped ? SEGV_ACCERR : SEGV_MAPERR, .id_or_address = frame.cr2};
    }
    if (frame.is(interrupts::Vector::Debug)) {
        cause = {.code = TRAP_TRACE, .id_or_address = frame.eip};
    }
    if (frame.is(interrupts::Vector::AlignmentCheck)) {
        cause.code = BUS_ADRALN;
    }
    if (frame.is(interrupts::Vector::DivideError) || frame.is(interrupts::Vector::InvalidOpcode)) {
        cause = {.code = number == SIGFPE ? FPE_INTDIV : ILL_ILLOPN, .id_or_address = frame.eip};
    }
    signals.begin_handler(number, cause, frame);
    return true;
}

bool tell_parent(Process& parent, Process& child, WaitStatus status) {
    Signals& signals = of(parent);
    const Action& action = signals.action(SIGCHLD);
    const bool has_ended = child.ended().has_value();
    if (has_ended || (action.flags & SA_NOCLDSTOP) == 0) {
        Cause cause{.code = CLD_EXITED, .id_or_address = static_cast<std::uint32_t>(child.id())};
        const bool goes_on = status.value() == WaitStatus::continued().value();
        cause.status = goes_on ? SIGCONT : static_cast<int>(status.exit_status());
        if (has_ended && status.was_killed()) {
            cause = {
                .code = CLD_KILLED, .id_or_address = cause.id_or_address, .status = static_cast<int>(status.signal())};
        } else if (!has_ended) {
            cause.code = goes_on ? CLD_CONTINUED : CLD_STOPPED;
        }
        signals.take(SIGCHLD, cause);
    }
    return has_ended && (action.handler == SIG_IGN_ADDRESS || (action.flags & SA_NOCLDWAIT) != 0);
}

/// Process 1, without which nothing goes on, gets no signal from others that it has no handler for, not even SIGKILL: as on
/// Linux. Its own signals, those of the terminal and faults do end it: here it may be any program.
bool is_spared(Process& process, std::uint32_t number) {
    return process.id() == 1 && &process != &current() && of(process).action(number).handler == SIG_DFL_ADDRESS;
}

void send_from_current(Process& process, std::uint32_t number) {
    if (number != 0 && !is_spared(process, number)) {
        send(process, number, {.code = SI_USER, .id_or_address = static_cast<std::uint32_t>(current().id())});
    }
}

} // namespace

void initialize() {
    slot = process::add_extension(make);
    process::set_attention_hook([](interrupts::Frame& frame) { ours().attend(frame); });
    family::set_child_hook(tell_parent);
    exceptions::upper_layers.begin_handler = begin_handler_of_fault;
    exceptions::upper_layers.begin_report = [] {
        if (family::parent_of(current()) != 0) {
            log::begin_record_only();
        }
    };
}

void send(Process& process, unsigned number, const Cause& cause) {
    of(process).take(number, cause);
}

Result<void> kill(std::int32_t id, unsigned number) {
    if (number > NSIG) {
        return std::unexpected(Error::InvalidArgument);
    }
    unsigned count = 0;
    if (id > 0) {
        if (Process* const process = process::find(id); process != nullptr) {
            count = 1;
            send_from_current(*process, number);
        }
    } else if (id == -1) {
        const auto send_to_other = [](Process& process, std::uint32_t value) {
            if (process.id() != 1 && &process != &current()) {
                send_from_current(process, value);
            }
        };
        count = family::for_each(0, send_to_other, number);
    } else {
        count = family::for_each(id == 0 ? family::group_of(current()) : -id, send_from_current, number);
    }
    return count > 0 ? Result<void>() : std::unexpected(Error::NoProcess);
}

Result<Action> change_action(unsigned number, const std::optional<Action>& wanted) {
    if (number == 0 || number > NSIG || (wanted && (never_blocked & bit(number)) != 0)) {
        return std::unexpected(Error::InvalidArgument);
    }
    Signals& signals = ours();
    const Action before = signals.action(number);
    if (wanted) {
        signals.action(number) = *wanted;
        signals.action(number).mask &= ~never_blocked;
        if (signals.ignores(number)) {
            signals.forget(bit(number));
        }
        signals.ask_for_attention();
    }
    return before;
}

Set blocked() {
    return ours().blocked;
}

void set_blocked(Set mask) {
    ours().blocked = mask & ~never_blocked;
    ours().ask_for_attention();
}

Set pending() {
    return ours().waiting() & ours().blocked;
}

void lend_mask(Set mask) {
    ours().mask_after_suspend = ours().blocked;
    set_blocked(mask);
}

void take_mask_back() {
    if (current().is_doomed) { // by a signal that is blocked again then
        end_if_fatal();
    }
    if (const std::optional<Set> mask = std::exchange(ours().mask_after_suspend, std::nullopt); mask) {
        set_blocked(*mask);
    }
}

Error suspend(std::optional<Set> mask) {
    if (mask) {
        lend_mask(*mask);
    }
    WaitQueue nothing;
    while (scheduler::sleep(nothing)) {
    }
    return Error::Interrupted;
}

void end_if_fatal() {
    if (current().killed()) {
        end_current(*current().killed());
    }
    ours().end_if_fatal();
}

stack32 alternate_stack() {
    return ours().alternate_seen_from(current().user_frame().user_esp);
}

void set_alternate_stack(const stack32& stack) {
    ours().alternate = stack;
}

AlarmTimes alarm_times() {
    return {.left = ours().is_in_list() ? ours().due() - pit::ticks() : 0, .interval = ours().alarm_interval};
}

void set_alarm(const AlarmTimes& times) {
    ours().unlink();
    ours().alarm_interval = times.left != 0 ? times.interval : 0;
    if (times.left != 0) {
        ours().set(pit::ticks() + times.left);
    }
}

bool is_stopped(Process& process) {
    return of(process).is_stopped();
}

bool is_blocked_or_ignored(unsigned number) {
    return ours().ignores(number) || (ours().blocked & bit(number)) != 0;
}

} // namespace kernel::signals
