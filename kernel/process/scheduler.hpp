// The scheduler: which thread has the processor, who comes next, and who sleeps (chapter 11).
#pragma once

#include "lib/error.hpp"
#include "process/thread.hpp"

// Everything here takes constant time, however many threads there are. Interrupts are off in all of the kernel, so no
// function needs a lock; a switch from one thread to another happens only where one of these is called.
namespace kernel::scheduler {

/// The thread that has the processor; null while the boot stack has it, on which the kernel runs for itself.
extern Thread* running;

/// `thread` may run from now on: it goes to the end of the run queue.
void start(Thread& thread);

/// The running thread goes to the end of the run queue, and the first one gets the processor.
void yield();

/// The running thread sleeps in `queue` until somebody wakes it. Interrupted: it has been woken because it must see to
/// something else before it goes on (chapter 16). The caller asks again for what it waits for: between being woken and
/// running somebody else may have taken it.
[[nodiscard]] Result<void> sleep(WaitQueue& queue);

/// Sleeps in `queue` until `holds()`. Interrupted only if it does not hold even then: what has come at the same time counts.
template <typename Condition>
[[nodiscard]] Result<void> sleep_until(WaitQueue& queue, Condition holds) {
    for (Result<void> slept; !holds(); slept = sleep(queue)) {
        TRY(slept);
    }
    return {};
}

/// Lets the thread run that has slept longest in `queue`, if there is one; or all.
void wake_one(WaitQueue& queue);
void wake_all(WaitQueue& queue);

/// Has `thread` look at its `has_attention` at once: if it sleeps it is woken, with Interrupted.
void call_attention(Thread& thread);

/// The running thread has ended: it never runs again, and whoever knows that may give its stack back. With
/// `back_to_boot`, the boot stack is what runs next.
[[noreturn]] void leave(bool back_to_boot);

/// For the boot stack: runs threads until one ends in `leave(true)` or all of them sleep; then halts the processor
/// until an interrupt has been handled. To be called again and again.
void run_threads();

/// Called after each switch, when `running` is the thread that has the processor now (chapter 17). Returns the hook of
/// before, which a new one calls, too (chapter 20); null at first.
using SwitchHook = void (*)(Thread& thread);
SwitchHook set_switch_hook(SwitchHook hook);

} // namespace kernel::scheduler
