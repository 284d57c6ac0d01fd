// The kernel's command line: its words turned into options (chapter 7).
#include "multiboot/command_line.hpp"

#include <algorithm>
#include <optional>

namespace kernel::multiboot {
namespace {

bool is_blank(char character) {
    return character == ' ' || character == '\t';
}

/// Cuts the first word off `rest` and returns it; empty if there is none left.
std::string_view take_word(std::string_view& rest) {
    const char* begin = std::find_if_not(rest.begin(), rest.end(), is_blank);
    const char* end = std::find_if(begin, rest.end(), is_blank);
    rest = std::string_view(end, rest.end());
    return std::string_view(begin, end);
}

bool is_kernel_name(std::string_view word) {
    return std::find(word.begin(), word.end(), '/') != word.end() || word.ends_with(".elf");
}

std::optional<log::Level> level_named(std::string_view name) {
    if (name == "debug") {
        return log::Level::Debug;
    }
    if (name == "info") {
        return log::Level::Info;
    }
    if (name == "warn") {
        return log::Level::Warn;
    }
    if (name == "error") {
        return log::Level::Error;
    }
    return std::nullopt;
}

} // namespace

Options parse_command_line(std::string_view line) {
    constexpr std::string_view log_prefix = "log=";
    Options options;
    bool log_seen = false;
    bool power_off_seen = false;

    std::string_view rest = line;
    std::string_view word = take_word(rest);
    if (is_kernel_name(word)) {
        word = take_word(rest);
    }
    for (; !word.empty(); word = take_word(rest)) {
        if (word == "poweroff") {
            if (power_off_seen) {
                log::warn("command line: '{}' is given twice; ignored", word);
            }
            power_off_seen = true;
            options.power_off = true;
        } else if (word.starts_with(log_prefix)) {
            std::string_view name = word;
            name.remove_prefix(log_prefix.size());
            const std::optional<log::Level> level = level_named(name);
            if (!level) {
                log::warn("command line: '{}' names no level (debug, info, warn, error); ignored", word);
            } else if (log_seen) {
                log::warn("command line: '{}' is given after another log=; ignored", word);
            } else {
                log_seen = true;
                options.log_level = *level;
            }
        } else {
            log::warn("command line: unknown word '{}'; ignored", word);
        }
    }
    return options;
}

} // namespace kernel::multiboot
