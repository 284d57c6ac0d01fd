// The programs' C library, its parts that call no kernel: strings, numbers, the printf family,
// malloc. The library's sources are compiled into a namespace of their own, after the host's
// headers, so that libc::memcpy and
// ::memcpy live side by side. What they call beyond themselves (sbrk, abort, fprintf) is defined
// here, before them.
#include "catch.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// They are C: their casts are C's.
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wuseless-cast"
// The formats of these tests are made at run time, or wrong on purpose.
#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat-truncation"

namespace libc {

struct Aborted : std::runtime_error {
    using std::runtime_error::runtime_error;
};

std::string complaint;

[[noreturn]] void abort() {
    throw Aborted(complaint);
}

/// A type of the namespace, or the call would find the host's fprintf too.
struct Stream {};
Stream* const stderr = nullptr; // the host's headers define stderr as itself

void fprintf(Stream* /*stream*/, const char* format, ...) {
    char text[200];
    va_list list;
    va_start(list, format);
    ::vsnprintf(text, sizeof text, format, list);
    va_end(list);
    complaint = text;
}

/// The heap: its beginning is odd on purpose, its end is where the kernel says no.
alignas(16) std::array<unsigned char, 1 << 16> heap;
constexpr std::size_t heap_begin = 3;
std::size_t heap_used = heap_begin;

void* sbrk(std::intptr_t increment) {
    const std::size_t old_end = heap_used;
    if (increment > static_cast<std::intptr_t>(heap.size() - old_end)) {
        errno = ENOMEM;
        return reinterpret_cast<void*>(-1);
    }
    heap_used += static_cast<std::size_t>(increment);
    return heap.data() + old_end;
}

#include "../../programs/libc/string.c"

#include "../../programs/libc/number.c"

#include "../../programs/libc/format.c"

#include "../../programs/libc/malloc.c"

} // namespace libc

namespace {

/// What a call of snprintf left behind: its value, and the text.
struct Printed {
    int length;
    std::string text;
};

void check_same(const std::string& format, std::size_t size, const Printed& ours, const Printed& theirs) {
    INFO("format \"" << format << "\", size " << size);
    CHECK(ours.length == theirs.length);
    CHECK(ours.text == theirs.text);
}

/// Formats with both libraries, into buffers of `size` bytes on the heap (where the sanitizer sees
/// each byte too far), and wants the same text and value.
template <typename... Arguments>
void compare(std::size_t size, const std::string& format, Arguments... arguments) {
    std::vector<char> ours(size, '#');
    std::vector<char> theirs(size, '#');
    const int our_length = libc::snprintf(ours.data(), size, format.c_str(), arguments...);
    const int their_length = ::snprintf(theirs.data(), size, format.c_str(), arguments...);
    check_same(format, size, {our_length, std::string(ours.begin(), ours.end()).c_str()},
               {their_length, std::string(theirs.begin(), theirs.end()).c_str()});
}

template <typename... Arguments>
void compare_sizes(const std::string& format, Arguments... arguments) {
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{20}, std::size_t{300}}) {
        compare(size, format, arguments...);
    }
}

std::string format(const char* text, ...) {
    char buffer[100];
    va_list list;
    va_start(list, text);
    libc::vsnprintf(buffer, sizeof buffer, text, list);
    va_end(list);
    return buffer;
}

int sign(int value) {
    return (value > 0) - (value < 0);
}

} // namespace

TEST_CASE("plain text and every kind of argument are printed", "[libc]") {
    CHECK(format("plain") == "plain");
    CHECK(format("%d%%", 42) == "42%");
    CHECK(format("%s %c|", "text", 'x') == "text x|");
    CHECK(format("%i %u %o %x %X", -1, 4000000000U, 8U, 0xBEEFU, 0xBEEFU) == "-1 4000000000 10 beef BEEF");
    CHECK(format("%p", reinterpret_cast<void*>(std::uintptr_t{0xC0100000})) == "0xc0100000");
    CHECK(format("%p|%12p", nullptr, reinterpret_cast<void*>(std::uintptr_t{0x80})) == "0x0|        0x80");
    CHECK(format("%s", static_cast<const char*>(nullptr)) == "(null)");
    CHECK(format("100%") == "100");
    CHECK(format("%5") == "");
    CHECK(format("%y") == "y");
}

