// Symbols: from an address to the function, file and line it belongs to (chapter 5).
#pragma once

#include "lib/byte_source.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kernel {

/// Room for a name that has to be read.
class NameRoom {
public:
    /// The name that begins with the first of `bytes` and ends before a NUL, or with the last of them. A very long one is cut.
    [[nodiscard]] std::string_view read(ByteSource bytes);

private:
    std::array<char, 256> text_{};
};

/// The table that linker/symbols.py makes from debugging information. It may come with a program,
/// so nothing in it is believed: whatever does not hold together yields "no symbol".
class SymbolTable {
public:
    /// Where an address lies, in a function or a variable. Empty strings and 0 where the table does
    /// not know. The strings stay until the next lookup.
    struct Place {
        std::string_view function;
        std::uint32_t offset = 0; ///< bytes from its start
        std::string_view file;
        std::uint32_t line = 0;
        bool is_code = false; ///< a function, not a variable
    };

    constexpr SymbolTable() = default; ///< knows nothing
    /// `bytes` must stay where they are; they need not be aligned, and may change.
    explicit SymbolTable(ByteSource bytes);

    [[nodiscard]] bool is_empty() const { return function_count_ == 0; }
    [[nodiscard]] Place find(std::uint32_t address) const;

private:
    [[nodiscard]] std::uint32_t word(std::size_t index) const;
    [[nodiscard]] std::uint32_t last_row_not_after(std::size_t first_word, std::uint32_t count,
                                                   std::uint32_t address) const;
    [[nodiscard]] std::string_view name(std::uint32_t offset, NameRoom& room) const;

    ByteSource bytes_;
    std::uint32_t function_count_ = 0;
    std::uint32_t line_count_ = 0;
    std::uint32_t file_count_ = 0;
    std::uint32_t names_ = 0; // where they begin
};

/// A program's file without the symbol table that may be appended to it, and that table (or an
/// empty one).
struct FileWithSymbols {
    ByteSource file;
    SymbolTable symbols;
};
[[nodiscard]] FileWithSymbols split_symbols(ByteSource file);

/// Looks an address up: one below KERNEL_BASE in the file of the program that runs now, else in the kernel's table, which
/// is linked in.
[[nodiscard]] SymbolTable::Place place_of(std::uint32_t address);

/// Whether `address` is known to lie in a function.
[[nodiscard]] bool is_code(std::uint32_t address);

/// Prints an address and where it lies, as far as that is known, and ends the line: "0xc0101234
/// frames::release (kernel/memory/frames.cpp:120)". Without a file, the offset in bytes from the
/// function's start. Addresses below KERNEL_BASE are looked up in the program's file. `column` is
/// how much of the line is used already: the path is cut at its beginning so that the line ends by
/// column 80. The function's name is not cut unless it fills a line by itself.
void print_place(std::uint32_t address, std::size_t column);

/// The same for a return address: where the call lies that ends there. The address itself may
/// already belong to the next line, or the next function.
void print_call_place(std::uint32_t return_address, std::size_t column);

} // namespace kernel
