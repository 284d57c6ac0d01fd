// Backtrace: following the chain of frame pointers (chapter 5).
#include "diagnosis/backtrace.hpp"

#include "diagnosis/symbols.hpp"
#include "lib/log.hpp"

#include "layout.h"

/// cpu/interrupt_entry.asm: where a handler returns to.
extern "C" const char interrupt_dispatched[];

namespace kernel::backtrace {

namespace {

constexpr unsigned maximum_depth = 16;
constexpr unsigned depth_on_screen = 6; // with what else a report says, it fits 25 lines

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

constexpr std::string_view margin = "    ";

/// A line of the list. All but the innermost, and what an interrupt interrupted, are return
/// addresses.
void print_line(std::uint32_t eip, bool is_return_address) {
    log::print("{}", margin);
    if (is_return_address) {
        print_call_place(eip, margin.size());
    } else {
        print_place(eip, margin.size());
    }
}

/// Lines that are details from a certain depth on.
class Depth {
public:
    ~Depth() { log::end_details(); }
    /// Whether there may be another line.
    bool next() {
        if (depth_ == depth_on_screen) {
            log::begin_details();
        }
        if (depth_ == maximum_depth) {
            log::print("    ... and so on\n");
        }
        return depth_++ < maximum_depth;
    }

private:
    unsigned depth_ = 0;
};

/// From `eip`, in the function whose frame pointer is `ebp`.
void print(std::uint32_t eip, std::uint32_t ebp, bool is_return_address) {
    for (Depth depth; depth.next();) {
        print_line(eip, is_return_address);
        if (!is_on_this_stack(ebp)) {
            return;
        }
        const auto* frame = reinterpret_cast<const StackFrame*>(ebp);
        if (frame->return_address == reinterpret_cast<std::uint32_t>(interrupt_dispatched)) {
            // interrupt_dispatch's own frame. Above it lie its argument, and then what the stub
            // saved.
            constexpr std::uint32_t argument_size = 4;
            const auto* interrupted =
                reinterpret_cast<const interrupts::Frame*>(ebp + sizeof(StackFrame) + argument_size);
            log::print("    -- interrupt, vector {} --\n", interrupted->vector);
            if (interrupted->from_user()) {
                print_line(interrupted->eip, false);
                return;
            }
            eip = interrupted->eip;
            ebp = interrupted->ebp;
            is_return_address = false;
            continue;
        }
        if (frame->return_address == 0) {
            return;
        }
        eip = frame->return_address;
        ebp = frame->caller_ebp;
        is_return_address = true;
    }
}

} // namespace

void print(const interrupts::Frame& frame) {
    print(frame.eip, frame.ebp, false);
}

void print_program(const interrupts::Frame& frame, bool (*read)(void* to, std::uint32_t address, std::uint32_t size)) {
    std::uint32_t eip = frame.eip;
    std::uint32_t ebp = frame.ebp;
    bool is_return_address = false;
    for (Depth depth; depth.next();) {
        print_line(eip, is_return_address);
        StackFrame caller{};
        // An ebp of 0 ends the chain; in a flat program there is memory at 0.
        if (ebp == 0 || !read(&caller, ebp, sizeof(caller))) {
            return;
        }
        eip = caller.return_address;
        ebp = caller.caller_ebp;
        is_return_address = true;
    }
}

void print_here() {
    const auto* frame = static_cast<const StackFrame*>(__builtin_frame_address(0));
    print(frame->return_address, frame->caller_ebp, true);
}

} // namespace kernel::backtrace
