// Formatted text: numbers against the host's printf, padding, and placeholders nobody should write.
#include "catch.hpp"
#include "lib/address.hpp"
#include "lib/format.hpp"

#include <array>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <random>
#include <string>

namespace {

template <typename... Arguments>
std::string text(kernel::FormatString<std::type_identity_t<Arguments>...> format, const Arguments&... arguments) {
    std::array<char, 300> buffer{};
    return std::string(kernel::format<Arguments...>(buffer, format, arguments...));
}

/// What the kernel makes of a format string that the compiler has not checked.
std::string run_time(std::string_view format, std::initializer_list<kernel::FormatArgument> arguments) {
    std::array<char, 300> buffer{};
    return std::string(kernel::format_into(buffer, format, std::span(arguments.begin(), arguments.size())));
}

std::string printf_text(const char* format, auto value) {
    std::array<char, 100> buffer{};
    std::snprintf(buffer.data(), buffer.size(), format, value);
    return buffer.data();
}

} // namespace

TEST_CASE("numbers print as they are", "[format]") {
    CHECK(text("{}", 0) == "0");
    CHECK(text("{} {} {}", 1, -1, 4000000000U) == "1 -1 4000000000");
    CHECK(text("{}", std::int8_t{-128}) == "-128");
    CHECK(text("{}", std::uint8_t{200}) == "200");
    CHECK(text("{}", std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
    CHECK(text("{}", std::numeric_limits<std::int64_t>::max()) == "9223372036854775807");
    CHECK(text("{}", std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
    CHECK(text("{:x}", std::numeric_limits<std::uint64_t>::max()) == "ffffffffffffffff");
    CHECK(text("{:x}", -255) == "-ff");
}

TEST_CASE("all sizes of number agree with printf", "[format]") {
    std::mt19937_64 random(1);
    for (int i = 0; i < 5000; ++i) {
        const std::uint64_t value = random() >> (random() % 64);
        const auto with_sign = static_cast<std::int64_t>(value);
        REQUIRE(text("{}", value) == printf_text("%" PRIu64, value));
        REQUIRE(text("{}", with_sign) == printf_text("%" PRId64, with_sign));
        REQUIRE(text("{:#x}", value) == (value == 0 ? "0x0" : printf_text("%#" PRIx64, value)));
        REQUIRE(text("{:017x}", value) == printf_text("%017" PRIx64, value));
        REQUIRE(text("{:12}", with_sign) == printf_text("%12" PRId64, with_sign));
        REQUIRE(text("{:<12}|", with_sign) == printf_text("%-12" PRId64 "|", with_sign));
        REQUIRE(text("{:012}", with_sign) == printf_text("%012" PRId64, with_sign));
    }
}

TEST_CASE("fields are filled up to their width", "[format]") {
    CHECK(text("[{:5}]", 42) == "[   42]");
    CHECK(text("[{:<5}]", 42) == "[42   ]");
    CHECK(text("[{:05}]", -42) == "[-0042]");
    CHECK(text("[{:#010x}]", 0xC0100000U) == "[0xc0100000]");
    CHECK(text("[{:#6x}]", 10) == "[   0xa]");
    CHECK(text("[{:<#6x}]", 10) == "[0xa   ]");
    CHECK(text("[{:<05}]", 42) == "[42   ]"); // zeros behind a number would change it
    CHECK(text("[{:1}]", 12345) == "[12345]");
    CHECK(text("[{:4}]", "ab") == "[  ab]");
    CHECK(text("[{:<4}]", "ab") == "[ab  ]");
    CHECK(text("[{:04}]", 'c') == "[   c]");
    CHECK(text("[{:2}]", "abc") == "[abc]");
    CHECK(text("{:99}", 1).size() == 99);
}

TEST_CASE("characters, strings, truth values and addresses", "[format]") {
    CHECK(text("{}{}", 'a', '\xFF') == "a\xFF");
    CHECK(text("{} {}", true, false) == "true false");
    CHECK(text("<{}>", "") == "<>");
    CHECK(text("<{}>", std::string_view("a\0b", 3)) == std::string("<a\0b>", 5));
    CHECK(text("{:x}", "text") == "text");
    CHECK(text("{}", kernel::PhysicalAddress(0xC010'00AF)) == "0xC01000AF");
    CHECK(text("{}", kernel::VirtualAddress(0)) == "0x00000000");
    CHECK(text("{}", kernel::VirtualAddress(0xFFFF'FFFF)) == "0xFFFFFFFF");
    CHECK(text("[{:12}]", kernel::VirtualAddress(0x10)) == "[  0x00000010]");
}

TEST_CASE("braces are written twice", "[format]") {
    CHECK(text("{{}}") == "{}");
    CHECK(text("{{{}}}", 7) == "{7}");
    CHECK(text("a{{b}}c{{") == "a{b}c{");
}

TEST_CASE("text that does not fit is cut off", "[format]") {
    std::array<char, 8> memory{};
    memory.fill('#');
    const auto buffer = std::span(memory).first(5);
    CHECK(kernel::format(buffer, "{}", "abc") == "abc");
    CHECK(kernel::format(buffer, "{}", "abcde") == "abcde");
    CHECK(kernel::format(buffer, "{}{:40}", "abc", 1) == "abc  ");
    CHECK(kernel::format(buffer, "123456789") == "12345");
    CHECK(memory[5] == '#');
    CHECK(kernel::format(buffer.first(0), "{}", 1).empty());
}

TEST_CASE("malformed placeholders print as they stand", "[format]") {
    CHECK(run_time("{", {1}) == "{");
    CHECK(run_time("}", {1}) == "}");
    CHECK(run_time("a{", {1}) == "a{");
    CHECK(run_time("{:", {1}) == "{:");
    CHECK(run_time("{:0", {1}) == "{:0");
    CHECK(run_time("{:8x", {1}) == "{:8x");
    CHECK(run_time("{x}", {1}) == "{x}");
    CHECK(run_time("{:y}", {1}) == "{:y}");
    CHECK(run_time("{:100}", {1}) == "{:100}");
    CHECK(run_time("{:99999999999999999999}", {1}) == "{:99999999999999999999}");
    CHECK(run_time("{:0<5}", {1}) == "{:0<5}"); // the flags have an order
    CHECK(run_time("{y} {}", {1}) == "{y} 1");
    CHECK(run_time("{:}", {1}) == "1");
}

TEST_CASE("placeholders and arguments may differ in number at run time", "[format]") {
    CHECK(run_time("{} {}", {1}) == "1 {}");
    CHECK(run_time("{}", {}) == "{}");
    CHECK(run_time("{}", {1, 2}) == "1");
}

TEST_CASE("random format strings never read or write outside", "[format]") {
    std::mt19937 random(2);
    const std::string alphabet = "{}:<#0123456789xa";
    std::array<char, 40> buffer{};
    for (int i = 0; i < 20000; ++i) {
        // On the heap and of exact size, so that the address sanitizer sees one byte too many.
        std::vector<char> format(random() % 12);
        for (char& character : format) {
            character = alphabet[random() % alphabet.size()];
        }
        const kernel::FormatArgument arguments[] = {1, "text"};
        const auto result = kernel::format_into(std::span(buffer).first(random() % buffer.size()),
                                                std::string_view(format.data(), format.size()), arguments);
        REQUIRE(result.size() <= buffer.size());
    }
}
