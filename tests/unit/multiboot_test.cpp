// Reading the boot loader's information: what is right is found, what is wrong does no harm.
#include "catch.hpp"
#include "fakes.hpp"
#include "multiboot/multiboot.hpp"
#include "multiboot/multiboot_format.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace kernel;
using multiboot::RawInformation;
using multiboot::RawMapEntry;
using multiboot::RawModule;

namespace {

constexpr std::uint64_t mib = 0x100000;

/// A boot loader: builds the information in a physical memory that ends where the boot map does.
class Loader {
public:
    static constexpr std::uint32_t information_address = 0x9500;
    static constexpr std::uint32_t map_address = 0xA000;
    static constexpr std::uint32_t module_address = 0xC000;

    Loader() : memory(BOOT_MAP_SIZE) { std::memset(&raw, 0xA5, sizeof(raw)), raw.flags = 0; }

    void map_entry(std::uint64_t base, std::uint64_t length, std::uint32_t type = 1, std::uint32_t size = 20) {
        raw.flags |= multiboot::flags::memory_map;
        raw.map = map_address;
        memory.put(map_address + map_end,
                   RawMapEntry{size, static_cast<std::uint32_t>(base), static_cast<std::uint32_t>(base >> 32),
                               static_cast<std::uint32_t>(length), static_cast<std::uint32_t>(length >> 32), type});
        map_end += size + 4;
        raw.map_length = map_end;
    }
    void module(std::uint32_t begin, std::uint32_t end, std::uint32_t string) {
        if ((raw.flags & multiboot::flags::modules) == 0) {
            raw.flags |= multiboot::flags::modules;
            raw.module_table = module_address;
            raw.module_count = 0;
        }
        memory.put(module_address + raw.module_count++ * 16, RawModule{begin, end, string, 0});
    }
    void command_line(std::uint32_t address) {
        raw.flags |= multiboot::flags::command_line;
        raw.command_line = address;
    }
    const multiboot::Information& boot() {
        memory.put(information_address, raw);
        REQUIRE(multiboot::read(multiboot::loader_magic, PhysicalAddress(information_address)));
        // Nothing may be read later: GRUB's memory is ours by then.
        std::memset(memory.at(0), 0xEE, memory.size());
        return multiboot::information();
    }

    PhysicalMemory memory;
    RawInformation raw;
    std::uint32_t map_end = 0;
};

using Regions = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

Regions usable(const multiboot::Information& information) {
    Regions result;
    for (const multiboot::MemoryRegion& region : information.usable) {
        result.emplace_back(region.begin.value(), region.end.value());
    }
    return result;
}

} // namespace

TEST_CASE("a usual machine is read without complaints", "[multiboot]") {
    Loader loader;
    LogCapture log;
    loader.map_entry(0, 0x9FC00);
    loader.map_entry(0x9FC00, 0x400, 2);
    loader.map_entry(0xF0000, 0x10000, 2);
    loader.map_entry(0x100000, 64 * mib - 0x100000 - 0x20000);
    loader.map_entry(64 * mib - 0x20000, 0x20000, 3);
    loader.map_entry(0xFFFC0000, 0x40000, 2);
    loader.memory.put_text(0x8000, "build/kernel.elf poweroff");
    loader.memory.put_text(0x8100, "GRUB 2.06");
    loader.memory.put_text(0x8200, "hello one two");
    loader.command_line(0x8000);
    loader.raw.flags |= multiboot::flags::loader_name;
    loader.raw.loader_name = 0x8100;
    loader.raw.flags |= multiboot::flags::memory_sizes;
    loader.raw.upper_memory_kib = 127 * 1024; // not asked where there is a map
    loader.module(0x200000, 0x201234, 0x8200);
    loader.module(0x202000, 0x202000, 0x8200);
    loader.module(0x203000, 0x204000, 0);

    const multiboot::Information& information = loader.boot();
    CHECK(usable(information) == Regions{{0, 0x9F000}, {0x100000, 64 * mib - 0x20000}});
    CHECK(information.command_line == "build/kernel.elf poweroff");
    CHECK(information.loader_name == "GRUB 2.06");
    REQUIRE(information.modules.size() == 3);
    CHECK(information.modules[0].memory.begin == PhysicalAddress(0x200000));
    CHECK(information.modules[0].memory.size() == 0x1234);
    CHECK(information.modules[0].string == "hello one two");
    CHECK(information.modules[1].memory.size() == 0);
    CHECK(information.modules[2].string.empty());
    CHECK(log.complaints() == 0);
}

