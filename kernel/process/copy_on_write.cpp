// Copy on write, switched on: the work is in memory/address_space and address_space_share (chapter 19).
#include "process/copy_on_write.hpp"

#include "memory/paging.hpp"
#include "process/page_faults.hpp"
#include "process/process.hpp"
#include "program/program.hpp"

namespace kernel::copy_on_write {

namespace {

Result<bool> copy_page(VirtualAddress address, bool is_write) {
    return is_write ? current().address_space().own(address) : Result<bool>(false);
}

Result<AddressSpace> share(AddressSpace& space) {
    Result<AddressSpace> shared = space.share();
    paging::load(space.directory()); // writable entries have become read-only: the TLB must not remember them
    return shared;
}

} // namespace

Result<void> share_page(AddressSpace& space, VirtualAddress page, const std::byte* contents) {
    const PhysicalAddress frame = physical_of(contents);
    frames::share(frame);
    frames::Owner use(frame);
    return space.map(page, use, Access::ReadOnly);
}

void enable() {
    page_faults::copy_pages_by(copy_page);
    process::set_memory_for_child(share);
    program::share_pages_by(share_page);
}

} // namespace kernel::copy_on_write
