// Programs: a file's bytes become the memory of a process (chapter 11).
#pragma once

#include "diagnosis/symbols.hpp"
#include "lib/address.hpp"
#include "lib/byte_source.hpp"
#include "lib/error.hpp"
#include "memory/address_space.hpp"
#include "program/arguments.hpp"
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
    VirtualAddress headers{};   ///< where an ELF program has its program headers in its own memory; 0 if it has not
    std::uint32_t header_count = 0;
    VirtualAddress begin{};        ///< an ELF program's lowest page
    ByteSource interpreter_path{}; ///< of the program that is still to be loaded for this one's libraries (chapter 20)
    VirtualAddress interpreter{};  ///< where that has been loaded; then `entry` is its entry,
    VirtualAddress own_entry{};    ///< and this one the program's
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

/// How many frames it takes for the pages of a segment: for those that are shared, none.
[[nodiscard]] std::uint32_t frames_needed(const Segment& segment);

/// From now on read-only pages whose contents lie in page frames already, those of a file, are mapped by `share` (chapter 19).
void share_pages_by(Result<void> (*share)(AddressSpace& space, VirtualAddress page, const std::byte* contents));

/// Loads the segments of one kind of file and returns all of Start but the stack.
using Loader = Result<Start> (*)(AddressSpace& space, std::string_view name, ByteSource file);

/// Where `address` lies in the program that was loaded from `file`, as far as the file says it.
[[nodiscard]] SymbolTable::Place find_symbol(ByteSource file, std::uint32_t address);

/// ELF files go to `loader` from now on (chapter 14).
void set_elf_loader(Loader loader);

/// And files without a symbol table of ours to `find`, when a symbol is looked for in them (chapter 14).
void find_elf_symbols_by(SymbolTable::Place (*find)(ByteSource file, std::uint32_t address));

/// From now on a program begins with the last page of its stack: it gets the others when it touches them (chapter 19).
void load_last_stack_page_only();

/// How many bytes the words of another program may have (chapter 16): a page, in which they lie on its stack with all else
/// that is there.
[[nodiscard]] std::size_t argument_room();

/// They may have `room` bytes from now on. What does not fit into a page then is written onto the stack by `write`, which
/// returns the first esp (chapter 20).
struct LargeStack {
    std::size_t room;
    Result<VirtualAddress> (*write)(AddressSpace& space, const Arguments& arguments, const arguments::Additions& more);
};
void set_large_stack(const LargeStack& large);

/// Each program's stack begins with what `more` returns, too, which must stay until the next call (chapter 20).
void add_to_stack(arguments::Additions (*more)(const Start& start));

} // namespace kernel::program