TEST_CASE("without the magic number or within no reach there is no information", "[multiboot]") {
    Loader loader;
    LogCapture log;
    loader.map_entry(0x100000, 4 * mib);
    loader.boot();
    log.clear();
    for (const auto& [magic, address] : std::vector<std::pair<std::uint32_t, std::uint32_t>>{
             {0, 0x9500},
             {0x1BADB002, 0x9500}, // the header's magic, not the loader's
             {multiboot::loader_magic, BOOT_MAP_SIZE},
             {multiboot::loader_magic, BOOT_MAP_SIZE - sizeof(RawInformation) + 1},
             {multiboot::loader_magic, 0xFFFFFFFF}}) {
        const Result<void> result = multiboot::read(magic, PhysicalAddress(address));
        REQUIRE_FALSE(result);
        CHECK(result.error() == Error::InvalidArgument);
        CHECK(log.complaints() == 1);
        CHECK(multiboot::information().usable.size() == 1); // as before
        log.clear();
    }
}

TEST_CASE("fields whose flag is not set are not looked at", "[multiboot]") {
    Loader loader; // every field is 0xA5A5A5A5
    LogCapture log;
    const multiboot::Information& information = loader.boot();
    CHECK(information.usable.empty());
    CHECK(information.modules.empty());
    CHECK(information.command_line.empty());
    CHECK(information.loader_name.empty());
    CHECK(log.contains("no usable memory"));
    CHECK(log.complaints() == 1);
}

TEST_CASE("information may lie at the very end of what is mapped, and at odd addresses", "[multiboot]") {
    PhysicalMemory memory(BOOT_MAP_SIZE);
    LogCapture log;
    RawInformation raw{};
    raw.flags = multiboot::flags::memory_sizes | multiboot::flags::command_line;
    raw.upper_memory_kib = 7 * 1024;
    raw.command_line = 0x8001;
    memory.put_text(0x8001, "odd");
    for (const std::uint32_t address : {BOOT_MAP_SIZE - std::uint32_t{sizeof(raw)}, 0x9003U}) {
        memory.put(address, raw);
        REQUIRE(multiboot::read(multiboot::loader_magic, PhysicalAddress(address)));
        CHECK(usable(multiboot::information()) == Regions{{mib, 8 * mib}});
        CHECK(multiboot::information().command_line == "odd");
    }
}

