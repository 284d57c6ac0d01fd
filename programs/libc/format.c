// The printf family's core: text from a format string and arguments (chapter 13).
#include "format.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/// One conversion specification, such as "%-08.3lx".
struct specification {
    bool left;      // -
    bool zeros;     // 0
    bool plus;      // +
    bool space;     // a space
    bool alternate; // #
    int width;      // at least so many columns
    int precision;  // -1: none given
    char length;    // H for hh, h, l, L for ll and j, z, t, or 0
    char conversion;
};

/// A va_list in a structure: a function can then take a pointer to it on every machine.
struct arguments {
    va_list list;
};

/// The text so far: where it goes, how long it is, and whether all went well.
struct output {
    struct sink* sink;
    int length;
    bool failed;
};

/// Counts `count` characters more; false if that is more than an int can tell.
static bool add_length(struct output* output, size_t count) {
    if (output->failed) {
        return false;
    }
    if (count > (size_t)(INT_MAX - output->length)) {
        errno = EOVERFLOW;
        output->failed = true;
        return false;
    }
    output->length += (int)count;
    return true;
}

/// The number of bytes that fit into the buffer now, at most `wanted`; 0 if there is no more room
/// and nothing to be done.
static size_t make_room(struct output* output, size_t wanted) {
    struct sink* sink = output->sink;
    if (sink->used == sink->size && sink->flush != NULL && !sink->flush(sink)) {
        output->failed = true;
        return 0;
    }
    const size_t room = sink->size - sink->used;
    return wanted < room ? wanted : room;
}

static void put(struct output* output, const char* text, size_t count) {
    if (!add_length(output, count)) {
        return;
    }
    size_t piece;
    for (; count > 0 && (piece = make_room(output, count)) > 0; count -= piece, text += piece) {
        memcpy(output->sink->buffer + output->sink->used, text, piece);
        output->sink->used += piece;
    }
}

static void pad(struct output* output, char character, int count) {
    if (count <= 0 || !add_length(output, (size_t)count)) {
        return;
    }
    size_t left = (size_t)count;
    size_t piece;
    for (; left > 0 && (piece = make_room(output, left)) > 0; left -= piece) {
        memset(output->sink->buffer + output->sink->used, character, piece);
        output->sink->used += piece;
    }
}

/// Divides *value by `base` (at most 16) and returns the remainder. The compiler would call a
/// function of its own library for a 64-bit division; here it is done as by hand, with digits of 16
/// bits.
static unsigned divide(unsigned long long* value, unsigned base) {
    unsigned long long quotient = 0;
    unsigned remainder = 0;
    for (int shift = 48; shift >= 0; shift -= 16) {
        const unsigned part = remainder << 16 | (unsigned)(*value >> shift & 0xFFFF);
        quotient = quotient << 16 | part / base;
        remainder = part % base;
    }
    *value = quotient;
    return remainder;
}

/// Prints prefix, leading zeros and digits in a field: the common end of all numeric conversions.
static void put_number(struct output* output, const struct specification* spec, const char* prefix,
                       unsigned long long value, unsigned base) {
    const char* const symbols = spec->conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    char digits[22]; // 2^64 has 22 digits in base 8
    size_t first = sizeof digits;
    while (value != 0) {
        digits[--first] = symbols[divide(&value, base)];
    }
    const int digit_count = (int)(sizeof digits - first);
    const int prefix_length = (int)strlen(prefix);

    // The precision is the least number of digits; without one it is 1, so that 0 prints as "0".
    int zeros = (spec->precision < 0 ? 1 : spec->precision) - digit_count;
    if (spec->alternate && base == 8 && zeros <= 0) {
        zeros = 1; // %#o: the first digit is a 0
    }
    if (zeros < 0) {
        zeros = 0;
    }
    // The flag 0 fills the field with zeros after the prefix, unless a precision or - says
    // otherwise.
    int padding = spec->width - prefix_length - digit_count;
    padding = padding > zeros ? padding - zeros : 0;
    if (spec->zeros && !spec->left && spec->precision < 0) {
        zeros += padding;
        padding = 0;
    }
    pad(output, ' ', spec->left ? 0 : padding);
    put(output, prefix, (size_t)prefix_length);
    pad(output, '0', zeros);
    put(output, digits + first, (size_t)digit_count);
    pad(output, ' ', spec->left ? padding : 0);
}

static void put_text(struct output* output, const struct specification* spec, const char* text,
                     size_t length) {
    const int padding = length < (size_t)spec->width ? spec->width - (int)length : 0;
    pad(output, ' ', spec->left ? 0 : padding);
    put(output, text, length);
    pad(output, ' ', spec->left ? padding : 0);
}

static long long next_signed(struct arguments* arguments, char length) {
    switch (length) {
    case 'H':
        return (signed char)va_arg(arguments->list, int);
    case 'h':
        return (short)va_arg(arguments->list, int);
    case 'l':
        return va_arg(arguments->list, long);
    case 'L':
        return va_arg(arguments->list, long long);
    case 'z':
    case 't':
        return va_arg(arguments->list, ptrdiff_t);
    default:
        return va_arg(arguments->list, int);
    }
}

