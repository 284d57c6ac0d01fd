// Symbols: from an address to the function, file and line it belongs to (chapter 5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace kernel {

/// The table that linker/symbols.py makes from debugging information. It may come with a program,
/// so nothing in it is believed: whatever does not hold together yields "no symbol".
class SymbolTable {
public:
    /// Where an address lies, in a function or a variable. Empty strings and 0 where the table does
    /// not know.
    struct Place {
        std::string_view function;
        std::uint32_t offset = 0; ///< bytes from its start
        std::string_view file;
        std::uint32_t line = 0;
    };

    constexpr SymbolTable() = default; ///< knows nothing
    /// `bytes` must stay where they are; they need not be aligned.
    explicit SymbolTable(std::span<const std::byte> bytes);

    [[nodiscard]] bool is_empty() const { return function_count_ == 0; }
    [[nodiscard]] Place find(std::uint32_t address) const;

private:
    [[nodiscard]] std::uint32_t word(std::size_t index) const;
    [[nodiscard]] std::uint32_t last_row_not_after(std::size_t first_word, std::uint32_t count,
                                                   std::uint32_t address) const;
    [[nodiscard]] std::string_view name(std::uint32_t offset) const;

    std::span<const std::byte> bytes_;
    std::uint32_t function_count_ = 0;
    std::uint32_t line_count_ = 0;
    std::uint32_t file_count_ = 0;
};

/// A program's file without the symbol table that may be appended to it, and that table (or an
/// empty one).
struct FileWithSymbols {
    std::span<const std::byte> file;
    SymbolTable symbols;
};
[[nodiscard]] FileWithSymbols split_symbols(std::span<const std::byte> file);

/// Looks an address up: one below KERNEL_BASE in the table of the program that runs now, else in the kernel's, which is
/// linked in.
[[nodiscard]] SymbolTable::Place place_of(std::uint32_t address);

/// Whether the code at `address` has a line in a source file, as all code has whose symbols are
/// known.
[[nodiscard]] bool is_code(std::uint32_t address);

/// Prints an address and where it lies, as far as that is known, and ends the line: "0xc0101234
/// frames::release (kernel/memory/frames.cpp:120)". Without a file, the offset in bytes from the
/// function's start. Addresses below KERNEL_BASE are looked up in the program's table. `column` is
/// how much of the line is used already: the path is cut at its beginning so that the line ends by
/// column 80. The function's name is not cut unless it fills a line by itself.
void print_place(std::uint32_t address, std::size_t column);

/// The same for a return address: where the call lies that ends there. The address itself may
/// already belong to the next line, or the next function.
void print_call_place(std::uint32_t return_address, std::size_t column);

} // namespace kernel