TEST_CASE("memory is merged, sorted, and whole pages", "[multiboot]") {
    Loader loader;
    LogCapture log;
    SECTION("out of order and overlapping") {
        loader.map_entry(6 * mib, mib);
        loader.map_entry(2 * mib, mib);
        loader.map_entry(2 * mib + 0x80000, mib);
        loader.map_entry(3 * mib + 0x80000, mib); // touches
        CHECK(usable(loader.boot()) == Regions{{2 * mib, 4 * mib + 0x80000}, {6 * mib, 7 * mib}});
    }
    SECTION("pages that two entries share are whole again after merging") {
        loader.map_entry(0x100000, 0x1800);
        loader.map_entry(0x101800, 0x1800);
        CHECK(usable(loader.boot()) == Regions{{0x100000, 0x103000}});
    }
    SECTION("odd ends are rounded inwards") {
        loader.map_entry(0x100001, 0x2FFF);
        loader.map_entry(0x200FFF, 0x1002);
        CHECK(usable(loader.boot()) == Regions{{0x101000, 0x103000}, {0x201000, 0x202000}});
    }
    SECTION("less than a page is nothing") {
        loader.map_entry(0x100800, 0x1000);
        loader.map_entry(0x300000, 0x1000);
        loader.map_entry(0x400000, 0xFFF);
        loader.map_entry(0x500000, 0);
        CHECK(usable(loader.boot()) == Regions{{0x300000, 0x301000}});
    }
    SECTION("reserved wins, before and after, and takes the whole page") {
        loader.map_entry(2 * mib, 0x800, 2);
        loader.map_entry(mib, 4 * mib);
        loader.map_entry(3 * mib + 0x900, 1, 7);
        loader.map_entry(4 * mib + 0x800, 9 * mib, 0xFFFFFFFF);
        CHECK(usable(loader.boot()) ==
              Regions{{mib, 2 * mib}, {2 * mib + 0x1000, 3 * mib}, {3 * mib + 0x1000, 4 * mib}});
    }
    CHECK(log.complaints() == 0);
}

TEST_CASE("what the direct map does not reach is reported and left out", "[multiboot]") {
    Loader loader;
    LogCapture log;
    std::size_t complaints = 1;
    SECTION("3.5 GiB") {
        loader.map_entry(mib, 3584 * mib - mib);
        CHECK(usable(loader.boot()) == Regions{{mib, DIRECT_MAP_SIZE}});
        CHECK(log.contains(std::to_string((3584 - 896) * 1024) + " KiB"));
    }
    SECTION("a whole region above, and above 4 GiB") {
        loader.map_entry(mib, 7 * mib);
        loader.map_entry(1024 * mib, mib);
        loader.map_entry(0x100000000 + mib, 0x100000000);
        CHECK(usable(loader.boot()) == Regions{{mib, 8 * mib}});
        CHECK(log.contains(std::to_string((4096 + 1) * 1024) + " KiB"));
    }
    SECTION("exactly up to it is no reason to complain") {
        loader.map_entry(mib, DIRECT_MAP_SIZE - mib);
        CHECK(usable(loader.boot()) == Regions{{mib, DIRECT_MAP_SIZE}});
        complaints = 0;
    }
    SECTION("past the end of all addresses") {
        loader.map_entry(mib, 0xFFFFFFFFFFFFFFFF);
        loader.map_entry(0xFFFFFFFFFFFFF000, 0x2000, 2);
        CHECK(usable(loader.boot()) == Regions{{mib, DIRECT_MAP_SIZE}});
        CHECK(log.contains("past the end of all addresses"));
        complaints = 3;
    }
    CHECK(log.complaints() == complaints);
}

TEST_CASE("a memory map is walked by its entries' own sizes", "[multiboot]") {
    Loader loader;
    LogCapture log;
    loader.map_entry(mib, mib);
    loader.map_entry(3 * mib, mib, 1, 24);
    loader.map_entry(5 * mib, mib, 1, 4096);
    loader.map_entry(7 * mib, mib);
    CHECK(usable(loader.boot()) == Regions{{mib, 2 * mib}, {3 * mib, 4 * mib}, {5 * mib, 6 * mib}, {7 * mib, 8 * mib}});
    CHECK(log.complaints() == 0);
}

