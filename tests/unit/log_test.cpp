// The log: which lines are written, and how they begin.
#include "catch.hpp"
#include "fakes.hpp"
#include "lib/log.hpp"

#include <span>
#include <string>
#include <vector>

using namespace kernel;

TEST_CASE("log lines begin with their level", "[log]") {
    LogCapture capture;
    log::set_level(log::Level::Debug);
    log::debug("frames: {} free", 3);
    log::info("process {} ({}): started", 1, "hello");
    log::warn("command line: unknown word '{}'", "x");
    log::error("boot: {:#x}", 16);
    CHECK(capture.text() ==
          "[debug] frames: 3 free\n"
          "[info ] process 1 (hello): started\n"
          "[warn ] command line: unknown word 'x'\n"
          "[error] boot: 0x10\n");
}

TEST_CASE("lines below the level are dropped", "[log]") {
    LogCapture capture;
    const auto [level, expected] = GENERATE(table<log::Level, const char*>({
        {log::Level::Debug, "[debug] a\n[info ] b\n[warn ] c\n[error] d\n"},
        {log::Level::Info, "[info ] b\n[warn ] c\n[error] d\n"},
        {log::Level::Warn, "[warn ] c\n[error] d\n"},
        {log::Level::Error, "[error] d\n"},
    }));
    log::set_level(level);
    CHECK(log::level() == level);
    log::debug("a");
    log::info("b");
    log::warn("c");
    log::error("d");
    CHECK(capture.text() == expected);
}

TEST_CASE("print writes neither level nor end of line", "[log]") {
    LogCapture capture;
    log::set_level(log::Level::Error);
    log::print("eip {:08x}", 0x1234U);
    log::print(" esp {}\n", 5);
    CHECK(capture.text() == "eip 00001234 esp 5\n");
}

TEST_CASE("arguments are never taken for format", "[log]") {
    LogCapture capture;
    log::info("{}", "{} {:x} }}");
    CHECK(capture.text() == "[info ] {} {:x} }}\n");
}

TEST_CASE("a flush is done once, even if it logs", "[log]") {
    static int flushes;
    flushes = 0;
    kernel::log::set_flush([] {
        ++flushes;
        kernel::log::flush();
    });
    kernel::log::flush();
    kernel::log::flush();
    CHECK(flushes == 1);
}

TEST_CASE("a sink gets a line in one piece, and a long one whole", "[log]") {
    static std::vector<std::string> pieces;
    kernel::log::add_sink([](std::span<const char> text) { pieces.emplace_back(text.data(), text.size()); });
    pieces.clear();
    kernel::log::info("{} of {}", 1, 2);
    CHECK(pieces == std::vector<std::string>{"[info ] 1 of 2\n"});

    pieces.clear();
    const std::string text(300, 'x');
    kernel::log::print("{}", text);
    CHECK(pieces.size() == 3);
    CHECK(pieces[0] + pieces[1] + pieces[2] == text);
}
