// Copy on write: the page fault that copies, and what a fork does instead (chapter 19).
#include "process/copy_on_write.hpp"

#include "cpu/interrupts.hpp"
#include "cpu/registers.hpp"
#include "lib/log.hpp"
#include "memory/paging.hpp"
#include "process/process.hpp"

#include "abi/system.h"
#include "layout.h"

namespace kernel::copy_on_write {

namespace {

constexpr std::uint8_t page_fault = 14;

interrupts::Handler other_faults = nullptr;

/// A write to a page that is present and read-only, by the program or by the kernel for it, may be a write to a page that
/// is shared. All other faults are what they were before.
void handle(interrupts::Frame& frame) {
    constexpr std::uint32_t present_and_write = 0b11; // Intel SDM Vol. 3A, 4.7 Page-Fault Exceptions, figure 4-12
    const VirtualAddress address(cpu::read_cr2());
    if ((frame.error_code & present_and_write) == present_and_write && address.value() < KERNEL_BASE &&
        scheduler::running != nullptr) {
        const Result<bool> owned = current().address_space().own(address);
        if (owned && *owned) {
            return;
        }
        if (!owned && frame.from_user()) {
            log::info("process {} ({}): killed by SIGKILL (there is no memory left for a page of its own)",
                      current().id(), current().name());
            end_current(WaitStatus::killed_by(SIGKILL));
        }
    }
    other_faults(frame);
}

Result<AddressSpace> share(AddressSpace& space) {
    Result<AddressSpace> shared = space.share();
    paging::load(space.directory()); // writable entries have become read-only: the TLB must not remember them
    return shared;
}

} // namespace

void enable() {
    other_faults = interrupts::handler_of(page_fault);
    interrupts::set_handler(page_fault, handle);
    process::set_memory_for_child(share);
}

} // namespace kernel::copy_on_write
