// Signal frames: a program's registers as its signal handler finds them, and gives them back (chapter 18).
#pragma once

#include "cpu/interrupts.hpp"

#include "abi/signal.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace kernel::signal_frame {

/// One bit a signal: number - 1.
using Set = std::uint64_t;

constexpr Set bit(unsigned number) {
    return Set{1} << (number - 1);
}

/// How a handler is called.
struct Call {
    std::uint32_t handler;
    std::uint32_t flags; // of sigaction: SA_SIGINFO, SA_RESTORER
    std::uint32_t restorer;
    std::uint32_t stack;              // below this address there is room for it
    Set mask;                         // for when the handler has returned
    stack32 alternate;                // told only
    std::uint32_t floating_point = 0; // where its registers are; 0: nowhere
};

/// What is put on the program's stack: `size` bytes of `bytes`, to `address`.
struct Image {
    std::uint32_t address;
    std::size_t size;
    std::byte bytes[sizeof(rt_signal_frame)];
};

/// Makes the image, from the registers in `frame`, and has `frame` begin the handler.
void begin_handler(Image& image, interrupts::Frame& frame, const Call& call, const siginfo32& info);

/// Puts the registers in `context`, which the program may have written as it liked, into `frame`. Code and stack segments
/// stay a program's, data segments are a program's or null, and of EFLAGS a program may choose what it could change itself
/// at privilege level 3.
void restore(interrupts::Frame& frame, const sigcontext32& context);

} // namespace kernel::signal_frame
