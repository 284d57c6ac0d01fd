// The frame allocator: against a model, at the edges of memory, and when it is misused.
#include "catch.hpp"
#include "fakes.hpp"
#include "memory/frames.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <vector>

using namespace kernel;
using multiboot::MemoryRegion;

namespace {

/// A frame without its owner: these tests release each by hand.
kernel::Result<kernel::PhysicalAddress> without_owner(kernel::Result<kernel::frames::Owner> frame) {
    return TRY(std::move(frame)).hand_over();
}
kernel::Result<kernel::PhysicalAddress> take() {
    return without_owner(kernel::frames::allocate());
}
kernel::Result<kernel::PhysicalAddress> take_zeroed() {
    return without_owner(kernel::frames::allocate_zeroed());
}

constexpr std::uint32_t mib = 0x100000;

constexpr MemoryRegion region(std::uint32_t begin, std::uint32_t end) {
    return {PhysicalAddress(begin), PhysicalAddress(end)};
}

using List = std::vector<MemoryRegion>;

const MemoryRegion low_memory = region(0, mib);

std::vector<std::uint32_t> allocate_all() {
    std::vector<std::uint32_t> frames;
    while (const auto frame = take()) {
        frames.push_back(frame->value());
    }
    return frames;
}

bool overlaps(const MemoryRegion& memory, std::uint32_t frame) {
    return memory.begin.value() < frame + PAGE_SIZE && frame < memory.end.value();
}

/// What the message of the panic in `misuse` is.
template <typename Misuse>
std::string panic_of(Misuse misuse) {
    try {
        misuse();
    } catch (const Panicked& panicked) {
        return panicked.what();
    }
    return "";
}

} // namespace

TEST_CASE("a frame costs the same, however much memory there is", "[frames]") {
    PhysicalMemory memory(4 * mib); // the table lies there; the frames themselves are not touched
    REQUIRE(frames::initialize(List{region(mib, 896 * mib)}, List{low_memory}));
    const std::uint32_t total = frames::total_count();
    const std::vector<std::uint32_t> all = allocate_all();
    CHECK(all.size() == total);
    for (const std::uint32_t frame : all) {
        frames::release(PhysicalAddress(frame));
    }
    CHECK(allocate_all().size() == total); // a search would take minutes for this
}

TEST_CASE("every usable frame is handed out once and no reserved one", "[frames]") {
    PhysicalMemory memory(8 * mib);
    const List usable{region(0, 0x9F000), region(mib, 5 * mib), region(6 * mib, 8 * mib)};
    const List reserved{low_memory,
                        region(mib, mib + 0x20123),
                        region(0x3FF801, 0x400001), // not page-aligned: touches two pages
                        region(0x3FF000, 0x3FF802), // overlaps
                        region(5 * mib, 6 * mib + 1),
                        region(7 * mib, 7 * mib)};
    REQUIRE(frames::initialize(usable, reserved));
    const std::uint32_t total = frames::total_count();
    CHECK(frames::free_count() == total);
    // 4 MiB and 2 MiB, less 0x21 + 2 + 1 reserved pages and the table of 2048 entries.
    CHECK(total == 1024 + 512 - 0x21 - 2 - 1 - 2);

    const std::vector<std::uint32_t> all = allocate_all();
    CHECK(all.size() == total);
    CHECK(frames::free_count() == 0);
    CHECK(frames::total_count() == total);
    CHECK(std::set<std::uint32_t>(all.begin(), all.end()).size() == total);
    for (const std::uint32_t frame : all) {
        CHECK(frame % PAGE_SIZE == 0);
        CHECK(std::any_of(usable.begin(), usable.end(), [frame](const MemoryRegion& part) {
            return part.begin.value() <= frame && frame + PAGE_SIZE <= part.end.value();
        }));
        CHECK(std::none_of(reserved.begin(), reserved.end(),
                           [frame](const MemoryRegion& part) { return part.size() != 0 && overlaps(part, frame); }));
        // Writing to all of them must not disturb the table.
        std::memset(memory.at(frame), 0xFF, PAGE_SIZE);
    }
    CHECK(take().error() == Error::OutOfMemory);
    for (const std::uint32_t frame : all) {
        CHECK(frames::user_count(PhysicalAddress(frame)) == 1);
        frames::release(PhysicalAddress(frame));
    }
    CHECK(frames::free_count() == total);
    std::vector<std::uint32_t> again = allocate_all();
    std::vector<std::uint32_t> before = all;
    std::sort(again.begin(), again.end());
    std::sort(before.begin(), before.end());
    CHECK(again == before);
}

