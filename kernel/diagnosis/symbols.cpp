// Symbols: reading the table of linker/symbols.py (chapter 5).
#include "diagnosis/symbols.hpp"

#include "diagnosis/upper_layers.hpp"
#include "lib/log.hpp"

#include "layout.h"

#include <algorithm>

/// From the linker script: the kernel's own table.
extern "C" const std::byte symbols_begin[];
extern "C" const std::byte symbols_end[];

namespace kernel {

namespace {

constexpr std::uint32_t magic = 0x31534754; // "TGS1"
constexpr std::size_t header_words = 5;     // magic, functions, lines, files, bytes of names
constexpr std::size_t row_words = 2;
constexpr std::size_t trailer_size = 8; // size of the table, magic

std::uint32_t word_at(ByteSource bytes, std::size_t offset) {
    std::uint32_t value = 0;
    bytes.subspan(offset, sizeof(value)).copy_to(&value);
    return value;
}

constexpr std::size_t screen_width = 80;

NameRoom function_room;
NameRoom file_room;

} // namespace

std::string_view NameRoom::read(ByteSource bytes) {
    bytes = bytes.first(std::min(bytes.size(), text_.size()));
    bytes.copy_to(text_.data());
    const std::string_view text(text_.data(), bytes.size());
    return text.substr(0, text.find('\0'));
}

SymbolTable::SymbolTable(ByteSource bytes) {
    if (bytes.size() < header_words * 4 || word_at(bytes, 0) != magic) {
        return;
    }
    // In 64 bits, so that no count, however large, makes the sum wrap round.
    const std::uint64_t rows = std::uint64_t{word_at(bytes, 4)} + word_at(bytes, 8);
    const std::uint64_t words = header_words + rows * row_words + word_at(bytes, 12);
    if (words * 4 + word_at(bytes, 16) != bytes.size()) {
        return;
    }
    bytes_ = bytes;
    function_count_ = word_at(bytes, 4);
    line_count_ = word_at(bytes, 8);
    file_count_ = word_at(bytes, 12);
    names_ = static_cast<std::uint32_t>(words * 4);
}

SymbolTable::Place SymbolTable::find(std::uint32_t address) const {
    Place place;
    const std::size_t functions = header_words;
    const std::size_t lines = functions + function_count_ * row_words;
    const std::size_t files = lines + line_count_ * row_words;

    const std::uint32_t function = last_row_not_after(functions, function_count_, address);
    if (function == function_count_) {
        return place;
    }
    place.function = name(word(functions + function * row_words + 1), function_room);
    place.offset = address - word(functions + function * row_words);

    const std::uint32_t line = last_row_not_after(lines, line_count_, address);
    if (line == line_count_) {
        return place;
    }
    const std::uint32_t file_and_line = word(lines + line * row_words + 1);
    const std::uint32_t file = file_and_line & 0xFFFF;
    if (file < file_count_) {
        place.file = name(word(files + file), file_room);
        place.line = file_and_line >> 16;
        place.is_code = !place.file.empty();
    }
    return place;
}

std::uint32_t SymbolTable::word(std::size_t index) const {
    return word_at(bytes_, index * 4);
}

/// Of `count` rows sorted by address, the index of the last one that does not begin after
/// `address`; `count` if all do.
std::uint32_t SymbolTable::last_row_not_after(std::size_t first_word, std::uint32_t count,
                                              std::uint32_t address) const {
    std::uint32_t begin = 0; // all rows before `begin` start at or before `address`, all from `end` on after it
    std::uint32_t end = count;
    while (begin < end) {
        const std::uint32_t middle = begin + (end - begin) / 2;
        if (word(first_word + middle * row_words) <= address) {
            begin = middle + 1;
        } else {
            end = middle;
        }
    }
    return begin == 0 ? count : begin - 1;
}

/// The name at `offset` of the names, which end the table.
std::string_view SymbolTable::name(std::uint32_t offset, NameRoom& room) const {
    return offset < bytes_.size() - names_ ? room.read(bytes_.subspan(names_ + offset)) : std::string_view();
}

FileWithSymbols split_symbols(ByteSource file) {
    if (file.size() < trailer_size || word_at(file, file.size() - 4) != magic) {
        return {.file = file, .symbols = {}};
    }
    const std::size_t size = word_at(file, file.size() - trailer_size);
    if (size > file.size() - trailer_size) {
        return {.file = file, .symbols = {}};
    }
    const SymbolTable symbols(file.subspan(file.size() - trailer_size - size, size));
    if (symbols.is_empty()) {
        return {.file = file, .symbols = {}};
    }
    return {.file = file.first(file.size() - trailer_size - size), .symbols = symbols};
}

SymbolTable::Place place_of(std::uint32_t address) {
    if (address >= KERNEL_BASE) {
        return SymbolTable(std::span(symbols_begin, symbols_end)).find(address);
    }
    const auto find_in_program = exceptions::upper_layers.find_in_program;
    return find_in_program != nullptr ? find_in_program(address) : SymbolTable::Place();
}

namespace {

void print(std::uint32_t address, const SymbolTable::Place& place, std::size_t column) {
    log::print("{:#010x}", address);
    if (place.function.empty()) {
        log::print("\n");
        return;
    }
    const std::size_t room = screen_width - column - 10 - 1; // after the address and " "
    if (place.file.empty()) {
        log::print(" {}+{:#x}\n", place.function.substr(0, room - 11), place.offset);
        return;
    }
    // The name comes first, the path gets what it leaves: after " (", and before ":", a line of 4
    // digits and ")".
    const std::string_view function = place.function.substr(0, room);
    const std::size_t left = room - std::min(room, function.size() + 2 + 1 + 4 + 1);
    if (place.file.size() <= left) {
        log::print(" {} ({}:{})\n", function, place.file, place.line);
    } else if (left > 3) {
        std::string_view end_of_path = place.file;
        end_of_path.remove_prefix(place.file.size() - (left - 3));
        log::print(" {} (...{}:{})\n", function, end_of_path, place.line);
    } else {
        log::print(" {}\n", function);
    }
}

} // namespace

bool is_code(std::uint32_t address) {
    return place_of(address).is_code;
}

void print_place(std::uint32_t address, std::size_t column) {
    print(address, place_of(address), column);
}

void print_call_place(std::uint32_t return_address, std::size_t column) {
    print(return_address, place_of(return_address - 1), column);
}

} // namespace kernel
