// The heap: against a model, at the edges of its region, and when its memory is damaged.
#include "catch.hpp"
#include "fakes.hpp"
#include "memory/heap.hpp"
#include "memory/heap_block.hpp"

#include "layout.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

using namespace kernel;

namespace {

/// A region whose pages become usable only when the heap asks, in the right order and number.
class Region {
public:
    explicit Region(std::size_t maximum, std::size_t available = ~std::size_t{0})
        : begin_(static_cast<unsigned char*>(std::aligned_alloc(PAGE_SIZE, maximum))) {
        current = this;
        available_ = available;
        heap.initialize(begin_, maximum, grow);
        std::memset(begin_, 0x5A, maximum);
    }
    ~Region() { std::free(begin_); }
    Region(const Region&) = delete;
    Region& operator=(const Region&) = delete;

    std::size_t offset(const void* pointer) const {
        return static_cast<std::size_t>(static_cast<const unsigned char*>(pointer) - begin_);
    }
    std::size_t usable() const { return usable_; }
    void set_available(std::size_t bytes) { available_ = bytes; }

    Heap heap;

private:
    static Result<void> grow(void* begin, std::size_t bytes) {
        Region& region = *current;
        if (bytes == 0 || bytes % PAGE_SIZE != 0 || begin != region.begin_ + region.usable_) {
            throw std::logic_error("the heap asks for the wrong pages");
        }
        if (region.usable_ + bytes > region.available_) {
            return std::unexpected(Error::OutOfMemory);
        }
        region.usable_ += bytes;
        return {};
    }

