// User memory: range checks, and the fix-up of faults on the way (chapter 12).
#include "memory/user_memory.hpp"

#include "diagnosis/upper_layers.hpp"
#include "lib/address.hpp"
#include "lib/log.hpp"

#include <algorithm>
#include <cstring>

/// memory/user_memory.asm: copies and returns how many bytes were left when a fault stopped it; 0
/// if none did.
extern "C" std::uint32_t user_memory_copy(void* to, const void* from, std::uint32_t size);

/// An instruction that may fault, and where to go on if it does.
struct Fixup {
    std::uint32_t faulting_eip;
    std::uint32_t resume_eip;
};

/// From the linker script: the first, and one past the last (two arrays to C++: see
/// lib/constructors.cpp).
extern "C" const Fixup fixups_begin[];
extern "C" const Fixup fixups_end[];

namespace kernel::user_memory {

namespace {

/// Only a program's address can be the program's mistake: were it the kernel's own buffer that
/// can't be reached, that is a bug, and a report is due.
bool resume_after_fault(interrupts::Frame& frame) {
    if (!frame.is(interrupts::Vector::PageFault) || frame.cr2 >= KERNEL_BASE) {
        return false;
    }
    for (const Fixup* fixup = fixups_begin; fixup != fixups_end; ++fixup) {
        if (fixup->faulting_eip == frame.eip) {
            log::debug("user memory: a bad pointer, nothing to copy at {}", VirtualAddress(frame.cr2));
            frame.eip = fixup->resume_eip;
            return true;
        }
    }
    return false;
}

Result<void> copy(void* to, const void* from, std::uint32_t size) {
    if (user_memory_copy(to, from, size) != 0) {
        return std::unexpected(Error::BadAddress);
    }
    return {};
}

} // namespace

void initialize() {
    exceptions::upper_layers.fix_up = resume_after_fault;
}

Result<void> copy_in(void* to, std::uint32_t from, std::size_t size) {
    if (!is_user_range(from, size)) {
        return std::unexpected(Error::BadAddress);
    }
    return copy(to, reinterpret_cast<const void*>(from), size);
}

Result<std::size_t> copy_string_in(std::span<char> to, std::uint32_t from) {
    for (std::size_t done = 0; done < to.size();) {
        // Not past the end of a page: the next one need not be there, if the string ends before. Nor much at once: most end soon.
        constexpr std::uint32_t piece = 128;
        const std::uint32_t address = from + static_cast<std::uint32_t>(done);
        const std::size_t part = std::min<std::size_t>(to.size() - done, piece - address % piece);
        TRY(copy_in(to.data() + done, address, part));
        if (const void* end = std::memchr(to.data() + done, '\0', part); end != nullptr) {
            return static_cast<std::size_t>(static_cast<const char*>(end) - to.data());
        }
        done += part;
    }
    return std::unexpected(Error::NameTooLong);
}

Result<void> copy_out(std::uint32_t to, const void* from, std::size_t size) {
    if (!is_user_range(to, size)) {
        return std::unexpected(Error::BadAddress);
    }
    return copy(reinterpret_cast<void*>(to), from, size);
}

} // namespace kernel::user_memory
