// The contents of files: what was written is read, holes read as zeros and take no memory, and all memory comes back. An
// array of bytes says what must be read.
#include "catch.hpp"
#include "memory_fixture.hpp"

#include "files/contents.hpp"

#include <algorithm>
#include <random>
#include <vector>

using namespace kernel;
using files::Contents;
using files::KernelTransfer;

namespace {

using Bytes = std::vector<std::byte>;

Bytes some_bytes(std::size_t count, unsigned seed) {
    std::mt19937 random(seed);
    Bytes bytes(count);
    std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<std::byte>(random() % 255 + 1); });
    return bytes;
}

Result<std::uint32_t> write(Contents& contents, std::uint64_t offset, const Bytes& bytes) {
    KernelTransfer from{std::span<const std::byte>(bytes)};
    return contents.write(offset, from);
}

Bytes read(const Contents& contents, std::uint64_t offset, std::size_t count) {
    Bytes bytes(count, std::byte{0xEE});
    KernelTransfer to{std::span<std::byte>(bytes)};
    const Result<std::uint32_t> done = contents.read(offset, to);
    REQUIRE(done.has_value());
    REQUIRE(to.left() == count - *done);
    bytes.resize(*done);
    return bytes;
}

constexpr std::uint32_t mib = 0x100000;
constexpr std::uint64_t first_of_table = Contents::direct_pages * std::uint64_t{PAGE_SIZE};
constexpr std::uint64_t first_of_tables = first_of_table + std::uint64_t{1024} * PAGE_SIZE;

/// Memory that gives way after some bytes, as a program's does.
class Faulty final : public files::Transfer {
public:
    Faulty(std::uint32_t size, std::uint32_t good) : Transfer(size), good_(good) {}

private:
    Result<void> copy(std::size_t size) {
        if (done() + size > good_) {
            return std::unexpected(Error::BadAddress);
        }
        return {};
    }
    Result<void> copy_to(std::span<const std::byte> bytes) override { return copy(bytes.size()); }
    Result<void> copy_from(std::span<std::byte> bytes) override { return copy(bytes.size()); }

    std::uint32_t good_;
};

/// Memory that gives way when half of what is taken has been copied.
class Halfway final : public files::Transfer {
public:
    Halfway(std::uint32_t size, std::byte value) : Transfer(size), value_(value) {}

private:
    Result<void> copy_to(std::span<const std::byte>) override { return std::unexpected(Error::BadAddress); }
    Result<void> copy_from(std::span<std::byte> bytes) override {
        std::ranges::fill(bytes.first(bytes.size() / 2), value_);
        return std::unexpected(Error::BadAddress);
    }

    std::byte value_;
};

} // namespace

