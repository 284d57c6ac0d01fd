// The scheduler: the run queue, and the switch from one kernel stack to another (chapter 11).
#include "process/scheduler.hpp"

#include "cpu/registers.hpp"
#include "cpu/tss.hpp"
#include "drivers/pit.hpp"
#include "lib/panic.hpp"
#include "memory/paging.hpp"

#include <utility>

/// process/switch_stacks.asm: saves the callee-saved registers on this stack and its esp in
/// `*saved_esp`, and goes on with the stack that was left at `next_esp`.
extern "C" void switch_stacks(std::uint32_t* saved_esp, std::uint32_t next_esp);

namespace kernel::scheduler {

constinit Thread* running = nullptr;

namespace {

constinit WaitQueue run_queue;

/// The boot stack, on which kernel_main runs, while a thread has the processor.
std::uint32_t boot_esp;

SwitchHook switch_hook = nullptr;

/// Gives the processor to `next`, or to the boot stack if that is null. Returns when the stack that called gets it back.
void switch_to(Thread* next) {
    Thread* const previous = running;
    if (next == previous) {
        return;
    }
    const std::uint32_t now = pit::ticks();
    if (previous != nullptr) {
        previous->ticks_before += now - previous->running_since;
    }
    running = next;
    std::uint32_t& saved_esp = previous != nullptr ? previous->saved_esp : boot_esp;
    if (next == nullptr) {
        paging::load(paging::kernel_directory());
        switch_stacks(&saved_esp, boot_esp);
        return;
    }
    next->has_had_turn = false;
    next->running_since = now;
    tss::set_kernel_stack(next->kernel_stack().end().value());
    paging::load(next->directory);
    if (switch_hook != nullptr) {
        switch_hook(*next);
    }
    switch_stacks(&saved_esp, next->saved_esp);
}

} // namespace

void start(Thread& thread) {
    thread.is_asleep = false;
    run_queue.push_back(thread);
}

void yield() {
    if (!run_queue.empty()) {
        run_queue.push_back(*running);
        switch_to(run_queue.pop_front());
    }
}

Result<void> sleep(WaitQueue& queue) {
    if (!running->has_attention) {
        running->is_asleep = true;
        queue.push_back(*running);
        switch_to(run_queue.pop_front());
    }
    if (running->has_attention) {
        return std::unexpected(Error::Interrupted);
    }
    return {};
}

void wake_one(WaitQueue& queue) {
    if (Thread* thread = queue.pop_front(); thread != nullptr) {
        start(*thread);
    }
}

void wake_all(WaitQueue& queue) {
    while (Thread* thread = queue.pop_front()) {
        start(*thread);
    }
}

void call_attention(Thread& thread) {
    thread.has_attention = true;
    if (thread.is_asleep) { // else it runs, or keeps its place in the run queue
        thread.unlink();
        start(thread);
    }
}

void leave(bool back_to_boot) {
    switch_to(back_to_boot ? nullptr : run_queue.pop_front());
    panic("a thread that has ended must not run again");
}

void run_threads() {
    if (run_queue.empty()) {
        cpu::wait_for_interrupt();
    } else {
        switch_to(run_queue.pop_front());
    }
}

SwitchHook set_switch_hook(SwitchHook hook) {
    return std::exchange(switch_hook, hook);
}

} // namespace kernel::scheduler

std::uint32_t kernel::Thread::ticks_used() const {
    return ticks_before + (scheduler::running == this ? pit::ticks() - running_since : 0);
}
