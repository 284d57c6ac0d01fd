// Memory on demand: the regions of a process, and the page fault that gives a page (chapter 19).
#include "process/memory_on_demand.hpp"

#include "memory/frames.hpp"
#include "memory/new.hpp"
#include "memory/regions.hpp"
#include "process/page_faults.hpp"
#include "program/program.hpp"

#include "layout.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace kernel::memory_on_demand {

namespace {

std::size_t slot = 0;

/// Where a process's stack may grow down to. It stays a page away from the program's own pages.
VirtualAddress lowest_stack(const Process& process) {
    return std::max(VirtualAddress(KERNEL_BASE - USER_STACK_LIMIT), process.program_end() + PAGE_SIZE);
}

/// Memory that is not the stack ends here: between the two a page stays unmapped, so that running over the stack's end faults.
VirtualAddress highest_end(const Process& process) {
    return VirtualAddress(lowest_stack(process).value() - PAGE_SIZE);
}

class ProcessRegions final : public Extension {
public:
    Regions regions; // of its own memory, whether it uses that or has borrowed some

    static ProcessRegions& of(Process& process) { return static_cast<ProcessRegions&>(process.extension(slot)); }

    Result<Extension*> clone(Process& parent, Process& /*child*/) override {
        std::unique_ptr<ProcessRegions> made = TRY(allocate<ProcessRegions>());
        made->regions = TRY(of(parent.memory_owner()).regions.copy());
        return made.release();
    }

    void exec(Process& process) override {
        regions.clear();
        const Result<void> set = add_stack(process);
        KERNEL_ASSERT(set, "there is room for a region where there has been one");
    }

    [[nodiscard]] Result<void> add_stack(Process& process) {
        return regions.set(lowest_stack(process), VirtualAddress(KERNEL_BASE), Access::Writable);
    }

    static Result<Extension*> make(Process& process) {
        std::unique_ptr<ProcessRegions> made = TRY(allocate<ProcessRegions>());
        TRY(made->add_stack(process));
        return made.release();
    }
};

Regions& regions_of(Process& process) {
    return ProcessRegions::of(process.memory_owner()).regions;
}

/// Gives the current process the page of `address`, if it was promised for that access and is not there yet. False if
/// it was not; OutOfMemory.
Result<bool> give_page(VirtualAddress address, bool is_write) {
    const Region* const region = regions_of(current()).find(address);
    if (region == nullptr || region->access == Access::None || (is_write && region->access == Access::ReadOnly)) {
        return false;
    }
    frames::Owner frame = TRY(frames::allocate_zeroed());
    TRY(current().address_space().map(VirtualAddress(page_round_down(address.value())), frame, region->access));
    return true;
}

Result<void> resize_break(Process& process, VirtualAddress old_end, VirtualAddress new_end) {
    if (new_end < old_end) {
        return remove(process, new_end, old_end);
    }
    if (new_end == old_end) { // within the last page, which may touch a region after it
        return {};
    }
    if (new_end > highest_end(process) || !is_free(process, old_end, new_end)) {
        return std::unexpected(Error::OutOfMemory);
    }
    return regions_of(process).set(old_end, new_end, Access::Writable);
}

} // namespace

void enable() {
    slot = process::add_extension(ProcessRegions::make);
    page_faults::give_pages_by(give_page);
    process::set_break_memory(resize_break);
    program::load_last_stack_page_only();
}

std::optional<Area> first_area(Process& process, VirtualAddress from) {
    if (process.ended()) {
        return std::nullopt;
    }
    const std::span<const Region> regions = regions_of(process).all();
    const auto region = std::ranges::upper_bound(regions, from, {}, &Region::end);
    const VirtualAddress limit = region != regions.end() ? region->begin : VirtualAddress(KERNEL_BASE);
    const auto page = process.address_space().first_page(from, limit);
    if (!page) {
        return region != regions.end() ? std::optional<Area>({region->begin, region->end, region->access, true})
                                       : std::nullopt;
    }
    Area area{page->address, page->address, page->access, false};
    for (auto next = page; next && next->address == area.end && next->access == area.access;
         next = process.address_space().first_page(area.end, limit)) {
        area.end = area.end + PAGE_SIZE;
    }
    return area;
}

void swap_regions(Process& one, Process& other) {
    std::swap(ProcessRegions::of(one).regions, ProcessRegions::of(other).regions);
}

Result<VirtualAddress> add(Process& process, std::uint32_t size, Access access) {
    const std::optional<VirtualAddress> begin =
        regions_of(process).find_free(size, process.program_end(), highest_end(process));
    if (!begin) {
        return std::unexpected(Error::OutOfMemory);
    }
    TRY(regions_of(process).set(*begin, *begin + size, access));
    return *begin;
}

Result<void> add_at(Process& process, VirtualAddress begin, VirtualAddress end, Access access) {
    TRY(regions_of(process).set(begin, end, access));
    process.address_space().unmap(begin, end);
    return {};
}

bool is_free(Process& process, VirtualAddress begin, VirtualAddress end) {
    return begin >= process.program_end() && end <= highest_end(process) && !regions_of(process).overlaps(begin, end);
}

Result<void> remove(Process& process, VirtualAddress begin, VirtualAddress end) {
    TRY(regions_of(process).set(begin, end, std::nullopt));
    process.address_space().unmap(begin, end);
    return {};
}

Result<void> protect(Process& process, VirtualAddress begin, VirtualAddress end, Access access) {
    Regions& regions = regions_of(process);
    AddressSpace& space = process.address_space();
    VirtualAddress page = begin;
    const auto skip_regions = [&] { // that touch: they are changed at once, for each change moves all that come after
        while (const Region* const region = page < end ? regions.find(page) : nullptr) {
            page = std::min(region->end, end);
        }
    };
    skip_regions();
    if (page == end) { // nothing can fail after the change, so it needs no copy
        TRY(regions.set(begin, end, access));
        space.protect(begin, end, access);
        return {};
    }
    Regions changed = TRY(regions.copy());
    for (page = begin; page < end;) {
        const VirtualAddress part = page;
        skip_regions();
        if (page > part) {
            TRY(changed.set(part, page, access));
        } else if (space.has_frame(page)) {
            page = page + PAGE_SIZE;
        } else {
            return std::unexpected(Error::OutOfMemory);
        }
    }
    regions = std::move(changed);
    space.protect(begin, end, access);
    return {};
}

} // namespace kernel::memory_on_demand
