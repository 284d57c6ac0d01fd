// Kernel stacks: slots and their memory (chapter 11).
#include "process/kernel_stack.hpp"

#include "memory/frames.hpp"
#include "memory/paging.hpp"

#include "layout.h"

namespace kernel {

namespace {

// The last slot stays unused: its end would be 2^32, which is 0 in 32 bits.
constexpr std::uint32_t slot_count = KERNEL_STACKS_SIZE / KERNEL_STACK_SLOT - 1;
bool slot_used[slot_count];

/// Unmaps and releases the pages [`begin`, `end`) of a stack.
void release_pages(VirtualAddress begin, VirtualAddress end) {
    for (VirtualAddress page = begin; page != end; page = page + PAGE_SIZE) {
        frames::release(paging::unmap_kernel_page(page));
    }
}

} // namespace

Result<KernelStack> KernelStack::create() {
    for (std::uint32_t slot = 0; slot < slot_count; ++slot) {
        if (slot_used[slot]) {
            continue;
        }
        const VirtualAddress end(KERNEL_STACKS + (slot + 1) * KERNEL_STACK_SLOT);
        const VirtualAddress begin(end.value() - KERNEL_STACK_SIZE);
        for (VirtualAddress page = begin; page != end; page = page + PAGE_SIZE) {
            const Result<PhysicalAddress> frame = frames::allocate();
            if (!frame) {
                release_pages(begin, page);
                return std::unexpected(frame.error());
            }
            paging::map_kernel_page(page, *frame);
        }
        slot_used[slot] = true;
        return KernelStack(end);
    }
    return std::unexpected(Error::OutOfMemory);
}

KernelStack::~KernelStack() {
    if (end_ == VirtualAddress()) { // moved away
        return;
    }
    release_pages(VirtualAddress(end_.value() - KERNEL_STACK_SIZE), end_);
    slot_used[(end_.value() - KERNEL_STACKS) / KERNEL_STACK_SLOT - 1] = false;
}

} // namespace kernel
