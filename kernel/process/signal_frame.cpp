// Signal frames: a program's registers as its signal handler finds them, and gives them back (chapter 18).
#include "process/signal_frame.hpp"

#include "layout.h"

#include <cstring>

namespace kernel::signal_frame {

namespace {

constexpr std::uint16_t user_code = USER_CODE | 3;
constexpr std::uint16_t user_data = USER_DATA | 3;

// Intel SDM Vol. 1, 3.4.3 EFLAGS Register, figure 3-8.
constexpr std::uint32_t direction_flag = 1U << 10;
constexpr std::uint32_t trap_flag = 1U << 8;
constexpr std::uint32_t resume_flag = 1U << 16;
constexpr std::uint32_t alignment_check = 1U << 18;
constexpr std::uint32_t status_flags = 0x8D5; // OF, SF, ZF, AF, PF, CF
constexpr std::uint32_t programs_flags = status_flags | direction_flag | trap_flag | resume_flag | alignment_check;

/// For a handler without SA_RESTORER: `pop eax; mov eax, 119 (sigreturn); int 0x80`, and the same with 173 (rt_sigreturn),
/// which leaves the number where it is.
constexpr unsigned char return_code[8] = {0x58, 0xB8, 119, 0, 0, 0, 0xCD, SYSTEM_CALL_VECTOR};
constexpr unsigned char rt_return_code[8] = {0xB8, 173, 0, 0, 0, 0xCD, SYSTEM_CALL_VECTOR, 0x90};

sigcontext32 saved(const interrupts::Frame& frame, const Call& call) {
    sigcontext32 context{};
    context.gs = frame.gs;
    context.fs = frame.fs;
    context.es = frame.es;
    context.ds = frame.ds;
    context.edi = frame.edi;
    context.esi = frame.esi;
    context.ebp = frame.ebp;
    context.esp = context.esp_at_signal = frame.user_esp;
    context.ebx = frame.ebx;
    context.edx = frame.edx;
    context.ecx = frame.ecx;
    context.eax = frame.eax;
    context.trapno = frame.vector;
    context.err = frame.error_code;
    context.eip = frame.eip;
    context.cs = frame.cs;
    context.eflags = frame.eflags;
    context.ss = frame.user_ss;
    context.fpstate = call.floating_point;
    context.oldmask = static_cast<std::uint32_t>(call.mask);
    context.cr2 = frame.is(interrupts::Vector::PageFault) ? frame.cr2 : 0; // else it is where the kernel's stack was
    return context;
}

std::uint16_t data_segment(std::uint16_t selector) {
    return selector == user_data || selector == user_code ? selector : std::uint16_t{0};
}

/// Where a frame of `size` bytes begins, so that the handler's stack is aligned as that of any function: 4 bytes above esp,
/// after the return address, is a multiple of 16.
std::uint32_t place(std::uint32_t stack, std::size_t size) {
    return ((stack - static_cast<std::uint32_t>(size) + 4) & ~15U) - 4;
}

} // namespace

void begin_handler(Image& image, interrupts::Frame& frame, const Call& call, const siginfo32& info) {
    const auto high_mask = static_cast<std::uint32_t>(call.mask >> 32);
    const bool has_restorer = (call.flags & SA_RESTORER) != 0;
    std::uint32_t info_address = 0;
    std::uint32_t context_address = 0;
    if ((call.flags & SA_SIGINFO) != 0) {
        image.size = sizeof(rt_signal_frame);
        image.address = place(call.stack, image.size);
        info_address = image.address + offsetof(rt_signal_frame, info);
        context_address = image.address + offsetof(rt_signal_frame, context);
        rt_signal_frame made{};
        made.return_address = has_restorer
                                  ? call.restorer
                                  : image.address + static_cast<std::uint32_t>(offsetof(rt_signal_frame, return_code));
        made.number = info.si_signo;
        made.info_address = info_address;
        made.context_address = context_address;
        made.info = info;
        made.context.uc_stack = call.alternate;
        made.context.uc_mcontext = saved(frame, call);
        made.context.uc_sigmask[0] = static_cast<std::uint32_t>(call.mask);
        made.context.uc_sigmask[1] = high_mask;
        std::memcpy(made.return_code, rt_return_code, sizeof(rt_return_code));
        std::memcpy(image.bytes, &made, sizeof(made));
    } else {
        image.size = sizeof(struct signal_frame);
        image.address = place(call.stack, image.size);
        struct signal_frame made {};
        made.return_address =
            has_restorer ? call.restorer
                         : image.address + static_cast<std::uint32_t>(offsetof(struct signal_frame, return_code));
        made.number = info.si_signo;
        made.context = saved(frame, call);
        made.high_mask = high_mask;
        std::memcpy(made.return_code, return_code, sizeof(return_code));
        std::memcpy(image.bytes, &made, sizeof(made));
    }
    frame.user_esp = image.address;
    frame.eip = call.handler;
    frame.eax = static_cast<std::uint32_t>(info.si_signo); // for handlers that take their arguments in registers
    frame.edx = info_address;
    frame.ecx = context_address;
    frame.ds = frame.es = frame.user_ss = user_data;
    frame.cs = user_code;
    frame.eflags &= ~(direction_flag | trap_flag | resume_flag);
}

void restore(interrupts::Frame& frame, const sigcontext32& context) {
    frame.gs = data_segment(context.gs);
    frame.fs = data_segment(context.fs);
    frame.es = data_segment(context.es);
    frame.ds = data_segment(context.ds);
    frame.edi = context.edi;
    frame.esi = context.esi;
    frame.ebp = context.ebp;
    frame.ebx = context.ebx;
    frame.edx = context.edx;
    frame.ecx = context.ecx;
    frame.eax = context.eax;
    frame.eip = context.eip;
    frame.cs = user_code;
    frame.eflags = (frame.eflags & ~programs_flags) | (context.eflags & programs_flags);
    frame.user_esp = context.esp;
    frame.user_ss = user_data;
}

} // namespace kernel::signal_frame
