// Families: parents and children, and what of a process is left to be waited for (chapter 16).
#pragma once

#include "lib/error.hpp"
#include "process/process.hpp"

#include <cstdint>

namespace kernel::family {

/// From now on processes have parents and children: an extension of each. Before the first process is made.
void initialize();

/// Makes a child of the current process: a copy of it that returns from the same system call with 0. It may run from now
/// on. OutOfMemory, or TryAgain if there are too many processes.
[[nodiscard]] Result<Process*> fork();

/// The parent's number; 0 if the kernel itself has started the process.
[[nodiscard]] std::int32_t parent_of(Process& process);

/// What a wait has found: a child that ended, and is no more; or one that was stopped or continued.
struct Found {
    std::int32_t id; // 0: nothing yet
    WaitStatus status;
    std::uint32_t ticks{}; // that it has used, with those of the children that it has waited for
};

/// Waits until a child of the current process has ended: the one with the number `id`; for -1 any; for 0 any of its own
/// group, for another negative number any of that group. `options` are wait4's: with WNOHANG it does not wait, WUNTRACED and
/// WCONTINUED let it find more. NoChild if there is no such child; Interrupted.
[[nodiscard]] Result<Found> wait(std::int32_t id, unsigned options);

// What follows is for chapter 18. Each process belongs to a group, which has the number of a process, and each group to a
// session. A child belongs to its parent's; a process that has no parent begins a session.

[[nodiscard]] std::int32_t group_of(Process& process);
[[nodiscard]] std::int32_t session_of(Process& process);

/// setpgid: moves the current process or a child of it to a group of its session, or to a new one if `group` is its own
/// number. NoProcess, NotPermitted; AccessDenied if the child runs another program already.
[[nodiscard]] Result<void> set_group(Process& process, std::int32_t group);
/// setsid: the current process begins a session. NotPermitted if it has a group that is called after it.
[[nodiscard]] Result<std::int32_t> begin_session();

/// Whether the process's group is orphaned (POSIX): none of its processes that go on has a parent in another group of the
/// session, which could let the group go on when it is stopped.
[[nodiscard]] bool is_orphaned(Process& process);

/// Whether the current process's session has such a group.
[[nodiscard]] bool has_group(std::int32_t group);

/// Calls `visit` for each process of a group, or for 0 for each process that there is. Returns how many there are.
unsigned for_each(std::int32_t group, void (*visit)(Process& process, std::uint32_t value), std::uint32_t value);

/// Lets the parent's wait find that `process` was stopped or continued.
void report(Process& process, WaitStatus status);

/// `hook` is called when a child has ended, been stopped or continued, for the parent to hear of it. If it returns true,
/// the parent does not want to wait for one that has ended.
void set_child_hook(bool (*hook)(Process& parent, Process& child, WaitStatus status));

/// `orphaned` is called when the end of a process has made a group an orphan, `leaderless` when it was that of a session's
/// leader, the process that has the session's number.
void set_end_hooks(void (*orphaned)(std::int32_t group), void (*leaderless)(std::int32_t session));

} // namespace kernel::family
