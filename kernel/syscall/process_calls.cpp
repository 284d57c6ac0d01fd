// System calls about the process itself: exit, getpid, brk, times (chapter 12).
#include "drivers/pit.hpp"
#include "memory/user_memory.hpp"
#include "process/process.hpp"
#include "syscall/system_call.hpp"

#include "abi/system.h"

namespace kernel::system_call::calls {

/// exit(status): does not return.
Result<std::uint32_t> exit(interrupts::Frame& frame) {
    end_current(WaitStatus::exited(frame.ebx));
}

/// getpid(): the process's number.
Result<std::uint32_t> getpid(interrupts::Frame& /*frame*/) {
    return static_cast<std::uint32_t>(current_process->id());
}

/// brk(address): moves the program break there and returns it; the old one if that is not possible.
/// This is Linux's system call, which has no error; brk(0) is how to ask.
Result<std::uint32_t> brk(interrupts::Frame& frame) {
    const Result<void> moved = current_process->set_program_break(VirtualAddress(frame.ebx));
    static_cast<void>(moved); // success or not: the answer is where the break is now
    return current_process->program_break().value();
}

/// times(buffer): clock ticks since the start of the machine. The buffer, if there is one, gets
/// what this process used; all of it as user time, since the kernel runs with interrupts off and no
/// tick falls into it.
Result<std::uint32_t> times(interrupts::Frame& frame) {
    const UserPointer<tms> buffer(frame.ebx);
    if (!buffer.is_null()) {
        const tms used{.tms_utime = static_cast<long>(current_process->ticks_used()),
                       .tms_stime = 0,
                       .tms_cutime = 0,
                       .tms_cstime = 0};
        if (const Result<void> copied = copy_to_user(buffer, used); !copied) {
            return std::unexpected(copied.error());
        }
    }
    return pit::ticks();
}

} // namespace kernel::system_call::calls
