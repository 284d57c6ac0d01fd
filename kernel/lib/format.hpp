// Text from values: `{}` placeholders, checked at compile time (chapter 3).
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace kernel {

/// One value to be formatted: an integer, a character or a string.
/// Other types take part by a function `FormatArgument to_argument(T)` beside them (addresses do).
class FormatArgument {
public:
    enum class Kind : std::uint8_t { Signed, Unsigned, Character, Text, Address };

    constexpr FormatArgument(std::signed_integral auto value)
        : kind_(Kind::Signed), number_(static_cast<std::uint64_t>(std::int64_t{value})) {}
    constexpr FormatArgument(std::unsigned_integral auto value)
        : kind_(Kind::Unsigned), number_(value) {}
    constexpr FormatArgument(char value)
        : kind_(Kind::Character), number_(static_cast<unsigned char>(value)) {}
    constexpr FormatArgument(bool value) : FormatArgument(value ? "true" : "false") {}
    constexpr FormatArgument(std::string_view text) : kind_(Kind::Text), text_(text) {}
    constexpr FormatArgument(const char* text) : FormatArgument(std::string_view(text)) {}

    /// A 32-bit address: `{}` prints it as 0xC0100000.
    static constexpr FormatArgument address(std::uint32_t value) {
        FormatArgument argument(value);
        argument.kind_ = Kind::Address;
        return argument;
    }

    constexpr Kind kind() const { return kind_; }
    constexpr std::uint64_t number() const { return number_; }
    constexpr std::string_view text() const { return text_; }

private:
    Kind kind_;
    std::uint64_t number_ = 0;
    std::string_view text_;
};

template <typename T>
constexpr FormatArgument to_argument(const T& value) {
    return FormatArgument(value);
}

/// Where formatted text goes, one character at a time.
using Output = void (*)(char character, void* context);

/// A format string whose placeholders were counted by the compiler: one per argument, or it does
/// not compile.
/// `{}` as the type prints best; `{:x}` hexadecimal; `{:08x}` with leading zeros to a width of 8;
/// `{:6}` right-aligned in 6 columns; `{:<6}` left-aligned; `{{` and `}}` are the braces
/// themselves. A string prints whole, whatever its length, a NUL byte included.
template <typename... Arguments>
class FormatString {
public:
    consteval FormatString(const char* text) : text_(text) {
        if (count_placeholders(text_) != sizeof...(Arguments)) {
            placeholders_and_arguments_differ();
        }
    }
    constexpr std::string_view text() const { return text_; }

private:
    static void
    placeholders_and_arguments_differ(); // not constexpr: calling it is the compile error
    static consteval std::size_t count_placeholders(std::string_view text) {
        std::size_t count = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == '{') {
                if (i + 1 < text.size() && text[i + 1] == '{') {
                    ++i;
                } else {
                    ++count;
                }
            }
        }
        return count;
    }
    std::string_view text_;
};

/// Formats `arguments` into `output`. The untyped core that every typed front end ends in.
void format_to(Output output, void* context, std::string_view format,
               std::span<const FormatArgument> arguments);

/// Formats into `buffer` and returns the part of it that was written; what does not fit is cut off.
/// No NUL is added.
std::string_view format_into(std::span<char> buffer, std::string_view format,
                             std::span<const FormatArgument> arguments);

template <typename... Arguments>
std::string_view format(std::span<char> buffer,
                        FormatString<std::type_identity_t<Arguments>...> format_string,
                        const Arguments&... arguments) {
    const FormatArgument list[] = {to_argument(arguments)..., FormatArgument(0)};
    return format_into(buffer, format_string.text(), std::span(list, sizeof...(arguments)));
}

} // namespace kernel
