// Signals: what is sent to a process, and what becomes of it before it goes back to its program (chapter 18).
#pragma once

#include "lib/error.hpp"
#include "process/process.hpp"
#include "process/signal_frame.hpp"

#include "abi/signal.h"

#include <cstdint>
#include <optional>

namespace kernel::signals {

using signal_frame::bit;
using signal_frame::Set;

/// From now on processes can get signals: an extension of each. Before the first process is made, after families.
void initialize();

/// Why a signal comes: si_code, and the fields of siginfo that go with it.
struct Cause {
    int code = SI_USER;
    std::uint32_t id_or_address = 0;
    int status = 0;
};

/// Sends a signal, 1 to NSIG. What the process ignores is gone at once; what it blocks waits. A number that waits already is
/// not counted.
void send(Process& process, unsigned number, const Cause& cause);

/// The current process sends it, as kill(2) has it: to the process `id`; for 0 to its own group, for -1 to all but process 1
/// and itself, for another negative number to that group. Number 0 only asks. InvalidArgument, NoProcess.
[[nodiscard]] Result<void> kill(std::int32_t id, unsigned number);

// What follows is about the current process.

struct Action {
    std::uint32_t handler = SIG_DFL_ADDRESS;
    std::uint32_t flags = 0;
    std::uint32_t restorer = 0;
    Set mask = 0;
};
/// sigaction: sets what `wanted` says, if it says anything, and returns what it was. InvalidArgument.
[[nodiscard]] Result<Action> change_action(unsigned number, const std::optional<Action>& wanted);

[[nodiscard]] Set blocked();
void set_blocked(Set mask); // SIGKILL and SIGSTOP can't be
[[nodiscard]] Set pending();

/// Blocks `mask` instead until a handler has run, or until `take_mask_back`.
void lend_mask(Set mask);
void take_mask_back();
/// Blocks `mask` instead until a handler has run or, without one, just sleeps until then. Interrupted, always.
[[nodiscard]] Error suspend(std::optional<Set> mask);

/// Ends the current process if a signal has come that does so: for a call that no other signal is to interrupt. (Chapter 20.)
void end_if_fatal();

constexpr stack32 no_stack{.ss_sp = 0, .ss_flags = SS_DISABLE, .ss_size = 0};
/// The stack for handlers with SA_ONSTACK. It is told with that flag while the program runs on it.
[[nodiscard]] stack32 alternate_stack();
void set_alternate_stack(const stack32& stack);

/// When SIGALRM will be sent: after so many ticks, 0 for never, and from then on each so many; 0: only once.
struct AlarmTimes {
    std::uint32_t left = 0;
    std::uint32_t interval = 0;
};
[[nodiscard]] AlarmTimes alarm_times();
void set_alarm(const AlarmTimes& times);

/// Whether a signal has stopped it.
[[nodiscard]] bool is_stopped(Process& process);

/// Whether the signal would do nothing now.
[[nodiscard]] bool is_blocked_or_ignored(unsigned number);

} // namespace kernel::signals
