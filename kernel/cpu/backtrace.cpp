// Backtrace: following the chain of frame pointers (chapter 5).
#include "cpu/backtrace.hpp"

#include "lib/log.hpp"
#include "lib/symbols.hpp"

#include "layout.h"

/// cpu/interrupt_entry.asm: where a handler returns to.
extern "C" const char interrupt_dispatched[];

namespace kernel::backtrace {

namespace {

constexpr unsigned maximum_depth = 12;

/// What a function begins with, `push ebp; mov ebp, esp`, leaves on the stack: the caller's frame
/// pointer and, above it, where to return to.
struct StackFrame {
    std::uint32_t caller_ebp;
    std::uint32_t return_address;
};

/// Whether `ebp` can be a frame pointer of the stack that the processor is on now: aligned, and
/// between here and the stack's end. Kernel stacks are KERNEL_STACK_SIZE large and aligned to that.
bool is_on_this_stack(std::uint32_t ebp) {
    const auto here = reinterpret_cast<std::uint32_t>(__builtin_frame_address(0));
    const std::uint32_t last = here | (KERNEL_STACK_SIZE - 1); // its last byte
    return ebp % 4 == 0 && ebp >= here && ebp <= last - sizeof(StackFrame);
}

} // namespace

void print(std::uint32_t eip, std::uint32_t ebp) {
    for (unsigned depth = 0; depth < maximum_depth; ++depth) {
        log::print("    ");
        print_place(eip);
        if (!is_on_this_stack(ebp)) {
            return;
        }
        const auto* frame = reinterpret_cast<const StackFrame*>(ebp);
        if (frame->return_address == reinterpret_cast<std::uint32_t>(interrupt_dispatched)) {
            // interrupt_dispatch's own frame. Above it lie its argument, and then what the stub
            // saved.
            constexpr std::uint32_t argument_size = 4;
            const auto* interrupted = reinterpret_cast<const interrupts::Frame*>(
                ebp + sizeof(StackFrame) + argument_size);
            log::print("    -- interrupt, vector {} --\n", interrupted->vector);
            if (interrupted->from_user()) {
                log::print("    ");
                print_place(interrupted->eip);
                return;
            }
            eip = interrupted->eip;
            ebp = interrupted->ebp;
            continue;
        }
        if (frame->return_address == 0) {
            return;
        }
        eip = frame->return_address;
        ebp = frame->caller_ebp;
    }
    log::print("    ... and so on\n");
}

void print(const interrupts::Frame& frame) {
    print(frame.eip, frame.ebp);
}

void print_here() {
    const auto* frame = static_cast<const StackFrame*>(__builtin_frame_address(0));
    print(frame->return_address, frame->caller_ebp);
}

} // namespace kernel::backtrace
