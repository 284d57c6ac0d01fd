// System calls about other processes: fork, wait, getppid, sched_yield (chapter 16).
#include "memory/user_memory.hpp"
#include "process/family.hpp"
#include "syscall/system_call.hpp"

namespace kernel::system_call {

void enable_family_calls() {
    family::initialize();
    enable_execve();
}

namespace calls {

/// Makes a copy of the process, which goes on as this one does, with 0 as its result. Returns the child's number.
Result<std::uint32_t> fork() {
    const Process* child = TRY(family::fork());
    return static_cast<std::uint32_t>(child->id());
}

/// Waits until the child with the number `id`, or for -1 any child, has ended, and returns its number. `status` gets how it
/// ended, if it is not null. With WNOHANG the result is 0 if none has ended yet.
Result<std::uint32_t> waitpid(int id, UserPointer<std::uint32_t> status, int options) {
    return wait4(id, status, options, UserPointer<char>(0));
}

/// As waitpid. What the child used is not told yet: `usage` must be null.
Result<std::uint32_t> wait4(int id, UserPointer<std::uint32_t> status, int options, UserPointer<char> usage) {
    constexpr int known_options = WNOHANG | WUNTRACED | WCONTINUED | static_cast<int>(0xE0000000);
    if ((options & ~known_options) != 0 || !usage.is_null()) {
        return std::unexpected(Error::InvalidArgument);
    }
    const int any = -1;
    Process* const child = TRY(family::wait(id == 0 ? any : id, // there is only one group of processes yet
                                            (options & WNOHANG) != 0 ? family::Wait::NotAtAll : family::Wait::ForEnd));
    if (child == nullptr) {
        return 0U;
    }
    const auto ended_id = static_cast<std::uint32_t>(child->id());
    const std::uint32_t value = child->ended()->value();
    delete child;
    if (!status.is_null()) {
        TRY(copy_to_user(status, value));
    }
    return ended_id;
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
