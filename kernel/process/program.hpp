// Programs: a file's bytes become the memory of a process (chapter 11 for flat binaries, chapter 14
// for ELF).
#pragma once

#include "lib/error.hpp"
#include "memory/address.hpp"
#include "memory/address_space.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace kernel::program {

/// What a process needs to know to start running a program that has been loaded.
struct Start {
    std::string_view kind;      ///< "flat" or "ELF", for messages
    VirtualAddress entry;       ///< where its first instruction is
    VirtualAddress stack;       ///< its first esp
    VirtualAddress break_begin; ///< one past its highest byte: where brk() may add memory
};

/// Loads `file` into `space`, which must be empty in its user part, and writes `arguments`, split
/// into words, onto a new user stack. A flat binary goes to FLAT_BASE, an ELF program where it asks
/// to be. Whatever is wrong with the file is logged as a warning that starts with `name`, and comes
/// back as BadExecutable, OutOfMemory or ArgumentsTooBig; what was mapped by then goes with
/// `space`.
[[nodiscard]] Result<Start> load(AddressSpace& space, std::string_view name,
                                 std::span<const std::byte> file, std::string_view arguments);

} // namespace kernel::program
