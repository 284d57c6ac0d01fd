// Arguments: words of a module's string, and the stack a program starts with (chapter 11).
#include "catch.hpp"
#include "program/arguments.hpp"

#include "layout.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace arguments = kernel::arguments;
using namespace std::string_view_literals;

namespace {

/// The top of a user stack, filled with a pattern, and what a program reads there.
class Stack {
public:
    explicit Stack(std::size_t size) : bytes_(size, std::byte{0xA5}) {}

    std::span<std::byte> bytes() { return bytes_; }
    std::uint32_t word(std::uint32_t address) const {
        std::uint32_t value = 0;
        std::memcpy(&value, at(address, 4), 4);
        return value;
    }
    std::string string(std::uint32_t address) const {
        std::string text;
        while (*at(address, 1) != std::byte{0}) {
            text += static_cast<char>(*at(address++, 1));
        }
        return text;
    }
    /// Is every byte below `address` as it was at the start?
    bool is_untouched_below(std::uint32_t address) const {
        for (std::uint32_t i = bottom(); i < address; ++i) {
            if (*at(i, 1) != std::byte{0xA5}) {
                return false;
            }
        }
        return true;
    }
    std::uint32_t bottom() const { return KERNEL_BASE - static_cast<std::uint32_t>(bytes_.size()); }

private:
    const std::byte* at(std::uint32_t address, std::uint32_t size) const {
        if (address < bottom() || address > KERNEL_BASE - size) {
            throw std::out_of_range("not in the stack");
        }
        return bytes_.data() + (address - bottom());
    }
    std::vector<std::byte> bytes_;
};

/// The words of `text`, read back as a program reads its argv.
std::vector<std::string> words(std::string_view text) {
    Stack stack(PAGE_SIZE);
    const auto esp = arguments::write_initial_stack(text, stack.bytes());
    std::vector<std::string> result;
    for (std::uint32_t i = 0; i < stack.word(esp.value().value()); ++i) {
        result.push_back(stack.string(stack.word(esp->value() + 4 + 4 * i)));
    }
    return result;
}

using List = std::vector<std::string>;

} // namespace

TEST_CASE("blanks separate words", "[arguments]") {
    CHECK(words("hello") == List{"hello"});
    CHECK(words("/programs/hello one two") == List{"/programs/hello", "one", "two"});
    CHECK(words("  a \t\r\n b  ") == List{"a", "b"});
    CHECK(words("a\0b"sv) == List{"a", "b"});
    CHECK(words("\xC3\xA9t\xC3\xA9 \x7F") == List{"\xC3\xA9t\xC3\xA9", "\x7F"});
    CHECK(words("") == List{});
    CHECK(words(" \t ") == List{});
}

TEST_CASE("double quotes group, a backslash takes the next character as it is", "[arguments]") {
    CHECK(words(R"(echo "two words" end)") == List{"echo", "two words", "end"});
    CHECK(words(R"(a"b c"d)") == List{"ab cd"});
    CHECK(words(R"(echo "")") == List{"echo", ""});
    CHECK(words(R"("" "" x)") == List{"", "", "x"});
    CHECK(words(R"(echo "not closed )") == List{"echo", "not closed "});
    CHECK(words(R"(it\'s \"q\" a\\b c\ d)") == List{"it's", "\"q\"", "a\\b", "c d"});
    CHECK(words(R"("in \" quotes")") == List{"in \" quotes"});
    CHECK(words("end\\") == List{"end\\"});
    CHECK(words("'single quotes'") == List{"'single", "quotes'"});
}

TEST_CASE("the initial stack is laid out as the System V ABI says", "[arguments]") {
    Stack stack(PAGE_SIZE);
    const auto result = arguments::write_initial_stack("/bin/echo one two", stack.bytes());
    REQUIRE(result);
    const std::uint32_t esp = result->value();
    CHECK(esp % 16 == 0);
    CHECK(stack.word(esp) == 3);
    CHECK(stack.string(stack.word(esp + 4)) == "/bin/echo");
    CHECK(stack.string(stack.word(esp + 8)) == "one");
    CHECK(stack.string(stack.word(esp + 12)) == "two");
    CHECK(stack.word(esp + 16) == 0);         // argv ends
    CHECK(stack.word(esp + 20) == 0);         // no environment
    CHECK(stack.word(esp + 24) == 6);         // AT_PAGESZ
    CHECK(stack.word(esp + 28) == PAGE_SIZE); //
    CHECK(stack.word(esp + 32) == 0);         // AT_NULL
    CHECK(stack.word(esp + 36) == 0);
    CHECK(stack.word(esp + 4) == KERNEL_BASE - sizeof "/bin/echo one two");
    CHECK(stack.word(esp + 8) == KERNEL_BASE - sizeof "one two");
    CHECK(stack.word(esp + 12) == KERNEL_BASE - sizeof "two");
    CHECK(stack.is_untouched_below(esp));
}

TEST_CASE("a program without words starts with argc 0", "[arguments]") {
    Stack stack(64);
    const auto esp = arguments::write_initial_stack("", stack.bytes());
    REQUIRE(esp);
    CHECK(esp->value() == KERNEL_BASE - 32);
    CHECK(stack.word(esp->value()) == 0);
    CHECK(stack.word(esp->value() + 4) == 0);
    CHECK(stack.word(esp->value() + 12) == 6);
}

