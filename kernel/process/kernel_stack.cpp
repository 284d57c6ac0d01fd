// Kernel stacks: where each lies (its slot), and its memory (chapter 11).
#include "process/kernel_stack.hpp"

#include "memory/frames.hpp"
#include "memory/paging.hpp"

#include "layout.h"

namespace kernel {

namespace {

// The last slot stays unused: its end would be 2^32, which is 0 in 32 bits.
constexpr std::uint32_t slot_count = KERNEL_STACKS_SIZE / KERNEL_STACK_SLOT - 1;

/// Free slots: those that were given back, the last one on top, and all from `fresh_slot` on.
std::uint16_t returned_slots[slot_count];
std::uint32_t returned_count = 0;
std::uint32_t fresh_slot = 0;

/// Unmaps and releases the pages [`begin`, `end`) of a stack.
void release_pages(VirtualAddress begin, VirtualAddress end) {
    for (VirtualAddress page = begin; page != end; page = page + PAGE_SIZE) {
        frames::release(paging::unmap_kernel_page(page));
    }
}

} // namespace

Result<KernelStack> KernelStack::create() {
    if (returned_count == 0 && fresh_slot == slot_count) {
        return std::unexpected(Error::TryAgain); // as fork has it when there are too many processes
    }
    const std::uint32_t slot = returned_count > 0 ? returned_slots[returned_count - 1] : fresh_slot;
    const VirtualAddress end(KERNEL_STACKS + (slot + 1) * KERNEL_STACK_SLOT);
    const VirtualAddress begin(end.value() - KERNEL_STACK_SIZE);
    for (VirtualAddress page = begin; page != end; page = page + PAGE_SIZE) {
        Result<frames::Owner> frame = frames::allocate();
        if (!frame) {
            release_pages(begin, page);
            return std::unexpected(frame.error());
        }
        paging::map_kernel_page(page, frame->hand_over());
    }
    if (returned_count > 0) {
        --returned_count;
    } else {
        ++fresh_slot;
    }
    return KernelStack(end);
}

KernelStack::~KernelStack() {
    if (end_ == VirtualAddress()) { // moved away
        return;
    }
    release_pages(VirtualAddress(end_.value() - KERNEL_STACK_SIZE), end_);
    returned_slots[returned_count++] =
        static_cast<std::uint16_t>((end_.value() - KERNEL_STACKS) / KERNEL_STACK_SLOT - 1);
}

} // namespace kernel
