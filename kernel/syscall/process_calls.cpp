// System calls about the process itself: exit, getpid, brk, times (chapter 12).
#include "drivers/pit.hpp"
#include "memory/user_memory.hpp"
#include "process/process.hpp"
#include "syscall/system_call.hpp"

namespace kernel::system_call::calls {

/// Does not return.
Result<std::uint32_t> exit(int status) {
    end_current(WaitStatus::exited(status));
}

/// The process's number.
Result<std::uint32_t> getpid() {
    return static_cast<std::uint32_t>(current().id());
}

/// Moves the program break to `end` and returns it; the old one if that is not possible.
/// This is Linux's system call, which has no error; brk(0) is how to ask.
Result<std::uint32_t> brk(VirtualAddress end) {
    const Result<void> moved = current().set_program_break(end);
    static_cast<void>(moved); // success or not: the answer is where the break is now
    return current().program_break().value();
}

/// Clock ticks since the start of the machine. The buffer, if there is one, gets
/// what this process used, and the children that it has waited for; all of it as user time: what
/// the kernel takes for it is counted with it.
Result<std::uint32_t> times(UserPointer<tms> buffer) {
    if (!buffer.is_null()) {
        const tms used{.tms_utime = static_cast<long>(current().ticks_used()),
                       .tms_stime = 0,
                       .tms_cutime = static_cast<long>(current().ticks_of_children),
                       .tms_cstime = 0};
        TRY(copy_to_user(buffer, used));
    }
    return pit::ticks();
}

} // namespace kernel::system_call::calls
