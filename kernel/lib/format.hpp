// Text from values: `{}` placeholders, checked at compile time (chapter 3).
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
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
    constexpr FormatArgument(std::unsigned_integral auto value) : kind_(Kind::Unsigned), number_(value) {}
    constexpr FormatArgument(char value) : kind_(Kind::Character), number_(static_cast<unsigned char>(value)) {}
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

/// What is between the braces of a placeholder: `{`, then `:` and, each of them optional and
/// in this order, `<` `#` `0` width `x`, then `}`.
struct Placeholder {
    bool left_aligned = false; ///< `<`: blanks go after the value, not before it
    bool prefixed = false;     ///< `#`: a hexadecimal number begins with 0x
    bool zero_padded = false;  ///< `0`: a number is filled with zeros instead of blanks
    bool hexadecimal = false;  ///< `x`: lower-case digits; a string takes no notice
    std::size_t width = 0;     ///< characters at least; two digits at most
    std::size_t length = 0;    ///< of the placeholder itself, both braces included
};

/// Reads the placeholder that `text` begins with, or nothing if it is malformed.
/// The compiler checks format strings with it, and the kernel reads them with it.
constexpr std::optional<Placeholder> parse_placeholder(std::string_view text) {
    constexpr std::size_t maximum_width = 99;
    Placeholder result;
    std::size_t position = 0;
    const auto skip = [&](char wanted) {
        const bool found = position < text.size() && text[position] == wanted;
        position += found ? 1 : 0;
        return found;
    };
    if (!skip('{')) {
        return std::nullopt;
    }
    if (skip(':')) {
        result.left_aligned = skip('<');
        result.prefixed = skip('#');
        result.zero_padded = skip('0');
        while (position < text.size() && text[position] >= '0' && text[position] <= '9') {
            result.width = result.width * 10 + static_cast<std::size_t>(text[position] - '0');
            if (result.width > maximum_width) {
                return std::nullopt;
            }
            ++position;
        }
        result.hexadecimal = skip('x');
    }
    if (!skip('}')) {
        return std::nullopt;
    }
    result.length = position;
    return result;
}

/// Where formatted text goes, one character at a time.
using Output = void (*)(char character, void* context);

/// A format string that the compiler has checked: placeholders well formed, and one per argument,
/// or it does not compile.
/// `{}` as the type prints best; `{:x}` hexadecimal, `{:#x}` with 0x before it; `{:08x}` with
/// leading zeros to a width of 8 (prefix and minus sign included); `{:6}` right-aligned in 6
/// columns; `{:<6}` left-aligned; `{{` and `}}` are the braces themselves. A string prints whole,
/// whatever its length, a NUL byte included.
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
    // Not constexpr: that one of them would be called is the compile error.
    static void placeholders_and_arguments_differ();
    static void placeholder_is_malformed();
    static void brace_stands_alone();

    static consteval std::size_t count_placeholders(std::string_view text) {
        std::size_t count = 0;
        std::size_t i = 0;
        while (i < text.size()) {
            const bool doubled = i + 1 < text.size() && text[i + 1] == text[i];
            if ((text[i] == '{' || text[i] == '}') && doubled) {
                i += 2;
            } else if (text[i] == '{') {
                const auto placeholder = parse_placeholder(std::string_view(text.data() + i, text.size() - i));
                if (!placeholder) {
                    placeholder_is_malformed();
                }
                i += placeholder->length;
                ++count;
            } else {
                if (text[i] == '}') {
                    brace_stands_alone();
                }
                ++i;
            }
        }
        return count;
    }

    std::string_view text_;
};

/// Formats `arguments` into `output`. The untyped core that every typed front end ends in.
/// A malformed placeholder, and one for which no argument is left, is printed as it is.
void format_to(Output output, void* context, std::string_view format, std::span<const FormatArgument> arguments);

/// Formats into `buffer` and returns the part of it that was written; what does not fit is cut off.
/// No NUL is added.
std::string_view format_into(std::span<char> buffer, std::string_view format,
                             std::span<const FormatArgument> arguments);

template <typename... Arguments>
std::string_view format(std::span<char> buffer, FormatString<std::type_identity_t<Arguments>...> format_string,
                        const Arguments&... arguments) {
    const FormatArgument list[] = {to_argument(arguments)..., FormatArgument(0)};
    return format_into(buffer, format_string.text(), std::span(list, sizeof...(arguments)));
}

} // namespace kernel
