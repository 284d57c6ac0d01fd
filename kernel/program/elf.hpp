// ELF programs: reads an ELF file's headers and refuses what must not be loaded (chapter 14).
#pragma once

#include "diagnosis/symbols.hpp"
#include "lib/address.hpp"
#include "lib/byte_source.hpp"
#include "program/elf_error.hpp"
#include "program/segment.hpp"

#include "layout.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

namespace kernel::elf {

/// More loadable segments than this are refused. GNU ld makes 4 for a static program.
inline constexpr std::size_t maximum_segments = 16;
/// More program headers than this, of whatever type, are refused: it bounds the parser's work.
inline constexpr std::size_t maximum_headers = 64;

/// What has to be done to load the program. The segments point into the file that was parsed.
class Executable {
public:
    /// In the order of the file. At least one, and no two touch the same page.
    std::span<const Segment> segments() const { return std::span(segments_).first(count_); }
    /// Lies in an executable segment.
    VirtualAddress entry() const { return entry_; }
    /// One past the highest byte of all segments: the program break starts here.
    VirtualAddress end() const { return end_; }
    /// Pages of memory that all segments need together.
    std::uint32_t pages() const { return pages_; }
    /// Where the program finds its own program headers; 0 if no segment has them. (Chapter 20.)
    VirtualAddress headers() const { return headers_; }
    std::uint32_t header_count() const { return header_count_; }
    /// The lowest page of all segments. (Chapter 20.)
    VirtualAddress begin() const { return begin_; }
    /// The path of the program that loads the libraries of this one, in the file; empty if it needs none. (Chapter 20.)
    ByteSource interpreter() const { return interpreter_; }

private:
    friend std::expected<Executable, ElfError> parse(ByteSource file, VirtualAddress base);

    std::array<Segment, maximum_segments> segments_;
    std::size_t count_ = 0;
    VirtualAddress entry_;
    VirtualAddress end_;
    std::uint32_t pages_ = 0;
    VirtualAddress headers_;
    std::uint32_t header_count_ = 0;
    VirtualAddress begin_{USER_MEMORY_END};
    ByteSource interpreter_;
};

/// Reads `file`, of which nothing is believed, and changes nothing. What it accepts is an ELF32
/// file for the i386, linked statically to fixed addresses, whose segments lie above page 0 and
/// below the page under the user stack, with their bytes inside `file`. With a `base`, it may be linked dynamically, too, and
/// a position-independent file's addresses count from there (chapter 20).
[[nodiscard]] std::expected<Executable, ElfError> parse(ByteSource file, VirtualAddress base = {});

/// The function that `address` lies in, from the symbol table that a linker leaves in a file; its name stays until the next
/// lookup. Nothing that the file says is believed, and only so much of a table is looked at that it takes no time.
[[nodiscard]] SymbolTable::Place find_symbol(ByteSource file, std::uint32_t address);

} // namespace kernel::elf
