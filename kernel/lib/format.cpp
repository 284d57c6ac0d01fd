// Text from values: digits, padding, placeholders (chapter 3).
#include "lib/format.hpp"

#include <array>

namespace kernel {

namespace {

/// Divides `number` by `base` (at most 16) and returns the remainder.
/// Long division with digits of 16 bits: each step then fits the processor's 32-bit division. For
/// a division of 64 bits the compiler would call a function of its own library, which the kernel
/// does not link.
std::uint32_t divide(std::uint64_t& number, std::uint32_t base) {
    std::uint64_t quotient = 0;
    std::uint32_t remainder = 0;
    for (int shift = 48; shift >= 0; shift -= 16) {
        const std::uint32_t part = remainder << 16 | static_cast<std::uint32_t>(number >> shift & 0xFFFF);
        quotient = quotient << 16 | part / base;
        remainder = part % base;
    }
    number = quotient;
    return remainder;
}

/// The digits of a number. They come out last digit first, so they fill the array from its end.
class Digits {
public:
    Digits(std::uint64_t number, std::uint32_t base, std::string_view alphabet) {
        do {
            --begin_;
            digits_[begin_] = alphabet[divide(number, base)];
        } while (number != 0);
    }
    std::string_view text() const { return {digits_.data() + begin_, digits_.size() - begin_}; }

private:
    std::array<char, 20> digits_{}; // 2^64 - 1 has 20 digits
    std::size_t begin_ = digits_.size();
};

constexpr std::string_view lower_case_digits = "0123456789abcdef";
constexpr std::string_view upper_case_digits = "0123456789ABCDEF";

class Formatter {
public:
    Formatter(Output output, void* context) : output_(output), context_(context) {}

    void put(char character) { output_(character, context_); }

    void put(std::string_view text) {
        for (const char character : text) {
            put(character);
        }
    }

    void put(const Placeholder& placeholder, const FormatArgument& argument) {
        using enum FormatArgument::Kind;
        switch (argument.kind()) {
        case Text:
            put_padded(placeholder, argument.text());
            break;
        case Character: {
            const char character = static_cast<char>(argument.number());
            put_padded(placeholder, {&character, 1});
            break;
        }
        case Address:
            put_address(placeholder, argument.number());
            break;
        case Signed:
        case Unsigned:
            put_number(placeholder, argument);
            break;
        }
    }

private:
    void repeat(char character, std::size_t count) {
        for (; count > 0; --count) {
            put(character);
        }
    }

    void put_padded(const Placeholder& placeholder, std::string_view text) { put_padded(placeholder, "", "", text); }

    /// Sign, prefix and digits, filled up to the width: zeros go after the prefix, blanks outside.
    void put_padded(const Placeholder& placeholder, std::string_view sign, std::string_view prefix,
                    std::string_view text, char inner_fill = '\0') {
        const std::size_t length = sign.size() + prefix.size() + text.size();
        const std::size_t fill = placeholder.width > length ? placeholder.width - length : 0;
        if (inner_fill == '\0' && !placeholder.left_aligned) {
            repeat(' ', fill);
        }
        put(sign);
        put(prefix);
        if (inner_fill != '\0') {
            repeat(inner_fill, fill);
        }
        put(text);
        if (inner_fill == '\0' && placeholder.left_aligned) {
            repeat(' ', fill);
        }
    }

    void put_number(const Placeholder& placeholder, const FormatArgument& argument) {
        std::uint64_t magnitude = argument.number();
        const bool negative =
            argument.kind() == FormatArgument::Kind::Signed && static_cast<std::int64_t>(magnitude) < 0;
        if (negative) {
            magnitude = 0 - magnitude; // unsigned, so that the most negative number works too
        }
        const Digits digits(magnitude, placeholder.hexadecimal ? 16 : 10, lower_case_digits);
        const bool prefixed = placeholder.hexadecimal && placeholder.prefixed;
        const bool zeros = placeholder.zero_padded && !placeholder.left_aligned;
        put_padded(placeholder, negative ? "-" : "", prefixed ? "0x" : "", digits.text(), zeros ? '0' : '\0');
    }

    /// Always all eight digits, as the manuals write addresses.
    void put_address(const Placeholder& placeholder, std::uint64_t address) {
        constexpr std::uint64_t ninth_digit = std::uint64_t{1} << 32;
        std::array<char, 10> text{'0', 'x'};
        const Digits digits(address | ninth_digit, 16, upper_case_digits);
        for (std::size_t i = 0; i < 8; ++i) {
            text[2 + i] = digits.text()[1 + i];
        }
        put_padded(placeholder, {text.data(), text.size()});
    }

    Output output_;
    void* context_;
};

struct Buffer {
    std::span<char> space;
    std::size_t used = 0;
};

void append(char character, void* context) {
    Buffer& buffer = *static_cast<Buffer*>(context);
    if (buffer.used < buffer.space.size()) {
        buffer.space[buffer.used] = character;
        ++buffer.used;
    }
}

} // namespace

void format_to(Output output, void* context, std::string_view format, std::span<const FormatArgument> arguments) {
    Formatter formatter(output, context);
    std::size_t next_argument = 0;
    std::size_t i = 0;
    while (i < format.size()) {
        const char character = format[i];
        const std::string_view rest(format.data() + i, format.size() - i);
        if ((character == '{' || character == '}') && rest.size() > 1 && rest[1] == character) {
            formatter.put(character);
            i += 2;
            continue;
        }
        const auto placeholder = parse_placeholder(rest);
        if (placeholder && next_argument < arguments.size()) {
            formatter.put(*placeholder, arguments[next_argument]);
            ++next_argument;
            i += placeholder->length;
        } else {
            formatter.put(character);
            ++i;
        }
    }
}

std::string_view format_into(std::span<char> buffer, std::string_view format,
                             std::span<const FormatArgument> arguments) {
    Buffer target{.space = buffer};
    format_to(append, &target, format, arguments);
    return {buffer.data(), target.used};
}

} // namespace kernel
