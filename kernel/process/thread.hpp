// Threads: what the scheduler knows of a process, which is a kernel stack that is run or left (chapter 11).
#pragma once

#include "cpu/interrupts.hpp"
#include "lib/address.hpp"
#include "lib/list.hpp"
#include "process/kernel_stack.hpp"

#include <bit>
#include <cstdint>
#include <optional>

namespace kernel {

struct QueueTag;

/// What a thread has to see to before it goes back to privilege level 3.
struct Attention {
    /// Set to have the thread do something then (chapter 16: to end). It does not sleep before.
    bool has_attention = false;

    /// Set when a tick comes while it has the processor: if that was in a system call, its turn ends with the call (chapter 17).
    bool has_had_turn = false;

    /// Whether it is either: asked after each system call, and so in one instruction.
    [[nodiscard]] bool has_to_attend() const { return std::bit_cast<std::uint16_t>(*this) != 0; }
};

/// One flow of execution: at privilege level 3 in a program, and on its own kernel stack while the kernel works for it.
/// It is in one queue at most: the run queue while it could run, a wait queue while it sleeps.
class Thread : public Link<QueueTag>, public Attention {
public:
    explicit Thread(KernelStack stack) : stack_(static_cast<KernelStack&&>(stack)) {}

    /// Makes the kernel stack look as if the program had been interrupted with the registers of `frame` and had then
    /// given up the processor: the first run restores them. So the first instruction of a program and the return of a
    /// fork in the child are one case.
    void prepare_kernel_stack(const interrupts::Frame& frame);

    /// If the thread, which does not run now, has never run: it will call `function` before it goes to privilege level 3.
    void call_first(void (*function)(interrupts::Frame& frame));

    /// The frame with which privilege level 3 was left last: an interrupt from there finds the kernel stack empty.
    [[nodiscard]] interrupts::Frame& user_frame() const {
        return *(reinterpret_cast<interrupts::Frame*>(stack_.end().value()) - 1);
    }

    [[nodiscard]] const KernelStack& kernel_stack() const { return stack_; }

    /// The page directory that is in use while the thread runs.
    PhysicalAddress directory;

    /// Set when it has to end: a call that takes long breaks off. (Chapter 18.)
    bool is_doomed = false;

    /// After a sleep that was interrupted: until which tick it was to last. Kept for the call if that goes on (chapter 18).
    std::optional<std::uint32_t> sleeps_until;

    /// Whether it is in a wait queue: for /proc (chapter 18).
    bool is_asleep = false;

    /// Where the kernel stack was left when the thread last gave up the processor.
    std::uint32_t saved_esp = 0;

    /// Clock ticks that passed while it had the processor.
    [[nodiscard]] std::uint32_t ticks_used() const;

    /// Those up to the last time that it gave up the processor, and the tick at which it last got it.
    std::uint32_t ticks_before = 0;
    std::uint32_t running_since = 0;

    /// Those of the children that it has waited for, and of the children that these had waited for (chapter 16).
    std::uint32_t ticks_of_children = 0;

private:
    KernelStack stack_;
};

/// Where threads sleep until something happens: it belongs to the thing that they wait for.
using WaitQueue = List<Thread, QueueTag>;

} // namespace kernel
