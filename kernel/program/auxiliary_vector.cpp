// The auxiliary vector: what a C library wants to know before it can begin (chapter 20).
#include "program/auxiliary_vector.hpp"

#include "cpu/registers.hpp"
#include "lib/random.hpp"
#include "program/program.hpp"

#include "layout.h"

#include <array>

namespace kernel::program {

namespace {

/// System V ABI, Intel386 Supplement, "Process Initialization"; from 11 on Linux's include/uapi/linux/auxvec.h.
enum Type : std::uint32_t {
    AT_PHDR = 3,
    AT_PHENT = 4,
    AT_PHNUM = 5,
    AT_BASE = 7,
    AT_ENTRY = 9,
    AT_UID = 11,
    AT_EUID = 12,
    AT_GID = 13,
    AT_EGID = 14,
    AT_HWCAP = 16,
    AT_CLKTCK = 17,
    AT_SECURE = 23,
    AT_RANDOM = 25,
};

constexpr std::uint32_t header_size = 32; // of an ELF32 program header

std::array<std::uint32_t, 4> random_bytes;
std::array<std::uint32_t, 26> entries;

arguments::Additions more(const Start& start) {
    for (std::uint32_t& word : random_bytes) {
        word = random::next();
    }
    entries = {
        AT_PHDR,   start.headers.value(),
        AT_PHENT,  header_size,
        AT_PHNUM,  start.header_count,
        AT_BASE,   start.interpreter.value(),
        AT_ENTRY,  (start.interpreter == VirtualAddress() ? start.entry : start.own_entry).value(),
        AT_UID,    0,
        AT_EUID,   0,
        AT_GID,    0,
        AT_EGID,   0,
        AT_SECURE, 0, // there is one user, who may do everything
        AT_HWCAP,  cpu::cpuid(1).edx,
        AT_CLKTCK, TICKS_PER_SECOND,
        AT_RANDOM, KERNEL_BASE - sizeof(random_bytes),
    };
    return {.auxiliary = entries, .bytes = std::as_bytes(std::span(random_bytes))};
}

} // namespace

void enable_auxiliary_vector() {
    add_to_stack(more);
}

} // namespace kernel::program