TEST_CASE("starting costs nothing for memory that is not used", "[frames]") {
    // 896 MiB are said to be there, of which this test has 4: touching more would be an error.
    PhysicalMemory memory(4 * mib, 0xA5);
    const List usable{region(mib, DIRECT_MAP_SIZE)};
    REQUIRE(frames::initialize(usable, List{low_memory, region(mib, mib + 0x10000)}));
    const std::uint32_t table_pages = 224; // 229,376 frames, 4 bytes each
    CHECK(frames::total_count() == 896 * 256 - 256 - 16 - table_pages);
    // The table begins behind the kernel; its entries from the first free frame on are untouched.
    const std::uint32_t table = mib + 0x10000;
    const std::uint32_t first_free = table / PAGE_SIZE + table_pages;
    CHECK(take().value() == PhysicalAddress(first_free * PAGE_SIZE));
    for (std::uint32_t number = first_free + 1; number < 896 * 256; ++number) {
        std::uint32_t entry = 0;
        std::memcpy(&entry, memory.at(table + 4 * number), 4);
        if (entry != 0xA5A5A5A5) {
            FAIL("entry " << number << " was written");
        }
    }
}

TEST_CASE("garbage in the table's memory is not taken for entries", "[frames]") {
    for (const char fill : {'\x00', '\x01', '\x7F', '\x80', '\xFF'}) {
        PhysicalMemory memory(8 * mib, static_cast<unsigned char>(fill));
        REQUIRE(frames::initialize(List{region(mib, 8 * mib)}, List{}));
        const PhysicalAddress first = take().value();
        CHECK_THROWS_AS(frames::release(first + PAGE_SIZE), Panicked);
        CHECK_THROWS_AS(frames::share(PhysicalAddress(8 * mib - PAGE_SIZE)), Panicked);
        CHECK_THROWS_AS(frames::release(PhysicalAddress(0)), Panicked);
        frames::release(first);
        CHECK(frames::free_count() == frames::total_count());
    }
}

TEST_CASE("memory without room for a frame and the table", "[frames]") {
    PhysicalMemory memory(4 * mib);
    LogCapture log;
    SECTION("nothing usable") {
        CHECK(frames::initialize(List{}, List{}).error() == Error::OutOfMemory);
    }
    SECTION("all reserved") {
        CHECK(frames::initialize(List{region(mib, 2 * mib)}, List{region(0, 0xFFFFFFFF)}).error() ==
              Error::OutOfMemory);
    }
    SECTION("room for the table only") {
        CHECK(frames::initialize(List{region(mib, mib + 0x1000)}, List{}).error() == Error::OutOfMemory);
    }
    SECTION("no piece is as large as the table") {
        CHECK(
            frames::initialize(List{region(0x1000, 0x2000), region(DIRECT_MAP_SIZE - 0x1000, DIRECT_MAP_SIZE)}, List{})
                .error() == Error::OutOfMemory);
    }
    CHECK_FALSE(take());
    CHECK(frames::total_count() == 0);
    CHECK(log.complaints() == 1);
}

TEST_CASE("memory with room for the table and little more", "[frames]") {
    PhysicalMemory memory(4 * mib);
    SECTION("room for the table and one frame") {
        REQUIRE(frames::initialize(List{region(mib, mib + 0x2000)}, List{}));
        CHECK(take().value() == PhysicalAddress(mib + 0x1000));
        CHECK_FALSE(take());
    }
    SECTION("the table does not fit into the first piece") {
        REQUIRE(frames::initialize(List{region(0x1000, 0x3000), region(2 * mib, DIRECT_MAP_SIZE)}, List{}));
        CHECK(take().value() == PhysicalAddress(0x1000));
        CHECK(take().value() == PhysicalAddress(0x2000));
        CHECK(take().value() == PhysicalAddress(2 * mib + 224 * PAGE_SIZE));
        CHECK_THROWS_AS(frames::release(PhysicalAddress(2 * mib)), Panicked); // the table's
    }
}

