// The kernel's log: levels and sinks (chapter 3).
#include "lib/log.hpp"

#include <array>
#include <cstddef>
#include <utility>

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
bool is_for_record = false;
Level lowest_level = Level::Info;

/// Gathers text for the sinks, because a device has more work with many pieces than with one.
class Text {
public:
    ~Text() { send(); }

    void add(std::string_view format, std::span<const FormatArgument> arguments) {
        format_to(put, this, format, arguments);
    }

private:
    static void put(char character, void* text) { static_cast<Text*>(text)->put(character); }

    void put(char character) {
        if (size_ == characters_.size()) {
            send();
        }
        characters_[size_++] = character;
    }

    void send() {
        for (std::size_t i = 0; i < sink_count; ++i) {
            const Detail detail = sinks[i].detail;
            if (detail == Detail::Record || (!is_for_record && (!in_details || detail == Detail::Everything))) {
                sinks[i].write(std::span(characters_).first(size_));
            }
        }
        size_ = 0;
    }

    std::array<char, 128> characters_;
    std::size_t size_ = 0;
};

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

void (*set_flush(void (*function)()))() {
    return std::exchange(flush_sinks, function);
}

void flush() {
    is_for_record = false;
    // Taken out before it is called: should it fault, the report of that must not end here again.
    void (*const function)() = set_flush(nullptr);
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

void begin_record_only() {
    is_for_record = true;
}

void end_record_only() {
    is_for_record = false;
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
    Text line;
    line.add(tag(level), {});
    line.add(format, arguments);
    line.add("\n", {});
}

void write_raw(std::string_view format, std::span<const FormatArgument> arguments) {
    Text().add(format, arguments);
}

} // namespace kernel::log
