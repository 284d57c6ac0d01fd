// System calls about other processes: fork, wait, getppid, sched_yield (chapter 16).
#include "memory/user_memory.hpp"
#include "process/family.hpp"
#include "syscall/system_call.hpp"

#include "layout.h"

namespace kernel::system_call {

void enable_family_calls() {
    family::initialize();
    enable_execve();
}

namespace calls {

namespace {

// All of it is user time, as in `times`. What else the structure could tell is not counted: 0.
Result<void> put_usage(UserPointer<rusage> usage, std::uint32_t ticks) {
    rusage told{};
    told.ru_utime = {.tv_sec = static_cast<long>(ticks / TICKS_PER_SECOND),
                     .tv_usec = static_cast<long>(ticks % TICKS_PER_SECOND) * (1'000'000 / TICKS_PER_SECOND)};
    return copy_to_user(usage, told);
}

} // namespace

/// Makes a copy of the process, which goes on as this one does, with 0 as its result. Returns the child's number.
Result<std::uint32_t> fork() {
    const Process* child = TRY(family::fork());
    return static_cast<std::uint32_t>(child->id());
}

/// Waits until a child has ended, and returns its number: the child `id`; for -1 any; for 0 any of the own group, for
/// another negative number any of that group. `status` gets how it ended, if it is not null. With WNOHANG the result is 0 if
/// none has ended yet; with WUNTRACED and WCONTINUED children are told of that were stopped or continued.
Result<std::uint32_t> waitpid(int id, UserPointer<std::uint32_t> status, int options) {
    return wait4(id, status, options, UserPointer<rusage>(0));
}

/// As waitpid. `usage`, if it is not null, gets what the child has used, with the children that it has waited for.
Result<std::uint32_t> wait4(int id, UserPointer<std::uint32_t> status, int options, UserPointer<rusage> usage) {
    constexpr int known_options = WNOHANG | WUNTRACED | WCONTINUED | static_cast<int>(0xE0000000);
    if ((options & ~known_options) != 0) {
        return std::unexpected(Error::InvalidArgument);
    }
    if (static_cast<unsigned>(id) == 1U << 31) {
        return std::unexpected(Error::NoProcess); // no group has the positive number
    }
    const family::Found found = TRY(family::wait(id, static_cast<unsigned>(options)));
    if (found.id != 0 && !status.is_null()) {
        TRY(copy_to_user(status, found.status.value()));
    }
    if (found.id != 0 && !usage.is_null()) {
        TRY(put_usage(usage, found.ticks));
    }
    return static_cast<std::uint32_t>(found.id);
}

/// What the process itself has used (RUSAGE_SELF; RUSAGE_THREAD is the same here), or the children that it has waited for
/// (RUSAGE_CHILDREN), with those that they had waited for.
Result<std::uint32_t> getrusage(int who, UserPointer<rusage> usage) {
    if (who != RUSAGE_SELF && who != RUSAGE_THREAD && who != RUSAGE_CHILDREN) {
        return std::unexpected(Error::InvalidArgument);
    }
    TRY(put_usage(usage, who == RUSAGE_CHILDREN ? current().ticks_of_children : current().ticks_used()));
    return 0U;
}

/// The number of the process's parent; 0 if the kernel itself has started it.
Result<std::uint32_t> getppid() {
    return static_cast<std::uint32_t>(family::parent_of(current()));
}

/// Lets the other processes run that can. Returns 0 when it is this one's turn again.
Result<std::uint32_t> sched_yield() {
    scheduler::yield();
    return 0U;
}

/// As exit: a process has one thread here.
Result<std::uint32_t> exit_group(int status) {
    return exit(status);
}

} // namespace calls

} // namespace kernel::system_call