// No section here returns early: Catch2 knows only the sections that a run has reached.
TEST_CASE("a memory map ends at the first entry that is not sound", "[multiboot]") {
    Loader loader;
    LogCapture log;
    loader.map_entry(mib, mib);
    const auto check_first_alone = [&] { // in each section, so that a failure names it
        CHECK(usable(loader.boot()) == Regions{{mib, 2 * mib}});
        CHECK(log.complaints() == 1);
        CHECK(log.text().find("[error]") == std::string::npos);
    };
    SECTION("size 0") {
        loader.map_entry(3 * mib, mib, 1, 0);
        loader.raw.map_length += 100;
        check_first_alone();
    }
    SECTION("size 19") {
        loader.map_entry(3 * mib, mib, 1, 19);
        loader.raw.map_length += 100;
        check_first_alone();
    }
    SECTION("size past the map's end") {
        loader.map_entry(3 * mib, mib, 1, 20);
        loader.memory.put(Loader::map_address + 24, std::uint32_t{21});
        check_first_alone();
    }
    SECTION("huge sizes") {
        const std::uint32_t size = GENERATE(0xFFFFFFFFU, 0xFFFFFFFCU, 0xFFFFFFE8U, 0x80000000U);
        loader.map_entry(3 * mib, mib, 1, 20);
        loader.memory.put(Loader::map_address + 24, size);
        check_first_alone();
    }
    SECTION("the map ends inside an entry") {
        loader.map_entry(3 * mib, mib);
        loader.raw.map_length -= GENERATE(1U, 4U, 20U, 23U);
        check_first_alone();
    }
    SECTION("the map's length goes out of reach") {
        loader.raw.map = BOOT_MAP_SIZE - 24;
        loader.memory.put(loader.raw.map, RawMapEntry{20, std::uint32_t{mib}, 0, std::uint32_t{mib}, 0, 1});
        loader.raw.map_length = GENERATE(48U, 0xFFFFFFFFU);
        check_first_alone();
    }
    SECTION("the second entry is past 4 GiB, and one that looks sound is 4 GiB below it") {
        constexpr std::uint32_t low = 0x100;
        constexpr std::uint32_t first_size = low - Loader::map_address - 4; // modulo 2^32
        loader.raw.map_length = 0xFFFFFFFF;
        loader.memory.put(Loader::map_address, first_size);
        loader.memory.put(low, RawMapEntry{0xFFFFFFFF - (first_size + 4) - 4, 3 * std::uint32_t{mib}, 0, 0, 1, 1});
        check_first_alone();
    }
}

TEST_CASE("a map that is no use is replaced by the size of upper memory", "[multiboot]") {
    Loader loader;
    LogCapture log;
    loader.raw.flags |= multiboot::flags::memory_sizes;
    loader.raw.upper_memory_kib = 31 * 1024;
    SECTION("no map") {}
    SECTION("an empty map") {
        loader.raw.flags |= multiboot::flags::memory_map;
        loader.raw.map = 0;
        loader.raw.map_length = 0;
    }
    SECTION("a map out of reach") {
        loader.raw.flags |= multiboot::flags::memory_map;
        loader.raw.map = GENERATE(std::uint32_t{BOOT_MAP_SIZE}, BOOT_MAP_SIZE - 23U, 0xFFFFFFF0U);
        loader.raw.map_length = 240;
    }
    CHECK(usable(loader.boot()) == Regions{{mib, 32 * mib}});
    CHECK(log.contains("no memory map"));
}

TEST_CASE("upper memory of 4 TiB does not wrap", "[multiboot]") {
    Loader loader;
    LogCapture log;
    loader.raw.flags |= multiboot::flags::memory_sizes;
    loader.raw.upper_memory_kib = 0xFFFFFFFF;
    CHECK(usable(loader.boot()) == Regions{{mib, DIRECT_MAP_SIZE}});
}

TEST_CASE("a map in too many pieces loses memory but never gains any", "[multiboot]") {
    Loader loader;
    LogCapture log;
    loader.map_entry(0, 512 * mib);
    for (std::uint64_t i = 0; i < 2 * RangeSet::capacity; ++i) {
        loader.map_entry((2 * i + 1) * 0x1000, 0x1000, 2);
    }
    const Regions regions = usable(loader.boot());
    CHECK(regions.size() == multiboot::maximum_regions);
    for (const auto& [begin, end] : regions) {
        CHECK((end == begin + 0x1000 && begin % 0x2000 == 0));
    }
    CHECK(log.complaints() >= 1);
    // The first that can't be cut out has usable memory on both sides: that above it is lost.
    CHECK(log.contains("more than 64 separate pieces; the one at 0x80000 is left unused"));
}

