// The set of ranges against a model: a plain array of bits.
#include "catch.hpp"
#include "fakes.hpp"
#include "lib/ranges.hpp"

#include <bitset>
#include <cstdint>
#include <random>
#include <vector>

using kernel::Range;
using kernel::RangeSet;

namespace {

std::vector<Range> list(const RangeSet& set) {
    return {set.ranges().begin(), set.ranges().end()};
}

using List = std::vector<Range>;

} // namespace

TEST_CASE("ranges that overlap or touch are joined", "[ranges]") {
    RangeSet set;
    REQUIRE(set.add({10, 20}));
    REQUIRE(set.add({30, 40}));
    REQUIRE(set.add({50, 60}));
    CHECK(list(set) == List{{10, 20}, {30, 40}, {50, 60}});
    SECTION("touching") {
        REQUIRE(set.add({20, 30}));
        CHECK(list(set) == List{{10, 40}, {50, 60}});
    }
    SECTION("one byte apart") {
        REQUIRE(set.add({21, 29}));
        CHECK(list(set) == List{{10, 20}, {21, 29}, {30, 40}, {50, 60}});
    }
    SECTION("over all") {
        REQUIRE(set.add({0, 100}));
        CHECK(list(set) == List{{0, 100}});
    }
    SECTION("inside") {
        REQUIRE(set.add({32, 33}));
        CHECK(list(set) == List{{10, 20}, {30, 40}, {50, 60}});
    }
    SECTION("before and after all") {
        REQUIRE(set.add({70, 80}));
        REQUIRE(set.add({0, 5}));
        CHECK(list(set) == List{{0, 5}, {10, 20}, {30, 40}, {50, 60}, {70, 80}});
    }
    SECTION("empty or the wrong way round") {
        REQUIRE(set.add({25, 25}));
        REQUIRE(set.add({45, 5}));
        REQUIRE(set.remove({15, 15}));
        REQUIRE(set.remove({60, 10}));
        CHECK(list(set) == List{{10, 20}, {30, 40}, {50, 60}});
    }
    SECTION("64 bits wide") {
        REQUIRE(set.add({0xFFFFFFFF00000000, 0xFFFFFFFFFFFFFFFF}));
        REQUIRE(set.remove({0x100000000, 0xFFFFFFFFFFFFFFFE}));
        CHECK(list(set) == List{{10, 20}, {30, 40}, {50, 60}, {0xFFFFFFFFFFFFFFFE, 0xFFFFFFFFFFFFFFFF}});
    }
}

TEST_CASE("removing cuts, splits and drops ranges", "[ranges]") {
    RangeSet set;
    REQUIRE(set.add({10, 20}));
    REQUIRE(set.add({30, 40}));
    REQUIRE(set.add({50, 60}));
    SECTION("a middle") {
        REQUIRE(set.remove({33, 35}));
        CHECK(list(set) == List{{10, 20}, {30, 33}, {35, 40}, {50, 60}});
    }
    SECTION("from one into another") {
        REQUIRE(set.remove({15, 55}));
        CHECK(list(set) == List{{10, 15}, {55, 60}});
    }
    SECTION("exactly one") {
        REQUIRE(set.remove({30, 40}));
        CHECK(list(set) == List{{10, 20}, {50, 60}});
    }
    SECTION("what is not there") {
        REQUIRE(set.remove({20, 30}));
        CHECK(list(set) == List{{10, 20}, {30, 40}, {50, 60}});
    }
    SECTION("the first is taken") {
        CHECK(set.take_first() == Range{10, 20});
        CHECK(list(set) == List{{30, 40}, {50, 60}});
        CHECK(set.take_first() == Range{30, 40});
        CHECK(set.take_first() == Range{50, 60});
        CHECK(set.empty());
        CHECK_THROWS_AS(set.take_first(), Panicked);
    }
    SECTION("overlap") {
        CHECK(set.overlaps({19, 20}));
        CHECK(set.overlaps({0, 100}));
        CHECK_FALSE(set.overlaps({20, 30}));
        CHECK_FALSE(set.overlaps({60, 61}));
    }
}

TEST_CASE("a full set of ranges says so and never gains what was removed", "[ranges]") {
    RangeSet set;
    for (std::uint64_t i = 0; i < RangeSet::capacity; ++i) {
        REQUIRE(set.add({10 * i, 10 * i + 5}));
    }
    const List before = list(set);
    CHECK_FALSE(set.add({10 * RangeSet::capacity, 10 * RangeSet::capacity + 1}));
    CHECK(list(set) == before);
    CHECK_FALSE(set.remove({12, 13}));
    CHECK(set.ranges()[1] == Range{10, 12}); // what was above the gap is lost, not kept
    CHECK(set.ranges()[2] == Range{20, 25});
    CHECK(set.add({5, 10})); // joining needs no room
    CHECK(set.ranges().size() == RangeSet::capacity - 1);
}

TEST_CASE("random operations on ranges agree with a set of bits", "[ranges]") {
    constexpr std::uint64_t universe = 120; // so that a set never fills up
    std::mt19937 random(20240607);
    for (int round = 0; round < 200; ++round) {
        RangeSet set;
        std::bitset<universe> model;
        for (int step = 0; step < 40; ++step) {
            const std::uint64_t begin = random() % universe;
            const std::uint64_t end = begin + random() % std::min<std::uint64_t>(15, universe - begin);
            const bool adding = random() % 2 == 0;
            REQUIRE((adding ? set.add({begin, end}) : set.remove({begin, end})));
            for (std::uint64_t i = begin; i < end; ++i) {
                model[i] = adding;
            }
            List expected;
            for (std::uint64_t i = 0; i < universe; ++i) {
                if (!model[i]) {
                    continue;
                }
                if (expected.empty() || expected.back().end != i) {
                    expected.push_back({i, i});
                }
                expected.back().end = i + 1;
            }
            REQUIRE(list(set) == expected);
        }
    }
}
