// Programs: a file's bytes become the memory of a process (chapter 11).
#pragma once

#include "lib/address.hpp"
#include "lib/error.hpp"
#include "memory/address_space.hpp"
#include "program/arguments.hpp"
#include "program/byte_source.hpp"
#include "program/segment.hpp"

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
    VirtualAddress break_begin; ///< one past its highest page: where brk() may add memory
};

/// Loads `file` into `space`, which must be empty in its user part, and writes `arguments`, split
/// into words, onto a new user stack. A flat binary goes to FLAT_BASE; a file that begins with the
/// ELF magic is left to the ELF loader, and refused while there is none. Whatever is wrong with the
/// file is logged as a warning that starts with `name`, and comes back as BadExecutable,
/// OutOfMemory or ArgumentsTooBig; what was mapped by then goes with `space`.
[[nodiscard]] Result<Start> load(AddressSpace& space, std::string_view name, ByteSource file,
                                 std::string_view arguments);
/// The same with arguments that have been split already, and an environment.
[[nodiscard]] Result<Start> load(AddressSpace& space, std::string_view name, ByteSource file,
                                 const Arguments& arguments);

/// Maps the pages of one segment and fills each: zeros before its first byte, its contents, zeros
/// after them. So no program sees what a frame held before.
[[nodiscard]] Result<void> load_segment(AddressSpace& space, const Segment& segment);

/// Loads the segments of one kind of file and returns all of Start but the stack.
using Loader = Result<Start> (*)(AddressSpace& space, std::string_view name, ByteSource file);

/// ELF files go to `loader` from now on (chapter 14).
void set_elf_loader(Loader loader);

} // namespace kernel::program
