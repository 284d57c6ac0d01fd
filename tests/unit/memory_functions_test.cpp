// The kernel's memcpy and its relatives against the host's, for all small sizes and alignments.
#include "catch.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

// The kernel's functions under other names, beside those of the host.
#define memcpy  kernel_memcpy
#define memmove kernel_memmove
#define memset  kernel_memset
#define memcmp  kernel_memcmp
#define memchr  kernel_memchr
#define strlen  kernel_strlen
#include "lib/memory_functions.cpp"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef strlen

namespace {

using Bytes = std::array<unsigned char, 64>;

Bytes pattern(unsigned start) {
    Bytes bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<unsigned char>(start + 37 * i);
    }
    return bytes;
}

constexpr std::size_t offsets = 12;
constexpr std::size_t sizes = 40;

} // namespace

TEST_CASE("memcpy copies exactly what it is told", "[memory_functions]") {
    const Bytes source = pattern(1);
    for (std::size_t from = 0; from < offsets; ++from) {
        for (std::size_t to = 0; to < offsets; ++to) {
            for (std::size_t size = 0; size < sizes; ++size) {
                Bytes actual = pattern(100);
                Bytes expected = actual;
                std::memcpy(&expected[to], &source[from], size);
                REQUIRE(kernel_memcpy(&actual[to], &source[from], size) == &actual[to]);
                REQUIRE(actual == expected);
            }
        }
    }
}

TEST_CASE("memmove copies between places that overlap", "[memory_functions]") {
    for (std::size_t from = 0; from < offsets; ++from) {
        for (std::size_t to = 0; to < offsets; ++to) {
            for (std::size_t size = 0; size < sizes; ++size) {
                Bytes actual = pattern(7);
                Bytes expected = actual;
                std::memmove(&expected[to], &expected[from], size);
                REQUIRE(kernel_memmove(&actual[to], &actual[from], size) == &actual[to]);
                REQUIRE(actual == expected);
            }
        }
    }
}

TEST_CASE("memmove of no bytes reads and writes none", "[memory_functions]") {
    const auto first = std::make_unique<unsigned char[]>(16);
    const auto second = std::make_unique<unsigned char[]>(16);
    unsigned char* const end = first.get() + 16; // nothing lies there, which AddressSanitizer knows
    CHECK(kernel_memmove(end, second.get() + 16, 0) == end);
    CHECK(kernel_memmove(end, end, 0) == end);
}

TEST_CASE("memset fills exactly what it is told", "[memory_functions]") {
    for (const int value : {0, 1, 0x7F, 0xFF, 0x1234, -1}) {
        for (std::size_t to = 0; to < offsets; ++to) {
            for (std::size_t size = 0; size < sizes; ++size) {
                Bytes actual = pattern(3);
                Bytes expected = actual;
                std::memset(&expected[to], value, size);
                REQUIRE(kernel_memset(&actual[to], value, size) == &actual[to]);
                REQUIRE(actual == expected);
            }
        }
    }
}

TEST_CASE("memcmp orders by the first byte that differs, unsigned", "[memory_functions]") {
    CHECK(kernel_memcmp("abc", "abc", 3) == 0);
    CHECK(kernel_memcmp("abc", "abd", 3) < 0);
    CHECK(kernel_memcmp("abd", "abc", 3) > 0);
    CHECK(kernel_memcmp("abc", "abd", 2) == 0);
    CHECK(kernel_memcmp("a\0b", "a\0c", 3) < 0);
    CHECK(kernel_memcmp("\x80", "\x7F", 1) > 0);
    CHECK(kernel_memcmp("x", "y", 0) == 0);
}

TEST_CASE("memchr finds the first such byte, and looks no further than it is told", "[memory_functions]") {
    const char* const text = "abcb\0d\xFF";
    CHECK(kernel_memchr(text, 'b', 7) == text + 1);
    CHECK(kernel_memchr(text, 'd', 7) == text + 5);
    CHECK(kernel_memchr(text, '\0', 7) == text + 4);
    CHECK(kernel_memchr(text, 'd', 5) == nullptr);
    CHECK(kernel_memchr(text, 'x', 7) == nullptr);
    CHECK(kernel_memchr(text, 'a', 0) == nullptr);
    CHECK(kernel_memchr(text, -1, 7) == text + 6); // an int becomes an unsigned char
    CHECK(kernel_memchr(text, 'a' + 256, 7) == text);
}

TEST_CASE("strlen counts up to the first NUL", "[memory_functions]") {
    CHECK(kernel_strlen("") == 0);
    CHECK(kernel_strlen("abc") == 3);
    CHECK(kernel_strlen("ab\0c") == 2);
    CHECK(kernel_strlen(std::string(5000, 'x').c_str()) == 5000);
}
