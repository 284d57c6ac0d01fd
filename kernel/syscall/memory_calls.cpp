// System calls about the program's memory: mmap2, munmap, mprotect; and /proc's maps (chapter 19).
#include "cpu/registers.hpp"
#include "files/proc.hpp"
#include "files/process_files.hpp"
#include "files/user_transfer.hpp"
#include "memory/frames.hpp"
#include "process/copy_on_write.hpp"
#include "process/memory_on_demand.hpp"
#include "syscall/system_call.hpp"

#include "layout.h"

#include <algorithm>

namespace kernel::system_call {

namespace {

/// /proc's file `maps`, in the form of Linux's proc(5). What can be read can be executed, too: 32-bit paging has no bit against.
void write_maps(Process& process, files::Text& to) {
    std::uint32_t count = 0;
    for (auto area = memory_on_demand::first_area(process, VirtualAddress(0)); area;
         area = memory_on_demand::first_area(process, area->end)) {
        constexpr std::string_view rights[] = {"r-xp", "rwxp", "---p"}; // by Access
        const std::string_view what = !area->is_promised                     ? process.name()
                                      : area->end.value() == KERNEL_BASE     ? "[stack]"
                                      : area->begin == process.program_end() ? "[heap]"
                                                                             : "";
        to.print("{:08x}-{:08x} {} 00000000 00:00 0 {}\n", area->begin.value(), area->end.value(),
                 rights[static_cast<std::size_t>(area->access)], what);
        if (++count % 256 == 0) { // 65,530 regions take 0.8 s
            cpu::handle_pending_interrupts();
        }
    }
}

} // namespace

void enable_memory_calls() {
    files::add_process_file("maps", write_maps);
    memory_on_demand::enable();
}

namespace calls {

namespace {

/// InvalidArgument for an unknown bit. The processor can't forbid reading alone, nor execution: 32-bit paging has no bits
/// for that (Intel SDM Vol. 3A, 4.6 Access Rights).
Result<Access> access_of(std::uint32_t protection) {
    if ((protection & ~std::uint32_t{PROT_READ | PROT_WRITE | PROT_EXEC}) != 0) {
        return std::unexpected(Error::InvalidArgument);
    }
    if (protection == PROT_NONE) {
        return Access::None;
    }
    return (protection & PROT_WRITE) != 0 ? Access::Writable : Access::ReadOnly;
}

/// Where memory of `size` bytes is promised: at `address` if it must be there (MAP_FIXED) or can be, else where there is room.
/// There OutOfMemory if not even all free memory would do; pages that are the file's own need none.
Result<VirtualAddress> promise(std::uint32_t address, std::uint32_t size, bool is_fixed, Access access,
                               bool is_files_own = false) {
    const VirtualAddress begin(address);
    const bool is_possible = begin.is_page_aligned() && user_memory::is_user_range(address, size);
    if (is_fixed && !is_possible) {
        return std::unexpected(begin.is_page_aligned() ? Error::OutOfMemory : Error::InvalidArgument);
    }
    if (!is_fixed && (address == 0 || !is_possible || !memory_on_demand::is_free(current(), begin, begin + size))) {
        if (access != Access::None && !is_files_own && size / PAGE_SIZE > frames::free_count()) {
            return std::unexpected(Error::OutOfMemory);
        }
        return memory_on_demand::add(current(), size, access);
    }
    TRY(memory_on_demand::add_at(current(), begin, begin + size, access));
    return begin;
}

/// Reads what the file has from page `first` on into [`begin`, `begin` + `size`), up to the end of either. Each page gets its
/// frame when the first of its bytes is copied there; one that is not to be written to has the file's own, and one that the file
/// has no frame for gets none. Between two pages interrupts are taken.
Result<void> fill(files::OpenFile& file, std::uint32_t first, VirtualAddress begin, std::uint32_t size, Access access) {
    const std::uint64_t offset = std::uint64_t{first} * PAGE_SIZE;
    std::uint32_t done = 0;
    while (done < size) {
        cpu::handle_pending_interrupts();
        const bool is_whole = offset + done + PAGE_SIZE <= file.node().size();
        const std::byte* const page = is_whole ? file.node().page(first + done / PAGE_SIZE) : nullptr;
        if (is_whole && (page == nullptr || access == Access::ReadOnly)) {
            if (page != nullptr) {
                TRY(copy_on_write::share_page(current().address_space(), begin + done, page));
            }
            done += PAGE_SIZE;
            continue;
        }
        files::UserTransfer to(UserPointer<const char>((begin + done).value()),
                               std::min<std::uint32_t>(PAGE_SIZE, size - done));
        const std::uint32_t moved = TRY(file.read_at(offset + done, to));
        if (moved == 0) {
            break;
        }
        done += moved;
    }
    return {};
}

} // namespace

/// Gives the program `size` bytes, rounded up to pages, and returns where: zeros (MAP_ANONYMOUS), or a copy of what the
/// file has from its page number `page` on. The file is read at once, so that a page fault never has to; pages of it that the
/// program may only read are not copied. Only private memory: MAP_SHARED is EINVAL.
Result<std::uint32_t> mmap2(unsigned address, size_t size, unsigned protection, unsigned flags, int descriptor,
                            unsigned page) {
    const Access access = TRY(access_of(protection));
    Reference<files::OpenFile> file;
    if ((flags & MAP_ANONYMOUS) == 0) {
        file = Reference<files::OpenFile>(TRY(files::of(current()).descriptors.find(descriptor)));
        if (!file->can_read()) {
            return std::unexpected(Error::AccessDenied);
        }
        if (file->node().kind() != files::Node::Kind::File) {
            return std::unexpected(Error::NoDevice);
        }
    }
    if (size == 0 || (flags & (MAP_PRIVATE | MAP_SHARED)) != MAP_PRIVATE) {
        return std::unexpected(Error::InvalidArgument);
    }
    if (size > KERNEL_BASE) {
        return std::unexpected(Error::OutOfMemory);
    }
    const std::uint32_t rounded = page_round_up(size);
    const bool is_fixed = (flags & MAP_FIXED) != 0;
    if (!file) {
        return TRY(promise(address, rounded, is_fixed, access)).value();
    }
    const VirtualAddress begin =
        TRY(promise(address, rounded, is_fixed, Access::Writable, access == Access::ReadOnly)); // to be filled
    Result<void> made = fill(*file, page, begin, rounded, access);
    if (made) {
        made = memory_on_demand::protect(current(), begin, begin + rounded, access);
    }
    if (!made) {
        TRY(memory_on_demand::remove(current(), begin, begin + rounded));
        return std::unexpected(Error::OutOfMemory);
    }
    return begin.value();
}

/// As mmap2, with the offset in bytes.
Result<std::uint32_t> mmap(UserPointer<const mmap_arguments> arguments) {
    mmap_arguments given{};
    TRY(user_memory::copy_in(&given, arguments.address(), sizeof(given)));
    if (given.offset % PAGE_SIZE != 0) {
        return std::unexpected(Error::InvalidArgument);
    }
    return mmap2(given.address, given.size, given.protection, given.flags, given.descriptor, given.offset / PAGE_SIZE);
}

/// Takes the program's memory in the range away, whatever it was; where there is none, nothing happens.
Result<std::uint32_t> munmap(unsigned address, size_t size) {
    if (address % PAGE_SIZE != 0 || size == 0 || !user_memory::is_user_range(address, size)) {
        return std::unexpected(Error::InvalidArgument);
    }
    TRY(memory_on_demand::remove(current(), VirtualAddress(address), VirtualAddress(page_round_up(address + size))));
    return 0U;
}

/// Changes what the program may do with its memory in the range. ENOMEM if a page of it is not the program's.
Result<std::uint32_t> mprotect(unsigned address, size_t size, unsigned protection) {
    if (address % PAGE_SIZE != 0) {
        return std::unexpected(Error::InvalidArgument);
    }
    if (size == 0) {
        return 0U;
    }
    if (!user_memory::is_user_range(address, size)) {
        return std::unexpected(Error::OutOfMemory);
    }
    const Access access = TRY(access_of(protection));
    const VirtualAddress end(page_round_up(address + size));
    TRY(memory_on_demand::protect(current(), VirtualAddress(address), end, access));
    return 0U;
}

} // namespace calls

} // namespace kernel::system_call