TEST_CASE("misuse is caught and named", "[frames]") {
    PhysicalMemory memory(4 * mib);
    REQUIRE(frames::initialize(List{region(mib, 2 * mib), region(3 * mib, 4 * mib)},
                               List{region(3 * mib + 0x4000, 3 * mib + 0x5000)}));
    const std::vector<std::uint32_t> all = allocate_all();
    const PhysicalAddress frame(all[5]);
    const std::uint32_t free_before = frames::free_count();

    frames::release(frame);
    const std::string twice = panic_of([&] { frames::release(frame); });
    CHECK(twice.find("released") != std::string::npos);
    CHECK(twice.find("0x0010") != std::string::npos); // the frame's address
    CHECK_THROWS_AS(frames::share(frame), Panicked);
    CHECK_THROWS_AS(frames::user_count(frame), Panicked);

    CHECK(panic_of([&] { frames::release(PhysicalAddress(all[6] + 4)); }).find("not the address") != std::string::npos);
    for (const std::uint32_t foreign :
         {0U, 0xFF000U, 2 * mib, 3 * mib - 0x1000, 3 * mib + 0x4000, 4 * mib, 0xB8000U, 0xFFFFF000U}) {
        CHECK(panic_of([&] { frames::release(PhysicalAddress(foreign)); }).find("never") != std::string::npos);
    }
    CHECK(frames::free_count() == free_before + 1);
}

TEST_CASE("a shared frame is free only after its last user", "[frames]") {
    PhysicalMemory memory(4 * mib);
    REQUIRE(frames::initialize(List{region(mib, 2 * mib)}, List{}));
    const std::uint32_t total = frames::total_count();
    const PhysicalAddress frame = take().value();
    for (int i = 0; i < 1000; ++i) {
        frames::share(frame);
    }
    CHECK(frames::user_count(frame) == 1001);
    for (int i = 0; i < 1000; ++i) {
        frames::release(frame);
        CHECK(frames::free_count() == total - 1);
    }
    CHECK(frames::user_count(frame) == 1);
    frames::release(frame);
    CHECK(frames::free_count() == total);
}

TEST_CASE("a zeroed frame is zero, even if it was used before", "[frames]") {
    PhysicalMemory memory(4 * mib);
    REQUIRE(frames::initialize(List{region(mib, 2 * mib)}, List{}));
    for (int i = 0; i < 3; ++i) {
        const PhysicalAddress frame = take_zeroed().value();
        const unsigned char* bytes = memory.at(frame.value());
        CHECK(std::all_of(bytes, bytes + PAGE_SIZE, [](unsigned char byte) { return byte == 0; }));
        CHECK(bytes[-1] != 0);
        CHECK(bytes[PAGE_SIZE] != 0);
        std::memset(memory.at(frame.value()), 0x77, PAGE_SIZE);
        frames::release(frame);
    }
}

TEST_CASE("reserved memory is adopted later", "[frames]") {
    PhysicalMemory memory(8 * mib, 0); // behind the table, 0 would pass for a reserved frame
    const MemoryRegion low_module = region(mib, mib + 0x10000);
    const MemoryRegion high_module = region(4 * mib, 4 * mib + 0x3000);
    const MemoryRegion last_module = region(8 * mib - 0x2000, 8 * mib);
    REQUIRE(frames::initialize(List{region(mib, 8 * mib)}, List{low_module, high_module, last_module}));
    const std::uint32_t total = frames::total_count();
    std::vector<std::uint32_t> frames;
    SECTION("before any allocation") {}
    SECTION("after some") {
        frames.push_back(take().value().value());
    }
    SECTION("after all") {
        frames = allocate_all();
    }
    frames::adopt(low_module);
    frames::adopt(high_module);
    frames::adopt(last_module);
    CHECK(frames::total_count() == total + 16 + 3 + 2);
    CHECK_THROWS_AS(frames::adopt(low_module), Panicked);
    CHECK_THROWS_AS(frames::adopt(region(4 * mib + 0x2000, 4 * mib + 0x3000)), Panicked);
    CHECK_THROWS_AS(frames::adopt(region(5 * mib, 5 * mib + 0x1000)), Panicked);
    CHECK_THROWS_AS(frames::adopt(region(8 * mib, 8 * mib + 0x1000)), Panicked);
    CHECK_THROWS_AS(frames::adopt(region(mib + 1, mib + 2)), Panicked);
    CHECK(frames::total_count() == total + 16 + 3 + 2);

    for (const std::uint32_t frame : allocate_all()) {
        frames.push_back(frame);
    }
    CHECK(frames.size() == frames::total_count());
    CHECK(std::set<std::uint32_t>(frames.begin(), frames.end()).size() == frames.size());
    for (const std::uint32_t frame : frames) {
        frames::release(PhysicalAddress(frame));
    }
    CHECK(frames::free_count() == frames::total_count());
    CHECK_THROWS_AS(frames::adopt(low_module), Panicked);
}

