// The bytes in a pipe: they come out as they went in, and frames are taken when they are needed. A queue of bytes says what
// must be read.
#include "catch.hpp"
#include "memory_fixture.hpp"

#include "files/pipe_buffer.hpp"

#include <algorithm>
#include <deque>
#include <random>
#include <vector>

using namespace kernel;
using files::KernelTransfer;
using files::PipeBuffer;

namespace {

using Bytes = std::vector<std::byte>;

Result<std::uint32_t> write(PipeBuffer& buffer, const Bytes& bytes) {
    KernelTransfer from{std::span<const std::byte>(bytes)};
    return buffer.write(from);
}

Bytes read(PipeBuffer& buffer, std::size_t count) {
    Bytes bytes(count, std::byte{0xEE});
    KernelTransfer to{std::span<std::byte>(bytes)};
    bytes.resize(buffer.read(to).value());
    return bytes;
}

constexpr std::uint32_t mib = 0x100000;

/// A program's memory of which only the first bytes are there.
class Faulty final : public files::Transfer {
public:
    Faulty(std::uint32_t size, std::uint32_t good) : Transfer(size), good_(good) {}

private:
    Result<void> copy_to(std::span<const std::byte> bytes) override { return check(bytes.size()); }
    Result<void> copy_from(std::span<std::byte> bytes) override {
        std::ranges::fill(bytes, std::byte{1});
        return check(bytes.size());
    }
    Result<void> check(std::size_t size) const {
        return done() + size > good_ ? Result<void>(std::unexpected(Error::BadAddress)) : Result<void>();
    }

    std::uint32_t good_;
};

} // namespace

TEST_CASE("a pipe gives back any bytes in the order in which they came") {
    FrameMemory memory(4 * mib);
    PipeBuffer buffer;
    std::deque<std::byte> expected;
    std::mt19937 random(18);
    for (int step = 0; step < 20000; ++step) {
        if (random() % 2 == 0) {
            Bytes bytes(random() % (random() % 8 == 0 ? 70000 : 5000));
            std::ranges::generate(bytes, [&] { return static_cast<std::byte>(random()); });
            const std::uint32_t fits = std::min<std::uint32_t>(static_cast<std::uint32_t>(bytes.size()), buffer.room());
            REQUIRE(write(buffer, bytes) == fits);
            expected.insert(expected.end(), bytes.begin(), bytes.begin() + fits);
        } else {
            const Bytes bytes = read(buffer, random() % 9000);
            REQUIRE(bytes.size() <= expected.size());
            REQUIRE(std::equal(bytes.begin(), bytes.end(), expected.begin()));
            expected.erase(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(bytes.size()));
        }
        REQUIRE(buffer.size() == expected.size());
        REQUIRE(buffer.room() == PipeBuffer::capacity - expected.size());
    }
}

TEST_CASE("a pipe that is emptied again and again takes one frame") {
    FrameMemory memory(4 * mib);
    PipeBuffer buffer;
    CHECK(memory.used() == 0);
    for (int i = 0; i < 100; ++i) {
        REQUIRE(write(buffer, Bytes(1000)) == 1000U);
        REQUIRE(read(buffer, 4096).size() == 1000);
    }
    CHECK(memory.used() == 1);
    REQUIRE(write(buffer, Bytes(100000)) == PipeBuffer::capacity);
    CHECK(memory.used() == 16);
}

TEST_CASE("a pipe without memory takes what it can") {
    FrameMemory memory(4 * mib);
    PipeBuffer buffer;
    frames::fail_after(0);
    CHECK(write(buffer, Bytes(1)).error() == Error::OutOfMemory);
    frames::fail_after(1);
    CHECK(write(buffer, Bytes(5000)) == 4096U);
    CHECK(buffer.size() == 4096);
    CHECK(write(buffer, Bytes(1)).error() == Error::OutOfMemory);
    CHECK(read(buffer, 5000).size() == 4096);
    CHECK(write(buffer, Bytes(100)) == 100U); // the frame is still there
}

TEST_CASE("what a program's memory does not give or take is not in or out of the pipe") {
    FrameMemory memory(4 * mib);
    PipeBuffer buffer;
    Faulty none(100, 99);
    CHECK(buffer.write(none).error() == Error::BadAddress);
    CHECK(buffer.size() == 0);
    Faulty one_frame(8192, 4096);
    CHECK(buffer.write(one_frame) == 4096U);
    Faulty no_room(10, 9);
    CHECK(buffer.read(no_room).error() == Error::BadAddress);
    CHECK(buffer.size() == 4096);
}
