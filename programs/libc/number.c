// Numbers from text: strtol, strtoul, atoi (chapter 13).
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/// The value of a digit or letter in base 36; 36 for any other character.
static unsigned digit_value(char character) {
    const unsigned char c = (unsigned char)character;
    if (isdigit(c)) {
        return (unsigned)(c - '0');
    }
    return isalpha(c) ? (unsigned)(tolower(c) - 'a') + 10 : 36;
}

/// What strtol and strtoul share: sign, prefix and digits. *magnitude is ULONG_MAX if it does not
/// fit (*fits false).
static void parse(const char* text, char** end, int base, bool* negative, bool* fits,
                  unsigned long* magnitude) {
    const char* next = text;
    while (isspace((unsigned char)*next)) {
        ++next;
    }
    *negative = *next == '-';
    if (*next == '-' || *next == '+') {
        ++next;
    }
    // "0x" is a prefix only if a digit follows: "0xg" is the number 0 and the rest "xg".
    const bool prefixed =
        next[0] == '0' && (next[1] == 'x' || next[1] == 'X') && digit_value(next[2]) < 16;
    if ((base == 0 || base == 16) && prefixed) {
        next += 2;
        base = 16;
    } else if (base == 0) {
        base = *next == '0' ? 8 : 10;
    }
    const unsigned long radix = (unsigned long)base;
    const char* const first_digit = next;
    *magnitude = 0;
    *fits = true;
    for (; digit_value(*next) < radix; ++next) {
        const unsigned long digit = digit_value(*next);
        if (!*fits || *magnitude > (ULONG_MAX - digit) / radix) {
            *fits = false;
            *magnitude = ULONG_MAX;
        } else {
            *magnitude = *magnitude * radix + digit;
        }
    }
    if (end != NULL) {
        *end = (char*)(uintptr_t)(next == first_digit ? text : next); // C's interface drops const
    }
}

long strtol(const char* text, char** end, int base) {
    bool negative;
    bool fits;
    unsigned long magnitude;
    parse(text, end, base, &negative, &fits, &magnitude);
    const unsigned long limit = negative ? (unsigned long)LONG_MAX + 1 : LONG_MAX;
    if (!fits || magnitude > limit) {
        errno = ERANGE;
        return negative ? LONG_MIN : LONG_MAX;
    }
    return (long)(negative ? 0 - magnitude : magnitude);
}

unsigned long strtoul(const char* text, char** end, int base) {
    bool negative;
    bool fits;
    unsigned long magnitude;
    parse(text, end, base, &negative, &fits, &magnitude);
    if (!fits) {
        errno = ERANGE;
        return ULONG_MAX;
    }
    return negative ? 0 - magnitude : magnitude; // ISO C has it so: strtoul("-1") is ULONG_MAX
}

int atoi(const char* text) {
    return (int)strtol(text, NULL, 10);
}
