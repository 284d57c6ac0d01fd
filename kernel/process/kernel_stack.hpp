// Kernel stacks: one per process, each with unmapped memory below it (chapter 11).
#pragma once

#include "lib/address.hpp"
#include "lib/error.hpp"

#include <cstdint>

namespace kernel {

/// Owns one slot of the region KERNEL_STACKS and KERNEL_STACK_SIZE bytes of memory in it. The lower
/// part of the slot stays unmapped: an overflow faults. Must not end while the processor runs on
/// it.
class KernelStack {
public:
    /// OutOfMemory if there is no frame left, TryAgain if there is no slot.
    [[nodiscard]] static Result<KernelStack> create();

    KernelStack(KernelStack&& other) noexcept : end_(other.end_) { other.end_ = VirtualAddress(); }
    KernelStack& operator=(KernelStack&&) = delete;
    ~KernelStack();

    /// One past its highest byte: what esp is when the stack is empty.
    [[nodiscard]] VirtualAddress end() const { return end_; }

private:
    explicit KernelStack(VirtualAddress end) : end_(end) {}

    VirtualAddress end_;
};

} // namespace kernel