    static inline Region* current = nullptr;
    unsigned char* begin_;
    std::size_t usable_ = 0;
    std::size_t available_ = 0;
};

unsigned char* bytes(Result<void*> result) {
    return static_cast<unsigned char*>(result.value());
}

template <typename Misuse>
std::string panic_of(Misuse misuse) {
    try {
        misuse();
    } catch (const Panicked& panicked) {
        return panicked.what();
    }
    return "";
}

Heap::Block* header_of(unsigned char* bytes) {
    return reinterpret_cast<Heap::Block*>(bytes - Heap::Block::header_size);
}

bool says(const std::string& message, const std::string& part) {
    return message.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("the heap takes nothing until it is asked, then whole pages", "[heap]") {
    Region region(16 * PAGE_SIZE);
    CHECK(region.usable() == 0);
    region.heap.check();
    CHECK(region.heap.statistics().size == 0);
    unsigned char* first = bytes(region.heap.allocate(100));
    CHECK(region.usable() == PAGE_SIZE);
    CHECK(region.offset(first) % 16 == 0);
    const Heap::Statistics statistics = region.heap.statistics();
    CHECK(statistics.size == PAGE_SIZE);
    CHECK(statistics.allocated == 100);
    CHECK(statistics.blocks == 1);
    CHECK(statistics.free_blocks == 1);
    CHECK(statistics.largest_free == PAGE_SIZE - 16 - 128);
    region.heap.check();
}

TEST_CASE("what is left of a block is a block of its own if it can be one", "[heap]") {
    Region region(16 * PAGE_SIZE, PAGE_SIZE);
    static_cast<void>(bytes(region.heap.allocate(PAGE_SIZE - 16 - 16 - Heap::Block::smallest)));
    CHECK(region.heap.statistics().free_blocks == 1);
    CHECK(region.heap.statistics().largest_free == Heap::Block::smallest);
    region.heap.check();
    Region other(16 * PAGE_SIZE, PAGE_SIZE);
    static_cast<void>(bytes(other.heap.allocate(PAGE_SIZE - 16 - 16 - 16))); // 16 bytes have no room for the links
    CHECK(other.heap.statistics().free_blocks == 0);
    other.heap.check();
}

TEST_CASE("every size comes aligned, apart from the others, and can be filled", "[heap]") {
    Region region(512 * PAGE_SIZE);
    std::vector<std::pair<unsigned char*, std::size_t>> blocks;
    for (const std::size_t size :
         {0, 1, 7, 8, 15, 16, 17, 31, 32, 33, 100, 4079, 4080, 4081, 4095, 4096, 4097, 8191, 8192, 20000}) {
        for (std::size_t alignment = 1; alignment <= PAGE_SIZE; alignment *= 2) {
            unsigned char* block = bytes(region.heap.allocate(size, alignment));
            CHECK(reinterpret_cast<std::uintptr_t>(block) % std::max<std::size_t>(alignment, 16) == 0);
            std::memset(block, static_cast<int>(blocks.size()), size);
            blocks.emplace_back(block, size);
        }
        region.heap.check();
    }
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        const auto [block, size] = blocks[i];
        CHECK(std::all_of(block, block + size,
                          [i](unsigned char byte) { return byte == static_cast<unsigned char>(i); }));
        region.heap.free(block);
    }
    region.heap.check();
    const Heap::Statistics statistics = region.heap.statistics();
    CHECK(statistics.blocks == 0);
    CHECK(statistics.allocated == 0);
    CHECK(statistics.free_blocks == 1); // all joined again
    CHECK(statistics.largest_free == region.usable() - 16);
}

TEST_CASE("an alignment must be a power of two up to a page", "[heap]") {
    Region region(16 * PAGE_SIZE);
    CHECK_THROWS_AS(region.heap.allocate(8, 0), Panicked);
    CHECK_THROWS_AS(region.heap.allocate(8, 24), Panicked);
    CHECK_THROWS_AS(region.heap.allocate(8, 2 * PAGE_SIZE), Panicked);
}

TEST_CASE("a neighbour is verified before it is believed to be free", "[heap]") {
    Region region(16 * PAGE_SIZE);
    unsigned char* before = bytes(region.heap.allocate(100));
    unsigned char* block = bytes(region.heap.allocate(100));
    unsigned char* after = bytes(region.heap.allocate(100));
    Heap::Block* damaged = header_of(GENERATE(true, false) ? before : after);
    damaged->requested = Heap::Block::free; // and not sealed
    CHECK(says(panic_of([&] { region.heap.free(block); }), "damaged header"));
}

TEST_CASE("a free block is verified before its size is compared", "[heap]") {
    Region region(16 * PAGE_SIZE);
    unsigned char* block = bytes(region.heap.allocate(200));
    static_cast<void>(bytes(region.heap.allocate(16))); // so that it does not touch the free rest
    region.heap.free(block);
    header_of(block)->size = Heap::Block::smallest; // too small for what comes, and not sealed
    CHECK(says(panic_of([&] { static_cast<void>(region.heap.allocate(100)); }), "damaged header"));
}

TEST_CASE("freed blocks join with both neighbours", "[heap]") {
    Region region(16 * PAGE_SIZE);
    std::vector<unsigned char*> blocks;
    for (int i = 0; i < 4; ++i) {
        blocks.push_back(bytes(region.heap.allocate(112))); // blocks of 128 bytes
    }
    // Keep blocks[3] between them and the large rest.
    std::vector<int> order{0, 1, 2};
    do {
        for (const int i : order) {
            region.heap.free(blocks[static_cast<std::size_t>(i)]);
            region.heap.check();
        }
        CHECK(region.heap.statistics().free_blocks == 2);
        unsigned char* whole = bytes(region.heap.allocate(3 * 128 - 16));
        CHECK(whole == blocks[0]);
        region.heap.free(whole);
        for (std::size_t i = 0; i < 3; ++i) {
            blocks[i] = bytes(region.heap.allocate(112));
        }
        std::sort(blocks.begin(), blocks.end());
        region.heap.check();
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("freed memory is filled so that it is recognised", "[heap]") {
    Region region(16 * PAGE_SIZE);
    unsigned char* block = bytes(region.heap.allocate(200));
    unsigned char* next = bytes(region.heap.allocate(16));
    std::memset(block, 0x11, 200);
    region.heap.free(block);
    // The first bytes hold the list of free blocks.
    CHECK(std::all_of(block + 8, block + 200, [](unsigned char byte) { return byte == Heap::freed_pattern; }));
    CHECK(block[0] != 0x11);
    region.heap.free(next);
}

TEST_CASE("a full region is an error and does no harm", "[heap]") {
    Region region(4 * PAGE_SIZE);
    const std::size_t most = 4 * PAGE_SIZE - 32; // less a header and the end
    SECTION("exactly all of it") {
        unsigned char* all = bytes(region.heap.allocate(most));
        CHECK(region.heap.allocate(0).error() == Error::OutOfMemory);
        region.heap.check();
        region.heap.free(all);
        CHECK(region.heap.allocate(most));
    }
    SECTION("too much at once") {
        for (const std::size_t size :
             {most + 1, std::size_t{4 * PAGE_SIZE}, std::size_t{4 * PAGE_SIZE + 1}, std::size_t{0x7FFFFFFF},
              std::size_t{0xFFFFFFFF}, std::size_t{0xFFFFFFF0}, std::numeric_limits<std::size_t>::max(),
              std::numeric_limits<std::size_t>::max() - 15}) {
            CHECK(region.heap.allocate(size).error() == Error::OutOfMemory);
            CHECK(region.heap.allocate(size, PAGE_SIZE).error() == Error::OutOfMemory);
        }
        CHECK(region.usable() == 0);
        CHECK(region.heap.allocate(most));
    }
    SECTION("little by little") {
        std::vector<void*> blocks;
        while (const auto block = region.heap.allocate(48)) {
            blocks.push_back(*block);
        }
        CHECK(blocks.size() == (4 * PAGE_SIZE - 16) / 64);
        region.heap.check();
        for (void* block : blocks) {
            region.heap.free(block);
        }
        region.heap.check();
        CHECK(region.heap.allocate(most));
    }
}

TEST_CASE("the error of a region that cannot grow reaches the caller", "[heap]") {
    Region region(16 * PAGE_SIZE, 0);
    CHECK(region.heap.allocate(1).error() == Error::OutOfMemory);
    region.heap.check();
    region.set_available(2 * PAGE_SIZE);
    unsigned char* block = bytes(region.heap.allocate(PAGE_SIZE));
    CHECK(region.heap.allocate(2 * PAGE_SIZE).error() == Error::OutOfMemory);
    region.heap.check();
    CHECK(region.heap.allocate(100));
    region.set_available(16 * PAGE_SIZE);
    CHECK(region.heap.allocate(2 * PAGE_SIZE));
    region.heap.free(block);
    region.heap.check();
}

TEST_CASE("growing uses the free rest before the region's end", "[heap]") {
    Region region(16 * PAGE_SIZE);
    CHECK(region.heap.allocate(PAGE_SIZE / 2));
    CHECK(region.heap.allocate(PAGE_SIZE));
    CHECK(region.usable() == 2 * PAGE_SIZE); // half a page was left of the first
    region.heap.check();
}

TEST_CASE("a null pointer may be freed", "[heap]") {
    Region region(16 * PAGE_SIZE);
    region.heap.free(nullptr);
    region.heap.check();
}

TEST_CASE("freeing twice is caught, also after joining", "[heap]") {
    Region region(16 * PAGE_SIZE);
    unsigned char* before = bytes(region.heap.allocate(64));
    unsigned char* block = bytes(region.heap.allocate(64));
    unsigned char* after = bytes(region.heap.allocate(64));
    unsigned char* last = bytes(region.heap.allocate(64));
    SECTION("alone") {
        region.heap.free(block);
    }
    SECTION("joined with the block before") {
        region.heap.free(before);
        region.heap.free(block);
    }
    SECTION("joined with the block after") {
        region.heap.free(after);
        region.heap.free(block);
    }
    SECTION("the block before was freed later") {
        region.heap.free(block);
        region.heap.free(before);
    }
    SECTION("all around it") {
        region.heap.free(last);
        region.heap.free(block);
        region.heap.free(after);
        region.heap.free(before);
        CHECK(region.heap.statistics().free_blocks == 1);
    }
    CHECK(says(panic_of([&] { region.heap.free(block); }), "is freed twice"));
    region.heap.check(); // nothing happened
}

TEST_CASE("a pointer that was never handed out is caught and named", "[heap]") {
    Region region(16 * PAGE_SIZE);
    unsigned char* block = bytes(region.heap.allocate(256));
    std::memset(block, 0, 256);
    int outside = 0;
    CHECK(says(panic_of([&] { region.heap.free(&outside); }), "never handed out"));
    CHECK(says(panic_of([&] { region.heap.free(block + 1); }), "never handed out"));
    CHECK(says(panic_of([&] { region.heap.free(block + 32); }), "never handed out"));
    CHECK(says(panic_of([&] { region.heap.free(block - 16); }), "never handed out"));
    CHECK(says(panic_of([&] { region.heap.free(block + PAGE_SIZE - 16); }), "never handed out"));
    // A header that was copied somewhere else is none.
    std::memcpy(block + 64, block - 16, 16);
    CHECK(says(panic_of([&] { region.heap.free(block + 80); }), "never handed out"));
    region.heap.check();
}

TEST_CASE("writing past the end of a block is caught", "[heap]") {
    Region region(16 * PAGE_SIZE);
    unsigned char* block = bytes(region.heap.allocate(100));
    unsigned char* neighbour = bytes(region.heap.allocate(100));
    SECTION("by one byte") {
        block[100] = 0;
        CHECK(says(panic_of([&] { region.heap.check(); }), "past its end"));
        CHECK(says(panic_of([&] { region.heap.free(block); }), "past its end"));
    }
    SECTION("in the last byte of the block") {
        block[111] = 0;
        CHECK(says(panic_of([&] { region.heap.free(block); }), "past its end"));
    }
    SECTION("any byte of the neighbour's header") {
        const std::size_t at = static_cast<std::size_t>(GENERATE(range(0, 16)));
        (neighbour - 16)[at] ^= 0x40;
        CHECK(says(panic_of([&] { region.heap.check(); }), "damaged header"));
        CHECK(says(panic_of([&] { region.heap.free(neighbour); }), "damaged header"));
        CHECK(says(panic_of([&] { region.heap.free(block); }), "damaged header"));
    }
}

TEST_CASE("writing to freed memory is caught", "[heap]") {
    Region region(16 * PAGE_SIZE);
    unsigned char* block = bytes(region.heap.allocate(100));
    unsigned char* guard = bytes(region.heap.allocate(100));
    region.heap.free(block);
    SECTION("in its middle, by the check") {
        block[50] = 1;
        CHECK(says(panic_of([&] { region.heap.check(); }), "is free but was written to"));
    }
    SECTION("in the list, by the next use") {
        const std::size_t at = static_cast<std::size_t>(GENERATE(range(0, 8)));
        block[at] ^= 0x10;
        CHECK_FALSE(panic_of([&] { region.heap.check(); }).empty());
        CHECK_FALSE(panic_of([&] { region.heap.allocate(80).value(); }).empty());
    }
    SECTION("in the list: what was written is taken for the offset of a block that can't be one") {
        std::memcpy(block, "text", 4);
        CHECK(says(panic_of([&] { region.heap.allocate(80).value(); }), "cannot be one: freed memory was written to"));
    }
    SECTION("in the list: or can be one") {
        std::memset(block + 4, 0, 4); // the link back: best fit (exercise 10.5) would follow the other one in a circle
        CHECK(says(panic_of([&] { region.heap.allocate(80).value(); }), "is free but was written to"));
    }
    SECTION("over the whole block") {
        std::memset(block, 0, 100);
        CHECK_FALSE(panic_of([&] { region.heap.check(); }).empty());
        CHECK_FALSE(panic_of([&] { region.heap.free(guard); }).empty());
    }
}

TEST_CASE("random operations on the heap agree with a model", "[heap]") {
    std::mt19937 random(4711);
    for (int round = 0; round < 10; ++round) {
        Region region(64 * PAGE_SIZE);
        struct Live {
            unsigned char* bytes;
            std::size_t size;
            unsigned char fill;
        };
        std::vector<Live> model;
        std::size_t allocated = 0;
        std::size_t failures = 0;
        for (int step = 0; step < 3000; ++step) {
            if (random() % 100 < 55 || model.empty()) {
                const std::size_t size = random() % 8 == 0 ? random() % (5 * PAGE_SIZE) : random() % 200;
                const std::size_t alignment = std::size_t{1} << (random() % 4 == 0 ? random() % 13 : 0);
                const auto result = region.heap.allocate(size, alignment);
                if (!result) {
                    ++failures;
                    continue;
                }
                const auto fill = static_cast<unsigned char>(random());
                unsigned char* block = bytes(result);
                REQUIRE(reinterpret_cast<std::uintptr_t>(block) % alignment == 0);
                std::memset(block, fill, size);
                model.push_back({block, size, fill});
                allocated += size;
            } else {
                const std::size_t i = random() % model.size();
                const Live live = model[i];
                REQUIRE(std::all_of(live.bytes, live.bytes + live.size,
                                    [&live](unsigned char byte) { return byte == live.fill; }));
                region.heap.free(live.bytes);
                allocated -= live.size;
                model[i] = model.back();
                model.pop_back();
            }
            if (step % 100 == 0) {
                region.heap.check();
                const Heap::Statistics statistics = region.heap.statistics();
                REQUIRE(statistics.blocks == model.size());
                REQUIRE(statistics.allocated == allocated);
                REQUIRE(statistics.size == region.usable());
            }
        }
        CHECK(failures > 0); // the region was full at times
        for (const Live& live : model) {
            region.heap.free(live.bytes);
        }
        region.heap.check();
        CHECK(region.heap.statistics().free_blocks == 1);
        CHECK(region.heap.allocate(64 * PAGE_SIZE - 32));
    }
}
