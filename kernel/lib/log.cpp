// The kernel's log: levels and sinks (chapter 3).
#include "lib/log.hpp"

#include <array>
#include <cstddef>

namespace kernel::log {

namespace {

struct RegisteredSink {
    Sink write;
    Detail detail;
};

std::array<RegisteredSink, 4> sinks{};
std::size_t sink_count = 0;
void (*flush_sinks)() = nullptr;
bool in_details = false;
Level lowest_level = Level::Info;

void put(char character, void* /*context*/) {
    for (std::size_t i = 0; i < sink_count; ++i) {
        if (!in_details || sinks[i].detail == Detail::Everything) {
            sinks[i].write(character);
        }
    }
}

/// All of one width, so that the texts line up.
constexpr std::string_view tag(Level level) {
    switch (level) {
    case Level::Debug:
        return "[debug] ";
    case Level::Info:
        return "[info ] ";
    case Level::Warn:
        return "[warn ] ";
    case Level::Error:
        return "[error] ";
    }
    return "";
}

} // namespace

void add_sink(Sink sink, Detail detail) {
    if (sink_count < sinks.size()) {
        sinks[sink_count] = {.write = sink, .detail = detail};
        ++sink_count;
    }
}

void set_flush(void (*function)()) {
    flush_sinks = function;
}

void flush() {
    // Taken out before it is called: should it fault, the report of that must not end here again.
    void (*const function)() = flush_sinks;
    flush_sinks = nullptr;
    if (function != nullptr) {
        function();
    }
}

void begin_details() {
    in_details = true;
}

void end_details() {
    in_details = false;
}

void set_level(Level level) {
    lowest_level = level;
}

Level level() {
    return lowest_level;
}

void write_line(Level level, std::string_view format, std::span<const FormatArgument> arguments) {
    if (level < lowest_level) {
        return;
    }
    write_raw(tag(level), {});
    write_raw(format, arguments);
    put('\n', nullptr);
}

void write_raw(std::string_view format, std::span<const FormatArgument> arguments) {
    format_to(put, nullptr, format, arguments);
}

} // namespace kernel::log
