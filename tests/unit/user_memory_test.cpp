// User memory: which ranges of addresses a program may name (chapter 12). Each expectation is
// worked out in 64 bits, where no sum can wrap.
#include "catch.hpp"
#include "memory/user_memory.hpp"

#include "layout.h"

#include <cstdint>
#include <random>

using kernel::user_memory::is_user_range;

namespace {

/// The last 32-bit address, and the size that reaches up to it from 0.
constexpr std::uint32_t highest = 0xFFFFFFFF;

void check_against_wide_sum(std::uint32_t address, std::uint32_t size) {
    INFO("address " << address << ", size " << size);
    const bool below_the_kernel = std::uint64_t{address} + size <= KERNEL_BASE;
    CHECK(is_user_range(address, size) == below_the_kernel);
}

} // namespace

TEST_CASE("a range below the kernel is the program's", "[user_memory]") {
    CHECK(is_user_range(0, 1));
    CHECK(is_user_range(0x08048000, 0x1000));
    CHECK(is_user_range(0xBFFFF000, 0x1000)); // ends where the kernel begins
    CHECK(is_user_range(KERNEL_BASE - 1, 1));
    CHECK(is_user_range(0, KERNEL_BASE)); // all there is
}

TEST_CASE("an empty range is the program's up to the kernel's first byte", "[user_memory]") {
    CHECK(is_user_range(0, 0));
    CHECK(is_user_range(0x1000, 0));
    CHECK(is_user_range(KERNEL_BASE, 0));
    CHECK_FALSE(is_user_range(KERNEL_BASE + 1, 0));
    CHECK_FALSE(is_user_range(highest, 0));
}

TEST_CASE("a range that begins in the kernel is not the program's", "[user_memory]") {
    CHECK_FALSE(is_user_range(KERNEL_BASE, 1));
    CHECK_FALSE(is_user_range(KERNEL_BASE + 0x100000, 4));
}

TEST_CASE("a range that reaches into the kernel is not the program's", "[user_memory]") {
    CHECK_FALSE(is_user_range(KERNEL_BASE - 1, 2));
    CHECK_FALSE(is_user_range(0xBFFFF000, 0x1001));
    CHECK_FALSE(is_user_range(0, KERNEL_BASE + 1));
    CHECK_FALSE(is_user_range(1, KERNEL_BASE));
}

TEST_CASE("a range that wraps round 2^32 is not the program's", "[user_memory]") {
    CHECK_FALSE(is_user_range(0xBFFFF000, 0x50000000)); // the sum is 0x0FFFF000 in 32 bits
    CHECK_FALSE(is_user_range(1, highest));             // and here it is 0
    CHECK_FALSE(is_user_range(highest, 1));
    CHECK_FALSE(is_user_range(highest, highest));
    CHECK_FALSE(is_user_range(KERNEL_BASE, highest));
}

TEST_CASE("any range is judged as its end in 64 bits says", "[user_memory]") {
    std::mt19937 random(12); // the same numbers at each run
    for (int i = 0; i < 10000; ++i) {
        const auto address = static_cast<std::uint32_t>(random());
        const auto size = static_cast<std::uint32_t>(random()) >> (i % 32);
        check_against_wide_sum(address, size);
        check_against_wide_sum(KERNEL_BASE - size, size); // the last that is allowed
        check_against_wide_sum(KERNEL_BASE - size, size + 1);
    }
}