TEST_CASE("malformed modules are reported and left out", "[multiboot]") {
    Loader loader;
    LogCapture log;
    loader.map_entry(mib, 31 * mib);
    loader.memory.put_text(0x8000, "good");
    loader.module(0x200000, 0x201000, 0x8000);
    SECTION("ends before it begins") {
        loader.module(0x300000, 0x2FFFFF, 0x8000);
    }
    SECTION("beyond the direct map") {
        loader.module(DIRECT_MAP_SIZE - 1, DIRECT_MAP_SIZE + 1, 0);
    }
    SECTION("beyond the memory that there is") { // the direct map ends there
        loader.module(32 * mib - 0x1000, 32 * mib + 1, 0);
    }
    SECTION("wraps") {
        loader.module(0xFFFFF000, 0x100000, 0);
    }
    SECTION("a table that goes out of reach") {
        loader.raw.module_table = BOOT_MAP_SIZE - 16;
        loader.memory.put(loader.raw.module_table, RawModule{0x200000, 0x201000, 0x8000, 0});
        loader.raw.module_count = GENERATE(2U, 0x10000000U, 0xFFFFFFFFU);
    }
    const multiboot::Information& information = loader.boot();
    REQUIRE(information.modules.size() == 1);
    CHECK(information.modules[0].memory.begin == PhysicalAddress(0x200000));
    CHECK(information.modules[0].string == "good");
    CHECK(log.complaints() == 1);
}

TEST_CASE("a module may end where memory does", "[multiboot]") {
    Loader loader;
    LogCapture log;
    loader.map_entry(mib, 31 * mib);
    loader.module(32 * mib - 0x1000, 32 * mib, 0);
    CHECK(loader.boot().modules.size() == 1);
    CHECK(log.complaints() == 0);
}

TEST_CASE("a table of modules out of reach or without an entry gives none", "[multiboot]") {
    Loader loader;
    LogCapture log;
    loader.map_entry(mib, mib);
    loader.raw.flags |= multiboot::flags::modules;
    SECTION("none") {
        loader.raw.module_table = 0xFFFFFFFF;
        loader.raw.module_count = 0;
        CHECK(loader.boot().modules.empty());
        CHECK(log.complaints() == 0);
    }
    SECTION("out of reach") {
        loader.raw.module_table = GENERATE(BOOT_MAP_SIZE - 15U, 0xFFFFFFF8U);
        loader.raw.module_count = 1;
        CHECK(loader.boot().modules.empty());
        CHECK(log.complaints() == 1);
    }
}

TEST_CASE("as many modules as there is room for are read", "[multiboot]") {
    Loader loader;
    LogCapture log;
    loader.map_entry(mib, 31 * mib);
    const auto extra = static_cast<std::uint32_t>(GENERATE(0, 1, 100));
    for (std::uint32_t i = 0; i < multiboot::maximum_modules + extra; ++i) {
        const std::string name = "module " + std::to_string(i);
        loader.memory.put_text(0x10000 + 32 * i, name);
        loader.module(0x200000 + i * 0x1000, 0x201000 + i * 0x1000, 0x10000 + 32 * i);
    }
    const multiboot::Information& information = loader.boot();
    REQUIRE(information.modules.size() == multiboot::maximum_modules);
    for (std::size_t i = 0; i < multiboot::maximum_modules; ++i) {
        CHECK(information.modules[i].string == "module " + std::to_string(i));
    }
    CHECK(log.complaints() == (extra == 0 ? 0 : 1));
}

