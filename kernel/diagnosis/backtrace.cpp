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

/// Whether a CALL instruction ends at `address` (Intel SDM Vol. 2A, CALL): E8 and 4 bytes, or FF
/// with 2 in bits 3-5 of its ModR/M byte and up to 5 bytes after that.
bool is_after_call(std::uint32_t address, Reader read) {
    std::uint8_t opcode = 0;
    if (read(&opcode, address - 5, 1) && opcode == 0xE8) {
        return true;
    }
    for (std::uint32_t length = 2; length <= 7; ++length) {
        std::uint8_t bytes[2]{};
        if (read(bytes, address - length, sizeof(bytes)) && bytes[0] == 0xFF && (bytes[1] >> 3 & 7) == 2) {
            return true;
        }
    }
    return false;
}

/// A line of the list, before it is printed.
struct Call {
    std::uint32_t eip;
    bool is_return_address;
};

/// Where the chain of frame pointers begins. If a call led eip astray, no `push ebp` has been
/// executed there and the chain leaves the caller out: the word at esp names it.
Call first_call(const interrupts::Frame& frame, std::uint32_t esp, Reader read, Depth& depth) {
    const bool is_astray = !is_code(frame.eip) || (frame.from_user() && frame.eip >= KERNEL_BASE);
    std::uint32_t word = 0;
    if (!is_astray || !read(&word, esp, sizeof(word)) || !is_after_call(word, read)) {
        return {frame.eip, false};
    }
    depth.next();
    print_line(frame.eip, false);
    return {word, true};
}

/// From `call` on, in the function whose frame pointer is `ebp`.
void print(Call call, std::uint32_t ebp, Depth& depth) {
    while (depth.next()) {
        print_line(call.eip, call.is_return_address);
        if (!is_on_this_stack(ebp)) {
            return;
        }
        const auto* frame = reinterpret_cast<const StackFrame*>(ebp);
        if (frame->return_address == reinterpret_cast<std::uint32_t>(interrupt_dispatched)) {
            // The handler's own frame, which interrupt_common has called. Above it lie its argument,
            // and then what the stub saved.
            constexpr std::uint32_t argument_size = 4;
            const auto* interrupted =
                reinterpret_cast<const interrupts::Frame*>(ebp + sizeof(StackFrame) + argument_size);
            log::print("    -- interrupt, vector {} --\n", interrupted->vector);
            if (interrupted->from_user()) {
                if (depth.next()) {
                    print_line(interrupted->eip, false);
                }
                return;
            }
            call = {interrupted->eip, false};
            ebp = interrupted->ebp;
            continue;
        }
        if (frame->return_address == 0) {
            return;
        }
        call = {frame->return_address, true};
        ebp = frame->caller_ebp;
    }
}

} // namespace

void print(const interrupts::Frame& frame, Reader read) {
    const auto esp = reinterpret_cast<std::uint32_t>(&frame.user_esp); // the stack did not change
    Depth depth;
    print(first_call(frame, esp, read, depth), frame.ebp, depth);
}

void print_program(const interrupts::Frame& frame, Reader read) {
    Depth depth;
    Call call = first_call(frame, frame.user_esp, read, depth);
    std::uint32_t ebp = frame.ebp;
    while (depth.next()) {
        print_line(call.eip, call.is_return_address);
        StackFrame caller{};
        // An ebp of 0 ends the chain; in a flat program there is memory at 0.
        if (ebp == 0 || !read(&caller, ebp, sizeof(caller))) {
            return;
        }
        call = {caller.return_address, true};
        ebp = caller.caller_ebp;
    }
}

void print_here() {
    const auto* frame = static_cast<const StackFrame*>(__builtin_frame_address(0));
    Depth depth;
    print({frame->return_address, true}, frame->caller_ebp, depth);
}

} // namespace kernel::backtrace
