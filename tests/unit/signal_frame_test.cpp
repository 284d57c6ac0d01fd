// Signal frames: what a handler finds on its stack, and what a forged frame can't do.
#include "catch.hpp"

#include "process/signal_frame.hpp"

#include "layout.h"

#include <cstring>
#include <random>

using namespace kernel;
using signal_frame::Image;

namespace {

constexpr std::uint32_t flags_of_programs = 0x50DD5; // AC, RF, OF, DF, TF, SF, ZF, AF, PF, CF

interrupts::Frame some_frame() {
    interrupts::Frame frame{};
    frame.ds = frame.es = frame.fs = frame.user_ss = USER_DATA | 3;
    frame.cs = USER_CODE | 3;
    frame.edi = 1;
    frame.esi = 2;
    frame.ebp = 3;
    frame.ebx = 4;
    frame.edx = 5;
    frame.ecx = 6;
    frame.eax = 7;
    frame.eip = 0x08049000;
    frame.eflags = 0x202 | 1U << 10 | 1; // IF, and what a program has set: DF, CF
    frame.user_esp = 0xBFFF'F123;
    return frame;
}

template <typename T>
T read(const Image& image, std::size_t offset) {
    T value;
    REQUIRE(offset + sizeof(T) <= image.size);
    std::memcpy(&value, image.bytes + offset, sizeof(T));
    return value;
}

siginfo32 info_of(int number) {
    siginfo32 info{};
    info.si_signo = number;
    return info;
}

} // namespace

TEST_CASE("what a frame tells of cr2 is a page fault's address, never the kernel's stack") {
    interrupts::Frame frame = some_frame();
    frame.cr2 = 0xFF80'7FE4; // where pusha has stored esp
    frame.vector = SYSTEM_CALL_VECTOR;
    signal_frame::Call call{};
    call.stack = 0xBFFF'F000;
    Image image;
    signal_frame::begin_handler(image, frame, call, info_of(SIGINT));
    CHECK(read<std::uint32_t>(image, offsetof(struct signal_frame, context) + offsetof(sigcontext32, cr2)) == 0);
    frame.vector = static_cast<std::uint32_t>(interrupts::Vector::PageFault);
    frame.cr2 = 0x1234;
    signal_frame::begin_handler(image, frame, call, info_of(SIGSEGV));
    CHECK(read<std::uint32_t>(image, offsetof(struct signal_frame, context) + offsetof(sigcontext32, cr2)) == 0x1234);
}

TEST_CASE("the frames are laid out as Linux lays them out") {
    STATIC_REQUIRE(sizeof(sigcontext32) == 88);
    STATIC_REQUIRE(sizeof(siginfo32) == 128);
    STATIC_REQUIRE(sizeof(ucontext32) == 116);
    STATIC_REQUIRE(offsetof(sigcontext32, eip) == 56);
    STATIC_REQUIRE(offsetof(struct signal_frame, context) == 8);
    STATIC_REQUIRE(offsetof(rt_signal_frame, info) == 16);
    STATIC_REQUIRE(offsetof(rt_signal_frame, context) == 144);
    STATIC_REQUIRE(sizeof(kernel_sigaction) == 20);
}

TEST_CASE("a handler begins with its number, and comes back to what was interrupted") {
    const std::uint32_t with_info = GENERATE(0U, std::uint32_t{SA_SIGINFO});
    const interrupts::Frame before = some_frame();
    interrupts::Frame frame = before;
    Image image;
    const signal_frame::Set mask = 0x1234'5678'9ABC'DEF0;
    begin_handler(image, frame,
                  {.handler = 0x0804'A000,
                   .flags = with_info,
                   .restorer = 0,
                   .stack = frame.user_esp,
                   .mask = mask,
                   .alternate = {},
                   .floating_point = 0xBFFF'F000},
                  info_of(11));
    CHECK(frame.eip == 0x0804'A000);
    CHECK(frame.user_esp == image.address);
    CHECK((frame.user_esp + 4) % 16 == 0);
    CHECK(image.address + image.size <= before.user_esp);
    CHECK(frame.eflags == 0x203); // the direction is forward, as the ABI wants it for a function
    CHECK(read<int>(image, 4) == 11);
    const bool rt = with_info != 0;
    const std::size_t context =
        rt ? offsetof(rt_signal_frame, context.uc_mcontext) : offsetof(struct signal_frame, context);
    if (rt) {
        CHECK(read<std::uint32_t>(image, 8) == image.address + 16);
        CHECK(read<std::uint32_t>(image, 12) == image.address + 144);
        CHECK(read<int>(image, 16) == 11);
        CHECK(read<std::uint64_t>(image, offsetof(rt_signal_frame, context.uc_sigmask)) == mask);
    } else {
        CHECK(read<std::uint32_t>(image, offsetof(struct signal_frame, high_mask)) == 0x1234'5678);
        CHECK(read<std::uint32_t>(image, context + offsetof(sigcontext32, oldmask)) == 0x9ABC'DEF0);
    }
    CHECK(read<std::uint32_t>(image, context + offsetof(sigcontext32, fpstate)) == 0xBFFF'F000);
    // The return address is that of the code, which makes the right call.
    const std::size_t code = read<std::uint32_t>(image, 0) - image.address;
    CHECK(read<std::uint32_t>(image, code + (rt ? 1 : 2)) == (rt ? 173U : 119U));

    signal_frame::restore(frame, read<sigcontext32>(image, context));
    CHECK(std::memcmp(&frame, &before, sizeof(frame)) == 0);
}

TEST_CASE("a restorer is returned to instead") {
    interrupts::Frame frame = some_frame();
    Image image;
    begin_handler(
        image, frame,
        {.handler = 1, .flags = SA_RESTORER, .restorer = 0x1111, .stack = frame.user_esp, .mask = 0, .alternate = {}},
        info_of(2));
    CHECK(read<std::uint32_t>(image, 0) == 0x1111);
}

TEST_CASE("no forged context gives a program more than it has") {
    std::mt19937 random(18);
    for (int i = 0; i < 100000; ++i) {
        sigcontext32 forged;
        auto* bytes = reinterpret_cast<unsigned char*>(&forged);
        for (std::size_t j = 0; j < sizeof(forged); ++j) {
            bytes[j] = static_cast<unsigned char>(random() % 4 == 0 ? 0xFF : random());
        }
        interrupts::Frame frame = some_frame();
        signal_frame::restore(frame, forged);
        REQUIRE(frame.cs == (USER_CODE | 3));
        REQUIRE(frame.user_ss == (USER_DATA | 3));
        REQUIRE((frame.eflags & ~flags_of_programs) == 0x202);
        REQUIRE((frame.eflags & flags_of_programs) == (forged.eflags & flags_of_programs));
        for (const std::uint16_t selector : {frame.ds, frame.es, frame.fs, frame.gs}) {
            REQUIRE((selector == 0 || selector == (USER_DATA | 3) || selector == (USER_CODE | 3)));
        }
        REQUIRE(frame.eip == forged.eip); // where it likes: ring 3 has no more rights in one place than in another
    }
}