TEST_CASE("strings are bounded", "[multiboot]") {
    Loader loader;
    LogCapture log;
    loader.map_entry(mib, mib);
    SECTION("exactly as long as allowed") {
        const std::string text(multiboot::maximum_string_length, 'x');
        loader.memory.put_text(0x8000, text);
        loader.command_line(0x8000);
        CHECK(loader.boot().command_line == text);
        CHECK(log.complaints() == 0);
    }
    SECTION("one longer") {
        loader.memory.put_text(0x8000, std::string(multiboot::maximum_string_length + 1, 'x'));
        loader.command_line(0x8000);
        CHECK(loader.boot().command_line == std::string(multiboot::maximum_string_length, 'x'));
        CHECK(log.complaints() == 1);
    }
    SECTION("empty") {
        loader.memory.put_text(0x8000, "");
        loader.command_line(0x8000);
        CHECK(loader.boot().command_line.empty());
        CHECK(log.complaints() == 0);
    }
    SECTION("without an end before memory's") {
        loader.command_line(BOOT_MAP_SIZE - 3);
        std::memcpy(loader.memory.at(BOOT_MAP_SIZE - 3), "abc", 3);
        CHECK(loader.boot().command_line == "abc");
        CHECK(log.complaints() == 1);
    }
    SECTION("ending with memory") {
        loader.command_line(BOOT_MAP_SIZE - 3);
        loader.memory.put_text(BOOT_MAP_SIZE - 3, "ab");
        CHECK(loader.boot().command_line == "ab");
        CHECK(log.complaints() == 0);
    }
    SECTION("out of reach") {
        loader.command_line(GENERATE(std::uint32_t{BOOT_MAP_SIZE}, 0xFFFFFFFFU));
        CHECK(loader.boot().command_line.empty());
        CHECK(log.complaints() == 1);
    }
    SECTION("more than the pool holds") {
        const std::string text(multiboot::maximum_string_length, 'y');
        loader.memory.put_text(0x8000, text);
        for (std::uint32_t i = 0; i < multiboot::maximum_modules; ++i) {
            loader.module(0x200000, 0x201000, 0x8000);
        }
        const multiboot::Information& information = loader.boot();
        CHECK(information.modules.size() == multiboot::maximum_modules);
        CHECK(information.modules.front().string == text);
        CHECK(information.modules.back().string.empty());
        CHECK(log.complaints() >= 1);
    }
}

TEST_CASE("random information never leads out of the mapped memory", "[multiboot]") {
    LogCapture log;
    std::mt19937 random(7);
    PhysicalMemory memory(BOOT_MAP_SIZE);
    const auto word = [&random]() -> std::uint32_t {
        const auto any = static_cast<std::uint32_t>(random());
        switch (random() % 4) {
        case 0:
            return any % 64;
        case 1:
            return 0x9000 + any % 0x2000;
        case 2:
            return BOOT_MAP_SIZE - 64 + any % 80;
        default:
            return any;
        }
    };
    for (int round = 0; round < 2000; ++round) {
        for (std::uint32_t address = 0x9000; address < 0xA000; address += 4) {
            memory.put(address, word());
        }
        for (std::uint32_t address = BOOT_MAP_SIZE - 128; address < BOOT_MAP_SIZE; address += 4) {
            memory.put(address, word());
        }
        memory.put(0x9500, std::uint32_t{0x24D});
        REQUIRE(multiboot::read(multiboot::loader_magic, PhysicalAddress(0x9500)));
        std::uint64_t last = 0;
        for (const multiboot::MemoryRegion& region : multiboot::information().usable) {
            REQUIRE((region.begin < region.end && region.end.value() <= DIRECT_MAP_SIZE));
            REQUIRE((region.begin.is_page_aligned() && region.end.is_page_aligned()));
            REQUIRE((last == 0 || region.begin.value() > last));
            last = region.end.value();
        }
        for (const multiboot::Module& module : multiboot::information().modules) {
            REQUIRE((module.memory.begin <= module.memory.end));
            REQUIRE(module.memory.end.value() <= DIRECT_MAP_SIZE);
        }
        log.clear();
    }
}
