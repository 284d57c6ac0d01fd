// The kernel's command line: what it understands, and what it says of the rest.
#include "catch.hpp"
#include "fakes.hpp"
#include "multiboot/command_line.hpp"

#include <string>

using kernel::log::Level;
using kernel::multiboot::Options;
using kernel::multiboot::parse_command_line;

TEST_CASE("an empty command line asks for nothing", "[command_line]") {
    LogCapture log;
    for (const char* line : {"", " ", " \t  ", "/boot/kernel.elf", "kernel.elf", "  build/kernel "}) {
        const Options options = parse_command_line(line);
        CHECK(options.log_level == Level::Info);
        CHECK_FALSE(options.power_off);
    }
    CHECK(log.text().empty());
}

TEST_CASE("options are understood with and without the kernel's name before them", "[command_line]") {
    LogCapture log;
    CHECK(parse_command_line("poweroff").power_off);
    CHECK(parse_command_line("build/kernel.elf poweroff").power_off);
    CHECK(parse_command_line("kernel.elf\tpoweroff ").power_off);
    CHECK(parse_command_line("log=debug").log_level == Level::Debug);
    CHECK(parse_command_line("log=info").log_level == Level::Info);
    CHECK(parse_command_line("log=warn").log_level == Level::Warn);
    CHECK(parse_command_line("/k log=error").log_level == Level::Error);
    const Options both = parse_command_line("  poweroff   log=warn  ");
    CHECK(both.power_off);
    CHECK(both.log_level == Level::Warn);
    CHECK(log.text().empty());
}

TEST_CASE("what is not understood is named once and ignored", "[command_line]") {
    LogCapture log;
    SECTION("an unknown word") {
        const Options options = parse_command_line("quiet poweroff");
        CHECK(options.power_off);
        CHECK(log.contains("'quiet'"));
        CHECK(log.complaints() == 1);
    }
    SECTION("nearly known words") {
        const Options options = parse_command_line("Poweroff poweroff=1 power log logg=debug LOG=debug");
        CHECK_FALSE(options.power_off);
        CHECK(options.log_level == Level::Info);
        CHECK(log.complaints() == 6);
    }
    SECTION("values that are no levels") {
        const Options options = parse_command_line("log= log=loud log=debugg log=debug,info");
        CHECK(options.log_level == Level::Info);
        CHECK(log.contains("'log='"));
        CHECK(log.contains("'log=loud'"));
        CHECK(log.complaints() == 4);
    }
    SECTION("the second of two") {
        const Options options = parse_command_line("log=warn poweroff log=debug poweroff");
        CHECK(options.log_level == Level::Warn);
        CHECK(options.power_off);
        CHECK(log.contains("'log=debug'"));
        CHECK(log.contains("'poweroff'"));
        CHECK(log.complaints() == 2);
    }
    SECTION("a bad value does not count as the first") {
        CHECK(parse_command_line("log=loud log=debug").log_level == Level::Debug);
        CHECK(log.complaints() == 1);
    }
    SECTION("a file name that is not the first word") {
        CHECK(parse_command_line("poweroff build/kernel.elf").power_off);
        CHECK(log.contains("'build/kernel.elf'"));
        CHECK(log.complaints() == 1);
    }
    SECTION("bytes that are no text") {
        const std::string line = std::string(1, '\xFF') + std::string(300, '{') + " \x01";
        CHECK_FALSE(parse_command_line(line).power_off);
        CHECK(log.complaints() == 2);
    }
}