TEST_CASE("the result of snprintf is the whole length, and the buffer is never overrun", "[libc]") {
    char buffer[6] = "#####";
    CHECK(libc::snprintf(buffer, 4, "%s", "abcdef") == 6);
    CHECK(std::string(buffer) == "abc");
    CHECK(buffer[4] == '#');
    CHECK(libc::snprintf(nullptr, 0, "%d", 12345) == 5);
    CHECK(libc::snprintf(buffer, 1, "%d", 7) == 1);
    CHECK(buffer[0] == '\0');
    CHECK(libc::snprintf(buffer, sizeof buffer, "%5d", 7) == 5);
    CHECK(std::string(buffer) == "    7");
}

TEST_CASE("a length that no int can tell is a failure", "[libc]") {
    char buffer[4];
    errno = 0;
    CHECK(libc::snprintf(buffer, sizeof buffer, "%2147483647d", 1) == INT_MAX);
    CHECK(libc::snprintf(buffer, sizeof buffer, "%2147483647d%d", 1, 1) == -1);
    CHECK(errno == EOVERFLOW);
    CHECK(libc::snprintf(buffer, sizeof buffer, "x%.2147483647d", 1) == -1);
    CHECK(libc::snprintf(buffer, sizeof buffer, "%-2147483647s%s", "a", "b") == -1);
    CHECK(libc::snprintf(buffer, sizeof buffer, "%*d", INT_MIN, 1) == INT_MAX);
    CHECK(libc::snprintf(buffer, sizeof buffer, "%99999999999999d%s", 1, "b") == -1);
}

TEST_CASE("the extremes of every length print as the host's library prints them", "[libc]") {
    compare_sizes("%d|%d", INT_MIN, INT_MAX);
    compare_sizes("%ld|%ld", LONG_MIN, LONG_MAX);
    compare_sizes("%lld|%lld|%lli", LLONG_MIN, LLONG_MAX, 0LL);
    compare_sizes("%llu|%llx|%llo|%#llo", ULLONG_MAX, ULLONG_MAX, ULLONG_MAX, ULLONG_MAX);
    compare_sizes("%hhd|%hhu|%hd|%hu", 0x1FF, 0x1FF, 0x1FFFF, 0x1FFFF);
    compare_sizes("%zu|%zx|%zd|%jd|%td", SIZE_MAX, SIZE_MAX, std::ptrdiff_t{-5}, std::intmax_t{-6}, std::ptrdiff_t{-7});
    compare_sizes("%*d|%-*d|%.*d|%*.*d", 8, 5, 8, 5, 4, 5, -9, 3, 5);
    compare_sizes("%.*d|%.*s", -1, 5, -1, "abc");
    compare_sizes("%.0d|%.0x|%#.0o|%#o|%#x|%.d", 0, 0U, 0U, 0U, 0U, 0);
    compare_sizes("%05d|%-05d|%+05d|% 05d|%05.2d", -42, 42, 42, 42, 42);
    compare_sizes("%10s|%-10s|%.2s|%10.2s|%-10.2s|%.0s", "abc", "abc", "abc", "abc", "abc", "abc");
    compare_sizes("%c|%5c|%-5c|%c", 'a', 'b', 'c', 0xE4);
    compare_sizes("%%|%5d%%", 3);
}

