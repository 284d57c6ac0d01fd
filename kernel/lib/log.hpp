// The kernel's log: formatted lines with a level, to every sink that has registered (chapter 3).
#pragma once

#include "lib/format.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace kernel::log {

enum class Level : std::uint8_t { Debug, Info, Warn, Error };

/// Takes text of the log, in which '\n' ends a line: a whole line at once if it is not long. Drivers register theirs with
/// `add_sink`.
using Sink = void (*)(std::span<const char> text);

/// What a sink has room for: a screen only for the essence of a long report. A record is for whoever asks later
/// (chapter 18).
enum class Detail : std::uint8_t { Essence, Everything, Record };

/// Adds a sink; at most 4. Must not be called from an interrupt handler.
void add_sink(Sink sink, Detail detail = Detail::Everything);

/// How text that sinks have not yet brought out is brought out, and later text made visible: what `flush` calls.
/// Returns what it has called until now.
void (*set_flush(void (*function)()))();

/// Brings out all that was written; from now on nothing is held back any more. For a machine that
/// is about to stop.
void flush();

/// From now on the text is detail: only sinks that take everything get it. Until `end_details`.
void begin_details();
void end_details();

/// From now on only a record gets the text, until `end_record_only` or `flush`.
void begin_record_only();
void end_record_only();

/// Lines below `level` are dropped from now on. At start: Info.
void set_level(Level level);
[[nodiscard]] Level level();

/// Writes `[level] text\n` to all sinks if `level` is not below the one set. Use the functions
/// below.
void write_line(Level level, std::string_view format, std::span<const FormatArgument> arguments);

/// Writes text as it is, with no level and no end of line: for reports of several lines.
void write_raw(std::string_view format, std::span<const FormatArgument> arguments);

template <typename... Arguments>
void print(FormatString<std::type_identity_t<Arguments>...> format, const Arguments&... arguments) {
    const FormatArgument list[] = {to_argument(arguments)..., FormatArgument(0)};
    write_raw(format.text(), std::span(list, sizeof...(arguments)));
}

template <typename... Arguments>
void line(Level level, FormatString<std::type_identity_t<Arguments>...> format, const Arguments&... arguments) {
    const FormatArgument list[] = {to_argument(arguments)..., FormatArgument(0)};
    write_line(level, format.text(), std::span(list, sizeof...(arguments)));
}

template <typename... Arguments>
void debug(FormatString<std::type_identity_t<Arguments>...> format, const Arguments&... arguments) {
    line<Arguments...>(Level::Debug, format, arguments...);
}

template <typename... Arguments>
void info(FormatString<std::type_identity_t<Arguments>...> format, const Arguments&... arguments) {
    line<Arguments...>(Level::Info, format, arguments...);
}

template <typename... Arguments>
void warn(FormatString<std::type_identity_t<Arguments>...> format, const Arguments&... arguments) {
    line<Arguments...>(Level::Warn, format, arguments...);
}

template <typename... Arguments>
void error(FormatString<std::type_identity_t<Arguments>...> format, const Arguments&... arguments) {
    line<Arguments...>(Level::Error, format, arguments...);
}

} // namespace kernel::log