static unsigned long long next_unsigned(struct arguments* arguments, char length) {
    switch (length) {
    case 'H':
        return (unsigned char)va_arg(arguments->list, unsigned);
    case 'h':
        return (unsigned short)va_arg(arguments->list, unsigned);
    case 'l':
        return va_arg(arguments->list, unsigned long);
    case 'L':
        return va_arg(arguments->list, unsigned long long);
    case 'z':
    case 't':
        return va_arg(arguments->list, size_t);
    default:
        return va_arg(arguments->list, unsigned);
    }
}

/// Reads a width or precision: digits or *. Too many digits give INT_MAX, which no text can
/// satisfy.
static int read_count(const char** format, struct arguments* arguments) {
    if (**format == '*') {
        ++*format;
        return va_arg(arguments->list, int);
    }
    int count = 0;
    for (; isdigit((unsigned char)**format); ++*format) {
        const int digit = **format - '0';
        count = count > (INT_MAX - digit) / 10 ? INT_MAX : count * 10 + digit;
    }
    return count;
}

/// Reads what follows a %, up to and with the conversion character. Returns where the format goes
/// on.
static const char* read_specification(const char* format, struct specification* spec,
                                      struct arguments* arguments) {
    memset(spec, 0, sizeof *spec);
    for (;; ++format) {
        if (*format == '-') {
            spec->left = true;
        } else if (*format == '0') {
            spec->zeros = true;
        } else if (*format == '+') {
            spec->plus = true;
        } else if (*format == ' ') {
            spec->space = true;
        } else if (*format == '#') {
            spec->alternate = true;
        } else {
            break;
        }
    }
    spec->width = read_count(&format, arguments);
    if (spec->width < 0) { // a negative * is the flag - and a width
        spec->left = true;
        spec->width = spec->width == INT_MIN ? INT_MAX : -spec->width;
    }
    spec->precision = -1;
    if (*format == '.') {
        ++format;
        spec->precision = read_count(&format, arguments); // a negative * is as none at all
    }
    if (*format != '\0' && strchr("hljzt", *format) != NULL) {
        spec->length = *format == 'j' ? 'L' : *format;
        ++format;
        if ((spec->length == 'h' || spec->length == 'l') && *format == spec->length) {
            spec->length = spec->length == 'h' ? 'H' : 'L';
            ++format;
        }
    }
    spec->conversion = *format;
    return *format == '\0' ? format : format + 1;
}

static void put_conversion(struct output* output, struct specification* spec,
                           struct arguments* arguments) {
    switch (spec->conversion) {
    case 'd':
    case 'i': {
        const long long value = next_signed(arguments, spec->length);
        const char* const sign = value < 0 ? "-" : spec->plus ? "+" : spec->space ? " " : "";
        // The negation is done unsigned: -LLONG_MIN does not fit into a long long.
        const unsigned long long magnitude = (unsigned long long)value;
        put_number(output, spec, sign, value < 0 ? 0 - magnitude : magnitude, 10);
        break;
    }
    case 'u':
        put_number(output, spec, "", next_unsigned(arguments, spec->length), 10);
        break;
    case 'o':
        put_number(output, spec, "", next_unsigned(arguments, spec->length), 8);
        break;
    case 'x':
    case 'X': {
        const unsigned long long value = next_unsigned(arguments, spec->length);
        const char* const prefix = spec->conversion == 'x' ? "0x" : "0X";
        put_number(output, spec, spec->alternate && value != 0 ? prefix : "", value, 16);
        break;
    }
    case 'p':
        put_number(output, spec, "0x", (uintptr_t)va_arg(arguments->list, void*), 16);
        break;
    case 'c': {
        const char character = (char)va_arg(arguments->list, int);
        put_text(output, spec, &character, 1);
        break;
    }
    case 's': {
        const char* text = va_arg(arguments->list, const char*);
        if (text == NULL) {
            text = "(null)";
        }
        const size_t limit = spec->precision < 0 ? SIZE_MAX : (size_t)spec->precision;
        put_text(output, spec, text, strnlen(text, limit));
        break;
    }
    case '\0': // the format ends in the middle of a specification
        break;
    default: // %%, and what is not a conversion: the character itself
        put(output, &spec->conversion, 1);
    }
}

int format_into(struct sink* sink, const char* format, va_list list) {
    struct output output;
    memset(&output, 0, sizeof output);
    output.sink = sink;
    struct arguments arguments;
    va_copy(arguments.list, list);
    while (*format != '\0' && !output.failed) {
        const size_t plain = strcspn(format, "%");
        put(&output, format, plain);
        format += plain;
        if (*format == '%') {
            struct specification spec;
            format = read_specification(format + 1, &spec, &arguments);
            put_conversion(&output, &spec, &arguments);
        }
    }
    va_end(arguments.list);
    return output.failed ? -1 : output.length;
}

int vsnprintf(char* buffer, size_t size, const char* format, va_list arguments) {
    struct sink sink;
    memset(&sink, 0, sizeof sink);
    sink.buffer = buffer;
    sink.size = size == 0 ? 0 : size - 1; // room for the NUL
    const int length = format_into(&sink, format, arguments);
    if (size != 0) {
        buffer[sink.used] = '\0';
    }
    return length;
}

int snprintf(char* buffer, size_t size, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(buffer, size, format, arguments);
    va_end(arguments);
    return length;
}