TEST_CASE("thousands of random conversions print as the host's library prints them", "[libc]") {
    std::mt19937 random(2024); // the same in every run
    const auto pick = [&random](int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit)); };
    const char* const lengths[] = {"hh", "h", "", "l", "ll", "j", "z", "t"};
    for (int i = 0; i < 4000; ++i) {
        std::string flags;
        const std::string all_flags = "-0+ #";
        for (const char flag : all_flags) {
            if (pick(3) == 0) {
                flags += flag;
            }
        }
        const char conversion = "diuoxX"[pick(6)];
        const std::string width = pick(2) == 0 ? "" : std::to_string(1 + pick(24));
        const std::string precision = pick(2) == 0 ? "" : "." + std::to_string(pick(24));
        const char* const length = lengths[pick(8)];
        const std::string specification = "<%" + flags + width + precision + length + conversion + ">";
        const std::uint64_t value = (std::uint64_t{random()} << 32 | random()) >> pick(64) << pick(3) * 8;
        const std::size_t size = static_cast<std::size_t>(pick(60));
        // 'h' and none take an int, the others a 64-bit value on this host.
        if (length[0] == 'h' || length[0] == '\0') {
            compare(size, specification, static_cast<int>(value));
        } else {
            compare(size, specification, value);
        }
    }
}

TEST_CASE("memory functions do what the host's do", "[libc]") {
    char ours[] = "0123456789";
    char theirs[] = "0123456789";
    SECTION("copying") {
        CHECK(libc::memcpy(ours + 2, "ab", 2) == ours + 2);
        CHECK(std::string(ours) == "01ab456789");
        CHECK(libc::memcpy(ours, "xyz", 0) == ours);
        CHECK(std::string(ours) == "01ab456789");
    }
    SECTION("moving, with every overlap") {
        for (std::size_t from = 0; from < 10; ++from) {
            for (std::size_t to = 0; to < 10; ++to) {
                const std::size_t count = 10 - std::max(from, to);
                CHECK(libc::memmove(ours + to, ours + from, count) == ours + to);
                std::memmove(theirs + to, theirs + from, count);
                CHECK(std::string(ours) == std::string(theirs));
            }
        }
    }
    SECTION("filling") {
        CHECK(libc::memset(ours + 3, 0x100 + 'x', 4) == ours + 3);
        CHECK(std::string(ours) == "012xxxx789");
    }
    SECTION("comparing is unsigned and stops in time") {
        CHECK(libc::memcmp("abc", "abd", 3) < 0);
        CHECK(libc::memcmp("abc", "abd", 2) == 0);
        CHECK(libc::memcmp("\xFF", "\x01", 1) > 0);
        CHECK(libc::memcmp("a", "b", 0) == 0);
    }
    SECTION("searching") {
        CHECK(libc::memchr(ours, '5', 10) == ours + 5);
        CHECK(libc::memchr(ours, '5', 5) == nullptr);
        CHECK(libc::memchr("\xE4", 0xE4, 1) != nullptr);
    }
}

TEST_CASE("string functions do what the host's do", "[libc]") {
    const char* const samples[] = {"",    "a",    "b",     "ab",    "abc",     "abd",  "aab",
                                   "aaa", "\xFF", "abcab", "bcabc", "abababc", "ababc"};
    for (const char* left : samples) {
        CHECK(libc::strlen(left) == std::strlen(left));
        CHECK(libc::strnlen(left, 2) == ::strnlen(left, 2));
        for (const int character : {97, 98, 122, 0xFF, 0}) {
            CHECK(libc::strchr(left, character) == std::strchr(left, character));
            CHECK(libc::strrchr(left, character) == std::strrchr(left, character));
        }
        for (const char* right : samples) {
            INFO('"' << left << "\" and \"" << right << '"');
            CHECK(sign(libc::strcmp(left, right)) == sign(std::strcmp(left, right)));
            CHECK(libc::strstr(left, right) == std::strstr(left, right));
            CHECK(libc::strspn(left, right) == std::strspn(left, right));
            CHECK(libc::strcspn(left, right) == std::strcspn(left, right));
            for (std::size_t limit = 0; limit < 5; ++limit) {
                CHECK(sign(libc::strncmp(left, right, limit)) == sign(std::strncmp(left, right, limit)));
                char ours[20] = "xy\0#############";
                char theirs[20] = "xy\0#############";
                CHECK(libc::strncat(ours, right, limit) == ours);
                std::strncat(theirs, right, limit);
                CHECK(std::memcmp(ours, theirs, sizeof ours) == 0);
                CHECK(libc::strncpy(ours, left, limit) == ours);
                std::strncpy(theirs, left, limit);
                CHECK(std::memcmp(ours, theirs, sizeof ours) == 0);
            }
            char text[20] = "###################";
            CHECK(libc::strcpy(text, left) == text);
            CHECK(libc::strcat(text, right) == text);
            CHECK(std::string(text) == std::string(left) + right);
        }
    }
    CHECK(std::string(libc::strerror(EFAULT)) == "bad address");
    CHECK(std::string(libc::strerror(12345)) == "unknown error");
}

