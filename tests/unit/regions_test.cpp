// Regions, compared with a plain array that says for each page what it is.
#include "catch.hpp"

#include "memory/regions.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <utility>

using namespace kernel;

namespace {

constexpr std::uint32_t pages = 64;
constexpr std::uint32_t base = 0x40000000;

VirtualAddress page(std::uint32_t number) {
    return VirtualAddress(base + number * PAGE_SIZE);
}

using Model = std::array<std::optional<Access>, pages>;

/// The regions say the same as the model of each page, and keep their invariant.
void check_same(const Regions& regions, const Model& model) {
    for (std::uint32_t i = 0; i < pages; ++i) {
        for (const std::uint32_t offset : {0U, PAGE_SIZE - 1U}) {
            const Region* const found = regions.find(page(i) + offset);
            const std::optional<Access> access = found != nullptr ? std::optional(found->access) : std::nullopt;
            CHECK(access == model[i]);
        }
    }
    const Region* previous = nullptr;
    for (const Region& region : regions.all()) {
        CHECK(region.begin < region.end);
        if (previous != nullptr) {
            const bool apart = previous->end < region.begin;
            const bool touching = previous->end == region.begin && previous->access != region.access;
            CHECK((apart || touching));
        }
        previous = &region;
    }
}

/// The same as find_free, a page at a time.
std::optional<VirtualAddress> free_in(const Model& model, std::uint32_t count, std::uint32_t lowest,
                                      std::uint32_t highest) {
    for (std::uint32_t begin = highest; begin-- > lowest;) {
        bool is_free = begin + count <= highest;
        for (std::uint32_t i = begin; is_free && i < begin + count; ++i) {
            is_free = !model[i];
        }
        if (is_free) {
            return page(begin);
        }
    }
    return std::nullopt;
}

} // namespace

TEST_CASE("regions are what was set last, and touching ones of the same access are one", "[regions]") {
    constexpr std::array<std::optional<Access>, 4> accesses = {std::nullopt, Access::None, Access::ReadOnly,
                                                               Access::Writable};
    std::minstd_rand engine(19); // NOLINT(cert-msc51-cpp): the same each time
    const auto random = [&engine] { return static_cast<std::uint32_t>(engine()); };
    for (int round = 0; round < 50; ++round) {
        Regions regions;
        Model model{};
        for (int step = 0; step < 60; ++step) {
            const std::uint32_t begin = random() % pages;
            const std::uint32_t end =
                begin + 1 + random() % (random() % 4 == 0 ? pages - begin : std::min(pages - begin, 4U));
            const std::optional<Access> access = accesses[random() % accesses.size()];
            bool any = false;
            for (std::uint32_t i = begin; i < end; ++i) {
                any = any || model[i];
            }
            CHECK(regions.overlaps(page(begin), page(end)) == any);
            REQUIRE(regions.set(page(begin), page(end), access).has_value());
            std::fill(model.begin() + begin, model.begin() + end, access);
            const std::uint32_t count = 1 + random() % 6;
            CHECK(regions.find_free(count * PAGE_SIZE, page(3), page(60)) == free_in(model, count, 3, 60));
        }
        check_same(regions, model);
        check_same(regions.copy().value(), model);
        regions.clear();
        check_same(regions, Model{});
        CHECK(regions.set(page(0), page(1), Access::Writable).has_value());
    }
}

TEST_CASE("many pieces side by side are one region", "[regions]") {
    Regions regions;
    for (std::uint32_t i = 0; i < 10000; ++i) {
        REQUIRE(regions.set(page(i), page(i + 1), Access::Writable).has_value());
    }
    CHECK(regions.all().size() == 1);
    for (std::uint32_t i = 1; i < 10000; i += 2) {
        REQUIRE(regions.set(page(i), page(i + 1), std::nullopt).has_value());
    }
    CHECK(regions.all().size() == 5000);
}