TEST_CASE("an owner releases what was not handed over", "[frames]") {
    PhysicalMemory memory(4 * mib);
    REQUIRE(frames::initialize(List{region(mib, 2 * mib)}, List{}));
    const std::uint32_t total = frames::total_count();
    {
        frames::Owner owner(frames::allocate().value());
        frames::Owner moved = std::move(owner);
        CHECK_FALSE(owner); // NOLINT: what a moved-from owner holds is what is tested
        CHECK(moved);
        CHECK_THROWS_AS(owner.frame(), Panicked);
        CHECK(frames::free_count() == total - 1);
        frames::Owner other(frames::allocate().value());
        CHECK(frames::free_count() == total - 2);
        other = std::move(moved);
        CHECK(frames::free_count() == total - 1);
        frames::Owner& same = other;
        other = std::move(same);
        CHECK(other);
        CHECK(frames::free_count() == total - 1);
    }
    CHECK(frames::free_count() == total);
    PhysicalAddress kept;
    {
        frames::Owner owner(frames::allocate().value());
        kept = owner.hand_over();
        CHECK_THROWS_AS(owner.hand_over(), Panicked);
    }
    CHECK(frames::free_count() == total - 1);
    frames::release(kept);
}

TEST_CASE("allocation fails when a test wants it to", "[frames]") {
    PhysicalMemory memory(4 * mib);
    REQUIRE(frames::initialize(List{region(mib, 2 * mib)}, List{}));
    frames::fail_after(2);
    CHECK(take());
    CHECK(take_zeroed());
    for (int i = 0; i < 3; ++i) {
        CHECK_FALSE(take());
        CHECK_FALSE(take_zeroed());
    }
    frames::fail_after(frames::never);
    CHECK(take());
}

TEST_CASE("random operations on frames agree with a model", "[frames]") {
    PhysicalMemory memory(8 * mib);
    std::mt19937 random(99);
    for (int round = 0; round < 8; ++round) {
        // Few frames, so that running out is as common as anything else.
        const List usable{region(mib, mib + 0x40000), region(5 * mib, 5 * mib + 0x30000)};
        const List reserved{region(mib + 0x8000, mib + 0x9800)};
        REQUIRE(frames::initialize(usable, reserved));
        const std::uint32_t total = frames::total_count();
        std::map<std::uint32_t, std::uint32_t> model; // users of each frame in use
        for (int step = 0; step < 5000; ++step) {
            const auto any = [&] { return std::next(model.begin(), static_cast<long>(random() % model.size())); };
            const auto choice = random() % 10;
            if (choice < 5 || model.empty()) {
                const auto frame = take();
                REQUIRE(frame.has_value() == (model.size() < total));
                if (frame) {
                    REQUIRE(model.emplace(frame->value(), 1).second);
                }
            } else if (choice < 6) {
                const auto entry = any();
                frames::share(PhysicalAddress(entry->first));
                ++entry->second;
            } else {
                const auto entry = any();
                frames::release(PhysicalAddress(entry->first));
                if (--entry->second == 0) {
                    model.erase(entry);
                }
            }
            REQUIRE(frames::free_count() == total - model.size());
        }
        for (const auto& [frame, users] : model) {
            REQUIRE(frames::user_count(PhysicalAddress(frame)) == users);
        }
    }
}