TEST_CASE("numbers are read as the host's library reads them", "[libc]") {
    const char* const samples[] = {"",
                                   "0",
                                   "42",
                                   "  \t\n42 rest",
                                   "-42",
                                   "+42",
                                   "- 42",
                                   "--42",
                                   "0x1F",
                                   "0X1f",
                                   "0xg",
                                   "0x",
                                   "017",
                                   "089",
                                   "zz",
                                   "9223372036854775807",
                                   "9223372036854775808",
                                   "-9223372036854775808",
                                   "-9223372036854775809",
                                   "18446744073709551615",
                                   "18446744073709551616",
                                   "99999999999999999999999999x",
                                   "-1",
                                   "\xE4"};
    for (const char* text : samples) {
        for (const int base : {0, 2, 8, 10, 16, 36}) {
            INFO('"' << text << "\" in base " << base);
            char* our_end = nullptr;
            char* their_end = nullptr;
            errno = 0;
            const long ours = libc::strtol(text, &our_end, base);
            const int our_error = errno;
            errno = 0;
            CHECK(ours == std::strtol(text, &their_end, base));
            CHECK(our_error == errno);
            CHECK(our_end == their_end);

            errno = 0;
            const unsigned long ours_unsigned = libc::strtoul(text, &our_end, base);
            const int our_unsigned_error = errno;
            errno = 0;
            CHECK(ours_unsigned == std::strtoul(text, &their_end, base));
            CHECK(our_unsigned_error == errno);
            CHECK(our_end == their_end);
        }
    }
    CHECK(libc::atoi("  -17x") == -17);
    CHECK(libc::strtol("12", nullptr, 10) == 12);
}

namespace {

/// A new, empty heap for a test of malloc.
void reset_heap() {
    libc::first_block = nullptr;
    libc::heap_used = libc::heap_begin;
    libc::heap.fill(0xCC);
}

} // namespace

TEST_CASE("malloc gives out aligned memory that does not overlap, and takes it back", "[libc]") {
    reset_heap();
    std::mt19937 random(7);
    struct Held {
        unsigned char* memory;
        std::size_t size;
        unsigned char mark;
    };
    std::vector<Held> held;
    for (int i = 0; i < 5000; ++i) {
        if (held.size() < 30 && random() % 2 == 0) {
            const std::size_t size = random() % 700;
            auto* memory = static_cast<unsigned char*>(libc::malloc(size));
            REQUIRE(memory != nullptr);
            REQUIRE(reinterpret_cast<std::uintptr_t>(memory) % 16 == 0);
            REQUIRE(memory >= libc::heap.data());
            REQUIRE(memory + size <= libc::heap.data() + libc::heap_used);
            const auto mark = static_cast<unsigned char>(i);
            std::memset(memory, mark, size);
            held.push_back({memory, size, mark});
        } else if (!held.empty()) {
            const std::size_t index = random() % held.size();
            const Held block = held[index];
            for (std::size_t j = 0; j < block.size; ++j) {
                REQUIRE(block.memory[j] == block.mark); // nobody else wrote here
            }
            libc::free(block.memory);
            held[index] = held.back();
            held.pop_back();
        }
    }
    for (const Held& block : held) {
        libc::free(block.memory);
    }
    // All of it is free and joined again: what the heap has grown to can be had in one piece.
    const std::size_t grown_to = libc::heap_used;
    CHECK(libc::malloc(grown_to - 64) != nullptr);
    CHECK(libc::heap_used == grown_to);
}

