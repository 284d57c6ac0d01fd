// Page faults that are not mistakes, which give or copy a page (chapter 19). All others: diagnosis/exceptions.
#include "process/page_faults.hpp"

#include "diagnosis/upper_layers.hpp"
#include "lib/log.hpp"
#include "process/process.hpp"

#include "abi/system.h"
#include "layout.h"

namespace kernel::page_faults {

namespace {

Resolver give_page = nullptr;
Resolver copy_page = nullptr;

bool resolve(const interrupts::Frame& frame) {
    using interrupts::PageFaultBit;
    const Resolver resolver = frame.has(PageFaultBit::Protection) ? copy_page : give_page;
    if (resolver == nullptr || frame.cr2 >= KERNEL_BASE || scheduler::running == nullptr) {
        return false;
    }
    const Result<bool> resolved = resolver(VirtualAddress(frame.cr2), frame.has(PageFaultBit::Write));
    if (!resolved && frame.from_user()) {
        log::info("process {} ({}): killed by SIGKILL (there is no memory left for a page of its own)", current().id(),
                  current().name());
        end_current(WaitStatus::killed_by(SIGKILL));
    }
    return resolved && *resolved;
}

} // namespace

void give_pages_by(Resolver resolver) {
    give_page = resolver;
    exceptions::upper_layers.resolve_page_fault = resolve;
}

void copy_pages_by(Resolver resolver) {
    copy_page = resolver;
    exceptions::upper_layers.resolve_page_fault = resolve;
}

} // namespace kernel::page_faults