TEST_CASE("esp is a multiple of 16 whatever the words are", "[arguments]") {
    std::string text = "a";
    for (int i = 0; i < 200; ++i) {
        Stack stack(PAGE_SIZE);
        const auto esp = arguments::write_initial_stack(text, stack.bytes());
        REQUIRE(esp);
        CHECK(esp->value() % 16 == 0);
        CHECK(stack.is_untouched_below(esp->value()));
        text += i % 3 == 0 ? " b" : "c";
    }
}

TEST_CASE("what does not fit is an error, and nothing is written", "[arguments]") {
    // One word of n letters needs n + 1 bytes, a table of 32, and what makes esp a multiple of 16.
    const std::size_t room = 256;
    const std::string fits(room - 32 - 1, 'x');
    Stack stack(room);
    const auto esp = arguments::write_initial_stack(fits, stack.bytes());
    REQUIRE(esp);
    CHECK(esp->value() == KERNEL_BASE - room);
    CHECK(stack.string(stack.word(esp->value() + 4)) == fits);

    for (const std::string& text :
         {fits + "x", std::string(room, 'x'), std::string(100000, 'x'), std::string(100000, ' ') + "x" + fits,
          std::string(R"("" "" "" "" "" "" "" "" "" "" "" "" "" "" "" "" "" "" "" "" "" "" )"
                      R"("" "" "" "" "" "" "" "" "" "" "" "" "" "" "" "" "" "" "" "" "" "" )"
                      R"("" "" "" "" "" "" "" "" "" "" "" "" "" "" "" "" "" "" "" "" "" "" )")}) {
        Stack small(room);
        const auto result = arguments::write_initial_stack(text, small.bytes());
        REQUIRE_FALSE(result);
        CHECK(result.error() == kernel::Error::ArgumentsTooBig);
        CHECK(small.is_untouched_below(KERNEL_BASE));
    }
}

TEST_CASE("even no words need 32 bytes", "[arguments]") {
    for (const std::size_t size : {0U, 16U, 31U}) {
        Stack stack(size);
        CHECK_FALSE(arguments::write_initial_stack("", stack.bytes()));
    }
    Stack stack(32);
    CHECK(arguments::write_initial_stack("", stack.bytes()));
}

TEST_CASE("a program is called by the last component of its first word", "[arguments]") {
    CHECK(arguments::program_name("hello") == "hello");
    CHECK(arguments::program_name("/programs/hello") == "hello");
    CHECK(arguments::program_name("build/programs/hello.bin a/b c") == "hello.bin");
    CHECK(arguments::program_name("  \tcli  ") == "cli");
    CHECK(arguments::program_name("") == "unnamed");
    CHECK(arguments::program_name("   ") == "unnamed");
    CHECK(arguments::program_name("/bin/") == "unnamed");
    CHECK(arguments::program_name("/ x") == "unnamed");
}

TEST_CASE("a program that another one starts gets its words and an environment") {
    Stack stack(PAGE_SIZE);
    const kernel::Arguments given{.words = "one\0\0A=1\0B=\0"sv, .argument_count = 2};
    const std::uint32_t esp = arguments::write_initial_stack(given, stack.bytes()).value().value();
    CHECK(esp % 16 == 0);
    CHECK(stack.word(esp) == 2);
    CHECK(stack.string(stack.word(esp + 4)) == "one");
    CHECK(stack.string(stack.word(esp + 8)).empty());
    CHECK(stack.word(esp + 12) == 0); // the end of argv
    CHECK(stack.string(stack.word(esp + 16)) == "A=1");
    CHECK(stack.string(stack.word(esp + 20)) == "B=");
    CHECK(stack.word(esp + 24) == 0); // the end of the environment
    CHECK(stack.word(esp + 28) == 6); // AT_PAGESZ
    CHECK(stack.is_untouched_below(esp));
}

TEST_CASE("a later chapter adds entries to the auxiliary vector, and bytes at the end") {
    Stack stack(PAGE_SIZE);
    const std::uint32_t entries[] = {25, KERNEL_BASE - 4};
    const std::uint32_t bytes = 0x1234'5678;
    const arguments::Additions more{.auxiliary = entries, .bytes = std::as_bytes(std::span(&bytes, 1))};
    const std::uint32_t esp = arguments::write_initial_stack("one", stack.bytes(), more).value().value();
    CHECK(esp % 16 == 0);
    CHECK(stack.string(stack.word(esp + 4)) == "one");
    CHECK(stack.word(esp + 4) == KERNEL_BASE - 4 - sizeof "one");
    CHECK(stack.word(esp + 16) == 25);
    CHECK(stack.word(stack.word(esp + 20)) == bytes);
    CHECK(stack.word(esp + 24) == 6); // AT_PAGESZ
    CHECK(stack.word(esp + 32) == 0); // AT_NULL
    CHECK(arguments::write_initial_stack("one", stack.bytes().first(40), more).error() ==
          kernel::Error::ArgumentsTooBig);
}

TEST_CASE("neither words nor an environment are there if none are given") {
    Stack stack(PAGE_SIZE);
    const std::uint32_t esp =
        arguments::write_initial_stack(kernel::Arguments{.words = {}, .argument_count = 0}, stack.bytes())
            .value()
            .value();
    CHECK(stack.word(esp) == 0);
    CHECK(stack.word(esp + 4) == 0);
    CHECK(stack.word(esp + 8) == 0);
    CHECK(stack.word(esp + 12) == 6);
}