TEST_CASE("what was written is read, wherever in the index it lies") {
    const FrameMemory memory(8 * mib);
    const std::uint64_t offset =
        GENERATE(std::uint64_t{0}, std::uint64_t{5}, std::uint64_t{4090}, first_of_table - 3, first_of_table,
                 first_of_tables - 3, first_of_tables, first_of_tables * 1000 + 17, Contents::maximum_size - 10'000);
    Contents contents;
    const Bytes bytes = some_bytes(10'000, 1);
    CHECK(write(contents, offset, bytes) == 10'000U);
    CHECK(contents.size() == offset + 10'000);
    CHECK(read(contents, offset, 10'000) == bytes);
    CHECK(read(contents, offset, 20'000) == bytes);
    CHECK(read(contents, offset + 9'999, 5) == Bytes{bytes.back()});
    CHECK(read(contents, offset + 10'000, 5).empty());
    CHECK(read(contents, ~std::uint64_t{0}, 5).empty());
    CHECK(contents.frame_count() == memory.used());
}

TEST_CASE("a hole reads as zeros and takes no memory") {
    const FrameMemory memory(4 * mib);
    Contents contents;
    REQUIRE(contents.resize(100 * mib).has_value());
    CHECK(memory.used() == 0);
    CHECK(read(contents, first_of_tables, 10'000) == Bytes(10'000));
    REQUIRE(write(contents, 50 * mib, {std::byte{7}}).has_value());
    CHECK(memory.used() == 3); // the page, its table, the table of tables
    CHECK(read(contents, 50 * mib - 2, 5) ==
          Bytes{std::byte{0}, std::byte{0}, std::byte{7}, std::byte{0}, std::byte{0}});
}

TEST_CASE("what was cut off is gone: it reads as zeros when the file grows again, and its memory is free") {
    const FrameMemory memory(16 * mib);
    Contents contents;
    const std::uint64_t size =
        GENERATE(std::uint64_t{0}, std::uint64_t{100}, std::uint64_t{4096}, first_of_table, first_of_table + 1,
                 first_of_tables - 4096, first_of_tables, first_of_tables + 5);
    const std::uint64_t whole = first_of_tables + 20'000;
    REQUIRE(write(contents, 0, some_bytes(whole, 2)) == whole);
    REQUIRE(contents.resize(size).has_value());
    const auto pages = static_cast<std::uint32_t>((size + PAGE_SIZE - 1) / PAGE_SIZE);
    const std::uint32_t tables = pages > Contents::direct_pages + 1024 ? 3 : pages > Contents::direct_pages ? 1 : 0;
    CHECK(memory.used() == pages + tables);
    REQUIRE(contents.resize(whole).has_value());
    CHECK(read(contents, size, 30'000) == Bytes(std::min<std::uint64_t>(30'000, whole - size)));
}

TEST_CASE("a frame that a program shares keeps what is in it: the file is written to, and cut, in another one") {
    const FrameMemory memory(4 * mib);
    const std::uint64_t end = GENERATE(as<std::uint64_t>(), 0, 100, PAGE_SIZE); // of the file, afterwards
    {
        Contents contents;
        const Bytes old = some_bytes(PAGE_SIZE, 1);
        REQUIRE(write(contents, 0, old) == PAGE_SIZE);
        const std::byte* const page = contents.page(0);
        REQUIRE(page != nullptr);
        frames::share(physical_of(page));
        frames::Owner program(physical_of(page));
        if (end == PAGE_SIZE) {
            REQUIRE(write(contents, 10, some_bytes(20, 2)) == 20);
        } else {
            REQUIRE(contents.resize(end));
        }
        CHECK(std::ranges::equal(std::span(page, PAGE_SIZE), old));
        CHECK(frames::user_count(program.frame()) == 1);
        REQUIRE(contents.resize(PAGE_SIZE));
        Bytes now = old;
        if (end == PAGE_SIZE) {
            std::ranges::copy(some_bytes(20, 2), now.begin() + 10);
        } else {
            std::fill(now.begin() + static_cast<std::ptrdiff_t>(end), now.end(), std::byte{0});
        }
        CHECK(read(contents, 0, PAGE_SIZE) == now);
        CHECK(contents.frame_count() == (end == 0 ? 0U : 1U));
    }
    {
        Contents contents;
        REQUIRE(write(contents, 0, some_bytes(PAGE_SIZE, 1)) == PAGE_SIZE);
        frames::share(physical_of(contents.page(0)));
        frames::Owner program(physical_of(contents.page(0)));
        frames::fail_after(0);
        CHECK(write(contents, 0, some_bytes(1, 2)) == std::unexpected(Error::NoSpace));
        CHECK(contents.resize(1) == std::unexpected(Error::NoSpace));
        CHECK(read(contents, 0, PAGE_SIZE) == some_bytes(PAGE_SIZE, 1));
        frames::fail_after(frames::never);
    }
}

TEST_CASE("no file grows past its largest size") {
    const FrameMemory memory(4 * mib);
    Contents contents;
    CHECK(write(contents, Contents::maximum_size, some_bytes(1, 3)).error() == Error::FileTooLarge);
    CHECK(write(contents, Contents::maximum_size - 2, some_bytes(5, 3)) == 2U);
    CHECK(contents.resize(Contents::maximum_size + 1).error() == Error::FileTooLarge);
    CHECK(contents.resize(Contents::maximum_size).has_value());
    CHECK(write(contents, Contents::maximum_size, {}) == 0U);
}

TEST_CASE("without memory as much is written as fits; nothing at all is an error") {
    const FrameMemory memory(4 * mib);
    Contents contents;
    frames::fail_after(3);
    CHECK(write(contents, 100, some_bytes(20'000, 4)) == 3 * PAGE_SIZE - 100);
    CHECK(contents.size() == 3 * PAGE_SIZE);
    CHECK(write(contents, 3 * PAGE_SIZE, some_bytes(1, 4)).error() == Error::NoSpace);
    CHECK(read(contents, 100, 3 * PAGE_SIZE) == [] {
        Bytes bytes = some_bytes(20'000, 4);
        bytes.resize(3 * PAGE_SIZE - 100);
        return bytes;
    }());
}

TEST_CASE("a fault on the way ends a transfer; it is an error only if nothing came through") {
    const FrameMemory memory(4 * mib);
    Contents contents;
    REQUIRE(write(contents, 0, some_bytes(20'000, 5)).has_value());
    Faulty to(20'000, 9'000);
    CHECK(contents.read(0, to) == 2 * PAGE_SIZE);
    Faulty none(10, 0);
    CHECK(contents.read(0, none).error() == Error::BadAddress);
    Faulty from(20'000, 9'000);
    CHECK(contents.write(20'000, from) == (PAGE_SIZE - 20'000 % PAGE_SIZE) + 2 * PAGE_SIZE);
}

TEST_CASE("what was taken before a fault is not there when the file grows") {
    const FrameMemory memory(4 * mib);
    Contents contents;
    const Bytes bytes = some_bytes(10, 6);
    REQUIRE(write(contents, 0, bytes) == 10);
    Halfway from(100, std::byte{0xEE});
    CHECK(contents.write(10, from) == std::unexpected(Error::BadAddress));
    REQUIRE(contents.resize(100));
    CHECK(read(contents, 0, 10) == bytes);
    CHECK(read(contents, 10, 90) == Bytes(90));
}

TEST_CASE("a page that could not be written whole shows nothing of what its frame held before") {
    const FrameMemory memory(4 * mib);
    {
        frames::Owner frame = *frames::allocate(); // which is handed out again next
        std::ranges::fill(std::span(at_physical<std::byte>(frame.frame()), PAGE_SIZE), std::byte{0xEE});
    }
    Contents contents;
    REQUIRE(contents.resize(PAGE_SIZE));
    Faulty from(PAGE_SIZE, PAGE_SIZE - 1);
    CHECK(contents.write(0, from) == std::unexpected(Error::BadAddress));
    CHECK(read(contents, 0, PAGE_SIZE) == Bytes(PAGE_SIZE));
}

TEST_CASE("many writes and cuts at random leave what an array has") {
    const FrameMemory memory(16 * mib);
    std::mt19937 random(6);
    Contents contents;
    Bytes expected;
    for (unsigned round = 0; round < 400; ++round) {
        const std::size_t offset = random() % 90'000;
        if (random() % 4 == 0) {
            REQUIRE(contents.resize(offset).has_value());
            expected.resize(offset);
        } else {
            const Bytes bytes = some_bytes(random() % 9'000, round);
            REQUIRE(write(contents, offset, bytes) == bytes.size());
            if (!bytes.empty()) {
                expected.resize(std::max(expected.size(), offset + bytes.size()));
                std::copy(bytes.begin(), bytes.end(), expected.begin() + static_cast<std::ptrdiff_t>(offset));
            }
        }
        REQUIRE(contents.size() == expected.size());
    }
    CHECK(read(contents, 0, expected.size() + 1) == expected);
}
