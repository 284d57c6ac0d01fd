// Processes: the first frame, the way to privilege level 3 and back, and the program break (chapter 11).
#include "process/process.hpp"

#include "cpu/interrupts.hpp"
#include "cpu/registers.hpp"
#include "cpu/tss.hpp"
#include "drivers/pit.hpp"
#include "lib/log.hpp"
#include "lib/panic.hpp"
#include "memory/frames.hpp"
#include "memory/paging.hpp"
#include "program/arguments.hpp"

#include "layout.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

/// process/switch_stacks.asm: saves the callee-saved registers on this stack and its esp in
/// `*saved_esp`, and goes on with the stack that was left at `next_esp`.
extern "C" void switch_stacks(std::uint32_t* saved_esp, std::uint32_t next_esp);

/// cpu/interrupt_entry.asm: leaves the kernel with the interrupts::Frame at esp. Only jumped to.
extern "C" void interrupt_return();

namespace kernel {

Process* current_process = nullptr;

namespace {

constexpr std::uint32_t user_privilege = 3;

/// The stack of kernel_main while a process runs.
std::uint32_t kernel_main_esp;

/// What switch_stacks pops from the stack it switches to, lowest address first.
struct SwitchFrame {
    std::uint32_t edi, esi, ebx, ebp;
    std::uint32_t return_address;
};

} // namespace

Process::Process(std::int32_t id, std::string_view name, AddressSpace space, KernelStack stack,
                 const program::Start& start, SymbolTable symbols)
    : id_(id), name_length_(std::min(name.size(), sizeof(name_))), space_(std::move(space)), stack_(std::move(stack)),
      start_(start), symbols_(symbols), break_(start.break_begin) {
    std::memcpy(name_, name.data(), name_length_);
}

Result<Process*> Process::create(std::int32_t id, std::span<const std::byte> file, std::string_view arguments,
                                 SymbolTable symbols) {
    const std::string_view name = arguments::program_name(arguments);
    Result<AddressSpace> space = AddressSpace::create();
    if (!space) {
        return std::unexpected(space.error());
    }
    const Result<program::Start> start = program::load(*space, name, file, arguments);
    if (!start) {
        return std::unexpected(start.error());
    }
    Result<KernelStack> stack = KernelStack::create();
    if (!stack) {
        return std::unexpected(stack.error());
    }
    auto* process = new (std::nothrow) Process(id, name, std::move(*space), std::move(*stack), *start, symbols);
    if (process == nullptr) {
        return std::unexpected(Error::OutOfMemory);
    }
    process->prepare_kernel_stack();
    return process;
}

/// Makes the kernel stack look as if the process had been interrupted just before its first
/// instruction and had then given up the processor: switch_stacks returns to interrupt_return, and
/// that leaves for privilege level 3.
void Process::prepare_kernel_stack() {
    auto* frame = reinterpret_cast<interrupts::Frame*>(stack_.end().value()) - 1;
    *frame = {}; // all general registers start as 0
    frame->ds = frame->es = frame->fs = frame->gs = USER_DATA | user_privilege;
    // What iret pops (Intel SDM Vol. 2A, IRET/IRETD: return to outer privilege level): eip, cs,
    // eflags, esp, ss.
    frame->eip = start_.entry.value();
    frame->cs = USER_CODE | user_privilege;
    frame->eflags = cpu::eflags_reserved | cpu::eflags_interrupt; // IOPL 0: no cli, sti, in or out
    frame->user_esp = start_.stack.value();
    frame->user_ss = USER_DATA | user_privilege;

    auto* switch_frame = reinterpret_cast<SwitchFrame*>(frame) - 1;
    *switch_frame = {};
    switch_frame->return_address = reinterpret_cast<std::uint32_t>(interrupt_return);
    saved_esp_ = reinterpret_cast<std::uint32_t>(switch_frame);
}

std::uint32_t Process::ticks_used() const {
    return ticks_used_ + (current_process == this ? pit::ticks() - running_since_ : 0);
}

WaitStatus run(Process& process) {
    while (!process.ended_) {
        cpu::handle_pending_interrupts();
        if (process.wakes_when_ != nullptr && !process.wakes_when_()) {
            cpu::wait_for_interrupt();
            continue;
        }
        process.wakes_when_ = nullptr;
        process.running_since_ = pit::ticks();
        current_process = &process;
        tss::set_kernel_stack(process.stack_.end().value());
        paging::load(process.space_.directory());
        set_program_symbols(process.symbols_);
        switch_stacks(&kernel_main_esp, process.saved_esp_);
        // Here again when the process sleeps or has ended.
        paging::load(paging::kernel_directory());
        process.ticks_used_ = process.ticks_used();
        current_process = nullptr;
    }
    return *process.ended_;
}

void end_current(WaitStatus status) {
    current_process->ended_ = status;
    switch_stacks(&current_process->saved_esp_, kernel_main_esp);
    panic("a process that has ended must not run again");
}

void sleep_until(bool (*condition)()) {
    current_process->wakes_when_ = condition;
    switch_stacks(&current_process->saved_esp_, kernel_main_esp);
}

Result<void> Process::set_program_break(VirtualAddress new_break) {
    constexpr std::uint32_t highest = USER_STACK_BOTTOM - PAGE_SIZE; // one page stays unmapped below the stack
    if (new_break < start_.break_begin || new_break.value() > highest) {
        return std::unexpected(Error::InvalidArgument);
    }
    const VirtualAddress old_end(page_round_up(break_.value()));
    const VirtualAddress new_end(page_round_up(new_break.value()));
    if (new_end > old_end && (new_end.value() - old_end.value()) / PAGE_SIZE > frames::free_count()) {
        return std::unexpected(Error::OutOfMemory); // at once, not after having zeroed all memory there is
    }
    for (VirtualAddress page = old_end; page < new_end; page = page + PAGE_SIZE) {
        const Result<PhysicalAddress> allocated = frames::allocate_zeroed();
        frames::Owner frame = allocated ? frames::Owner(*allocated) : frames::Owner();
        if (!frame || !space_.map(page, frame, Access::Writable)) {
            for (VirtualAddress mapped = old_end; mapped < page; mapped = mapped + PAGE_SIZE) {
                space_.unmap(mapped);
            }
            return std::unexpected(Error::OutOfMemory);
        }
    }
    for (VirtualAddress page = new_end; page < old_end; page = page + PAGE_SIZE) {
        space_.unmap(page);
    }
    // The rest of the last page is the program's to write. Should it become new memory one day, the
    // promise is that it is zero.
    if (new_break > break_ && break_ < old_end) {
        space_.clear(break_, std::min(new_break, old_end));
    }
    break_ = new_break;
    return {};
}

} // namespace kernel
