// The log's record: its last 64 KiB, and what is for the record alone.
#include "catch.hpp"
#include "fakes.hpp"

#include "lib/log.hpp"
#include "lib/log_record.hpp"

#include <string>

using namespace kernel;

namespace {

bool record_ends_with(std::string_view text) {
    std::string last(text.size(), ' ');
    log::copy_record(log::record_size() - text.size(), last);
    return last == text;
}

} // namespace

TEST_CASE("what is logged is recorded, and some of it only so") {
    static const bool kept = (log::keep_record(), true); // sinks can't be taken out again
    static_cast<void>(kept);
    LogCapture capture;
    log::info("for all");
    log::begin_record_only();
    log::begin_details();
    log::info("detail");
    log::end_details();
    log::info("for the record");
    log::end_record_only();
    log::info("for all again");
    CHECK(record_ends_with("[info ] for all\n[info ] detail\n[info ] for the record\n[info ] for all again\n"));
    CHECK(capture.text() == "[info ] for all\n[info ] for all again\n");
    SECTION("the oldest is lost when there is no more room") {
        for (int i = 0; i < 10000; ++i) {
            log::info("line {}", i);
        }
        CHECK(log::record_size() == 65536);
        CHECK(record_ends_with("[info ] line 9999\n"));
    }
    SECTION("a machine that stops hides nothing") {
        log::begin_record_only();
        log::flush();
        log::info("seen");
        CHECK(capture.contains("seen"));
    }
}
