// Copy on write: the page fault that copies, and what a fork does instead (chapter 19).
#include "process/copy_on_write.hpp"

#include "diagnosis/upper_layers.hpp"
#include "lib/log.hpp"
#include "memory/paging.hpp"
#include "process/process.hpp"

#include "abi/system.h"
#include "layout.h"

namespace kernel::copy_on_write {

namespace {

/// A write to a page that is present and read-only, by the program or by the kernel for it, may be a write to a page that
/// is shared.
bool resolve(const interrupts::Frame& frame) {
    using interrupts::PageFaultBit;
    if (!frame.has(PageFaultBit::Protection) || !frame.has(PageFaultBit::Write) || frame.cr2 >= KERNEL_BASE ||
        scheduler::running == nullptr) {
        return false;
    }
    const Result<bool> owned = current().address_space().own(VirtualAddress(frame.cr2));
    if (!owned && frame.from_user()) {
        log::info("process {} ({}): killed by SIGKILL (there is no memory left for a page of its own)", current().id(),
                  current().name());
        end_current(WaitStatus::killed_by(SIGKILL));
    }
    return owned && *owned;
}

Result<AddressSpace> share(AddressSpace& space) {
    Result<AddressSpace> shared = space.share();
    paging::load(space.directory()); // writable entries have become read-only: the TLB must not remember them
    return shared;
}

} // namespace

void enable() {
    exceptions::upper_layers.resolve_page_fault = resolve;
    process::set_memory_for_child(share);
}

} // namespace kernel::copy_on_write
