// Threads: the first contents of a kernel stack (chapter 11).
#include "process/thread.hpp"

/// cpu/interrupt_entry.asm: leaves the kernel with the interrupts::Frame at esp. Only jumped to.
extern "C" void interrupt_return();
/// The same, where a handler returns to: its argument is still on the stack. Only returned to.
extern "C" void interrupt_dispatched();

namespace kernel {

namespace {

/// What switch_stacks pops from the stack it switches to, lowest address first.
struct SwitchFrame {
    std::uint32_t edi, esi, ebx, ebp;
    std::uint32_t return_address;
};

/// The same where that is a function's first instruction, and what the function finds: its own return address and argument.
struct FirstCallFrame {
    SwitchFrame popped;
    void (*return_address)();
    interrupts::Frame* argument;
};

} // namespace

void Thread::prepare_kernel_stack(const interrupts::Frame& frame) {
    user_frame() = frame;
    auto* switch_frame = reinterpret_cast<SwitchFrame*>(&user_frame()) - 1;
    *switch_frame = {};
    switch_frame->return_address = reinterpret_cast<std::uint32_t>(interrupt_return);
    saved_esp = reinterpret_cast<std::uint32_t>(switch_frame);
}

void Thread::call_first(void (*function)(interrupts::Frame& frame)) {
    if (reinterpret_cast<SwitchFrame*>(saved_esp)->return_address !=
        reinterpret_cast<std::uint32_t>(interrupt_return)) {
        return;
    }
    auto* call_frame = reinterpret_cast<FirstCallFrame*>(&user_frame()) - 1;
    *call_frame = {.popped = {}, .return_address = interrupt_dispatched, .argument = &user_frame()};
    call_frame->popped.return_address = reinterpret_cast<std::uint32_t>(function);
    saved_esp = reinterpret_cast<std::uint32_t>(call_frame);
}

} // namespace kernel