TEST_CASE("malloc says ENOMEM where there is none, and works on", "[libc]") {
    reset_heap();
    errno = 0;
    CHECK(libc::malloc(libc::heap.size()) == nullptr);
    CHECK(errno == ENOMEM);
    for (const std::size_t size : {SIZE_MAX, SIZE_MAX - 15, SIZE_MAX - 40, SIZE_MAX / 2, SIZE_MAX / 2 + 1}) {
        errno = 0;
        CHECK(libc::malloc(size) == nullptr);
        CHECK(errno == ENOMEM);
    }
    CHECK(libc::calloc(SIZE_MAX / 2, 3) == nullptr);
    void* const small = libc::malloc(0);
    CHECK(small != nullptr);
    CHECK(small != libc::malloc(0));
    libc::free(nullptr);
}

TEST_CASE("calloc, realloc and strdup", "[libc]") {
    reset_heap();
    auto* zeros = static_cast<unsigned char*>(libc::malloc(100));
    std::memset(zeros, 0xFF, 100);
    libc::free(zeros);
    zeros = static_cast<unsigned char*>(libc::calloc(25, 4));
    REQUIRE(zeros != nullptr);
    CHECK(std::string(zeros, zeros + 100) == std::string(100, '\0'));

    auto* text = static_cast<char*>(libc::realloc(nullptr, 10));
    std::strcpy(text, "a string");
    CHECK(libc::realloc(text, 5) == text);
    auto* longer = static_cast<char*>(libc::realloc(text, 1000));
    REQUIRE(longer != nullptr);
    CHECK(longer != text);
    CHECK(std::string(longer) == "a string");
    CHECK(libc::realloc(longer, libc::heap.size()) == nullptr);
    CHECK(std::string(longer) == "a string"); // a failure leaves the old block alone
    char* const copy = libc::strdup(longer);
    CHECK(copy != longer);
    CHECK(std::string(copy) == "a string");
}

TEST_CASE("what the program does wrong with its heap is noticed", "[libc]") {
    reset_heap();
    auto* const first = static_cast<char*>(libc::malloc(32));
    auto* const second = static_cast<char*>(libc::malloc(32));
    SECTION("freed twice") {
        libc::free(first);
        CHECK_THROWS_AS(libc::free(first), libc::Aborted);
        CHECK(libc::complaint.find("was freed before") != std::string::npos);
    }
    SECTION("freed twice, and its header gone by joining") {
        libc::free(first);
        libc::free(second);
        CHECK(libc::malloc(80) != nullptr);
        CHECK_THROWS_AS(libc::free(second), libc::Aborted);
    }
    SECTION("not malloc's") {
        CHECK_THROWS_AS(libc::free(first + 8), libc::Aborted);
        CHECK_THROWS_AS(libc::free(first + 16), libc::Aborted);
        CHECK(libc::complaint.find("does not come from malloc") != std::string::npos);
    }
    SECTION("written past the end") {
        std::memset(first + 32, 0x41, sizeof(libc::block));
        CHECK_THROWS_AS(libc::free(second), libc::Aborted);
    }
    SECTION("written past the end, noticed by the next malloc") {
        // The link of the header must stay whole here, or the test could not go on; its mark is
        // what is written over.
        std::memset(first + 32 + offsetof(libc::block, state), 0x41, sizeof(unsigned));
        CHECK_THROWS_AS(libc::malloc(1), libc::Aborted);
        CHECK(libc::complaint.find("no intact header") != std::string::npos);
    }
}
