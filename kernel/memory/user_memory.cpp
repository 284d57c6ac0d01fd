// User memory: range checks, and the fix-up of faults on the way (chapter 12).
#include "memory/user_memory.hpp"

#include "diagnosis/exceptions.hpp"
#include "diagnosis/report.hpp"

/// memory/user_memory.asm: copies and returns how many bytes were left when a fault stopped it; 0
/// if none did.
extern "C" std::uint32_t user_memory_copy(void* to, const void* from, std::uint32_t size);

/// An instruction that may fault, and where to go on if it does.
struct Fixup {
    std::uint32_t faulting_eip;
    std::uint32_t resume_eip;
};

/// From the linker script: the first, and one past the last.
extern "C" const Fixup fixups_begin[];
extern "C" const Fixup fixups_end[];

namespace kernel::user_memory {

namespace {

constexpr std::uint32_t page_fault = 14;

bool resume_after_fault(interrupts::Frame& frame) {
    if (frame.vector != page_fault) {
        return false;
    }
    for (const Fixup* fixup = fixups_begin; fixup != fixups_end; ++fixup) {
        if (fixup->faulting_eip == frame.eip) {
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
    exceptions::set_fixup(resume_after_fault);
    report::set_user_reader(
        [](void* to, std::uint32_t address, std::uint32_t size) { return copy_in(to, address, size).has_value(); });
}

Result<void> copy_in(void* to, std::uint32_t from, std::size_t size) {
    if (!is_user_range(from, size)) {
        return std::unexpected(Error::BadAddress);
    }
    return copy(to, reinterpret_cast<const void*>(from), size);
}

Result<void> copy_out(std::uint32_t to, const void* from, std::size_t size) {
    if (!is_user_range(to, size)) {
        return std::unexpected(Error::BadAddress);
    }
    return copy(reinterpret_cast<void*>(to), from, size);
}

} // namespace kernel::user_memory
