// Threads: the first contents of a kernel stack (chapter 11).
#include "process/thread.hpp"

/// cpu/interrupt_entry.asm: leaves the kernel with the interrupts::Frame at esp. Only jumped to.
extern "C" void interrupt_return();

namespace kernel {

namespace {

/// What switch_stacks pops from the stack it switches to, lowest address first.
struct SwitchFrame {
    std::uint32_t edi, esi, ebx, ebp;
    std::uint32_t return_address;
};

} // namespace

void Thread::prepare_kernel_stack(const interrupts::Frame& frame) {
    user_frame() = frame;
    auto* switch_frame = reinterpret_cast<SwitchFrame*>(&user_frame()) - 1;
    *switch_frame = {};
    switch_frame->return_address = reinterpret_cast<std::uint32_t>(interrupt_return);
    saved_esp = reinterpret_cast<std::uint32_t>(switch_frame);
}

} // namespace kernel
