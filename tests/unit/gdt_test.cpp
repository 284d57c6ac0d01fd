// Segment descriptors: every field in its place.
#include "catch.hpp"

#include "cpu/gdt.hpp"

#include <cstdint>
#include <random>

using kernel::gdt::Descriptor;
using kernel::gdt::Privilege;

namespace {

/// Bits `count` from bit `first` on.
std::uint32_t bits(Descriptor descriptor, unsigned first, unsigned count) {
    return static_cast<std::uint32_t>(descriptor.quadword() >> first & ((std::uint64_t{1} << count) - 1));
}

} // namespace

TEST_CASE("a descriptor's base is split over three fields") {
    std::mt19937 random(std::random_device{}());
    for (int i = 0; i < 100; ++i) {
        const auto base = static_cast<std::uint32_t>(random());
        const Descriptor tss = Descriptor::tss(base, 0x67);
        CAPTURE(base);
        REQUIRE(bits(tss, 16, 16) == (base & 0xFFFF));
        REQUIRE(bits(tss, 32, 8) == (base >> 16 & 0xFF));
        REQUIRE(bits(tss, 56, 8) == base >> 24);
    }
}

TEST_CASE("a descriptor's limit is split over two fields, 20 bits in all") {
    for (const std::uint32_t limit : {0x67U, 0xFFFFU, 0x10000U, 0xABCDEU, 0xFFFFFU}) {
        const Descriptor tss = Descriptor::tss(0, limit);
        CAPTURE(limit);
        REQUIRE(bits(tss, 0, 16) == (limit & 0xFFFF));
        REQUIRE(bits(tss, 48, 4) == limit >> 16);
    }
}

TEST_CASE("a descriptor's access byte has present bit, privilege level, S and type") {
    REQUIRE(bits(Descriptor::code(Privilege::Kernel), 40, 8) == 0b1'00'1'1011);
    REQUIRE(bits(Descriptor::data(Privilege::Kernel), 40, 8) == 0b1'00'1'0011);
    REQUIRE(bits(Descriptor::code(Privilege::User), 40, 8) == 0b1'11'1'1011);
    REQUIRE(bits(Descriptor::data(Privilege::User), 40, 8) == 0b1'11'1'0011);
    REQUIRE(bits(Descriptor::tss(0xC0123456, 0x67), 40, 8) == 0b1'00'0'1001);
}

TEST_CASE("a descriptor's flags say 4 KiB units and 32 bits for segments") {
    REQUIRE(bits(Descriptor::code(Privilege::User), 52, 4) == 0b1100);
    REQUIRE(bits(Descriptor::data(Privilege::Kernel), 52, 4) == 0b1100);
    REQUIRE(bits(Descriptor::tss(0xFFFFFFFF, 0xFFFFF), 52, 4) == 0b0000);
    REQUIRE(Descriptor().quadword() == 0);
}

TEST_CASE("a thread's segment is writable data of privilege level 3, with a base of its own") {
    CHECK(Descriptor::thread(0x1234'5678, 0xFFFFF, true).quadword() == 0x12CF'F334'5678'FFFF);
    CHECK(Descriptor::thread(0x1234'5678, 0x00FFF, false).quadword() == 0x1240'F334'5678'0FFF);
}
