// Symbol tables: lookups, and tables that lie.
#include "catch.hpp"
#include "fakes.hpp"

#include "diagnosis/symbols.hpp"
#include "diagnosis/upper_layers.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

using kernel::ByteSource;
using kernel::SymbolTable;

namespace {

using Words = std::vector<std::uint32_t>;

std::vector<std::byte> bytes_of(const Words& words, const std::string& names) {
    std::vector<std::byte> bytes(words.size() * 4 + names.size());
    std::memcpy(bytes.data(), words.data(), words.size() * 4);
    std::memcpy(bytes.data() + words.size() * 4, names.data(), names.size());
    return bytes;
}

ByteSource source(std::span<const std::byte> bytes) {
    return bytes;
}

constexpr std::uint32_t magic = 0x31534754;
const std::string names("first\0second\0a.cpp\0b.cpp\0", 25);

/// Two functions at 0x100 and 0x200, three lines in two files.
Words sample() {
    return {magic,
            2,
            3,
            2,
            static_cast<std::uint32_t>(names.size()),
            0x100,
            0,
            0x200,
            6, // functions
            0x100,
            0 | 10U << 16,
            0x180,
            1 | 7U << 16,
            0x200,
            0 | 20U << 16, // lines
            13,
            19}; // files
}

} // namespace

TEST_CASE("an address is found in the function and line that begin at or before it") {
    const std::vector<std::byte> bytes = bytes_of(sample(), names);
    const SymbolTable table(source(bytes));
    REQUIRE_FALSE(table.is_empty());

    CHECK(table.find(0xFF).function.empty());

    const SymbolTable::Place start = table.find(0x100);
    CHECK(start.function == "first");
    CHECK(start.offset == 0);
    CHECK(start.file == "a.cpp");
    CHECK(start.line == 10);

    const SymbolTable::Place inlined = table.find(0x1FF);
    CHECK(inlined.function == "first");
    CHECK(inlined.offset == 0xFF);
    CHECK(inlined.file == "b.cpp");
    CHECK(inlined.line == 7);

    const SymbolTable::Place last = table.find(0xFFFFFFFF);
    CHECK(last.function == "second");
    CHECK(last.line == 20);
}

TEST_CASE("a table whose parts do not add up is taken for none") {
    CHECK(SymbolTable(ByteSource()).is_empty());
    for (std::size_t word = 0; word < 5; ++word) {
        Words words = sample();
        words[word] += 1;
        CHECK(SymbolTable(source(bytes_of(words, names))).is_empty());
        words[word] = 0xFFFFFFFF;
        CHECK(SymbolTable(source(bytes_of(words, names))).is_empty());
    }
    // 2^31 + 2^31 functions and lines: 0 in 32 bits.
    CHECK(SymbolTable(source(bytes_of({magic, 0x80000000, 0x80000000, 0, 0}, ""))).is_empty());
}

TEST_CASE("names and files that lie outside the table are empty") {
    Words words = sample();
    words[6] = 1000;            // first function's name
    words[10] = 99 | 10U << 16; // first line's file
    const std::vector<std::byte> bytes = bytes_of(words, names);
    const SymbolTable::Place place = SymbolTable(source(bytes)).find(0x100);
    CHECK(place.function.empty());
    CHECK(place.file.empty());
}

TEST_CASE("a name without its NUL ends with the table") {
    std::string unterminated = names;
    unterminated.back() = 'X';
    const std::vector<std::byte> bytes = bytes_of(sample(), unterminated);
    CHECK(SymbolTable(source(bytes)).find(0x180).file == "b.cppX");
}

TEST_CASE("a place fits a line: the path is cut, the name is not") {
    const std::string path = "/usr/i686-linux-gnu/include/c++/12/bits/stl_algobase.h";
    const std::string name = "frames::release_a_frame";
    const std::string both = name + '\0' + path + '\0';
    const Words words{magic,
                      1,
                      1,
                      1,
                      static_cast<std::uint32_t>(both.size()),
                      0x100,
                      0,
                      0x100,
                      0 | 1234U << 16,
                      static_cast<std::uint32_t>(name.size() + 1)};
    const std::vector<std::byte> bytes = bytes_of(words, both);
    static SymbolTable program_table;
    program_table = SymbolTable(source(bytes));
    kernel::exceptions::upper_layers.find_in_program = [](std::uint32_t address) {
        return program_table.find(address);
    };
    const LogCapture log;
    SECTION("with what the path can have") {
        kernel::print_place(0x100, 13);
        CHECK(log.text() == "0x00000100 " + name + " (...12/bits/stl_algobase.h:1234)\n");
        CHECK(13 + log.text().size() - 1 == 80);
    }
    SECTION("without a path, if there is no room") {
        kernel::print_place(0x100, 80 - 11 - 23 - 8);
        CHECK(log.text() == "0x00000100 " + name + "\n");
    }
    CHECK(kernel::is_code(0x100));
    CHECK_FALSE(kernel::is_code(0xFF));
    program_table = SymbolTable();
}

TEST_CASE("a program's file is split from the table appended to it") {
    std::vector<std::byte> file(100, std::byte{0x90});
    const std::vector<std::byte> table = bytes_of(sample(), names);
    const auto append_word = [&](std::uint32_t word) {
        const auto* bytes = reinterpret_cast<const std::byte*>(&word);
        file.insert(file.end(), bytes, bytes + 4);
    };

    SECTION("no table") {
        const kernel::FileWithSymbols split = kernel::split_symbols(source(file));
        CHECK(split.file.size() == 100);
        CHECK(split.symbols.is_empty());
    }
    SECTION("a good one") {
        file.insert(file.end(), table.begin(), table.end());
        append_word(static_cast<std::uint32_t>(table.size()));
        append_word(magic);
        const kernel::FileWithSymbols split = kernel::split_symbols(source(file));
        CHECK(split.file.size() == 100);
        CHECK(split.symbols.find(0x100).function == "first");
    }
    SECTION("a trailer that lies about the size") {
        for (const std::uint32_t size : {0U, 1U, 100U, 101U, 0xFFFFFFFFU}) {
            file.resize(100);
            append_word(size);
            append_word(magic);
            const kernel::FileWithSymbols split = kernel::split_symbols(source(file));
            CHECK(split.file.size() == file.size());
            CHECK(split.symbols.is_empty());
        }
    }
    SECTION("too short for a trailer") {
        file.resize(7);
        CHECK(kernel::split_symbols(source(file)).file.size() == 7);
    }
}
