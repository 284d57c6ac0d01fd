// Writes the lines of files in order; -r: backwards, -n: by the number that each begins with, -u: equal ones once.
// Ends: exited with status 0
#include "tool.h"

enum { backwards = 1, by_number = 2, once = 4 };
static unsigned flags;

struct line {
    char* text; // may have a NUL in it, and has one after it
    size_t length;
};
static struct line* lines;
static size_t count;

static void read_lines(FILE* file, const char* name) {
    char* text = NULL;
    size_t capacity = 0;
    ssize_t length;
    while ((length = getline(&text, &capacity, file)) > 0) {
        if (text[length - 1] == '\n') {
            text[--length] = '\0';
        }
        if ((count & (count - 1)) == 0) {
            lines = allocate(lines, (count == 0 ? 1 : 2 * count) * sizeof(*lines));
        }
        lines[count++] = (struct line){text, (size_t)length};
        text = NULL;
    }
    free(text);
    if (errno != 0) {
        give_up(name); // what is in order without a part is not what was asked for
    }
}

static int compare_bytes(const char* left, size_t left_length, const char* right, size_t right_length) {
    const int order = memcmp(left, right, left_length < right_length ? left_length : right_length);
    return order != 0 ? order : (left_length > right_length) - (left_length < right_length);
}

/// What a line begins with: blanks, a minus, digits, a point and more digits, each of them or not. It stays a text, which may be
/// longer than any number of the processor's.
struct number {
    int sign;           // -1, 0 or 1
    const char* digits; // those before the point, without zeros in front
    size_t digit_count;
    const char* fraction; // those after it, without zeros at the end
    size_t fraction_length;
};

static struct number number_of(const char* text) {
    static const char all_digits[] = "0123456789";
    text += strspn(text, " \t");
    const int is_negative = *text == '-';
    text += is_negative;
    text += strspn(text, "0");
    struct number number = {.digits = text, .digit_count = strspn(text, all_digits)};
    text += number.digit_count;
    number.fraction = text + 1;
    number.fraction_length = *text == '.' ? strspn(number.fraction, all_digits) : 0;
    while (number.fraction_length > 0 && number.fraction[number.fraction_length - 1] == '0') {
        --number.fraction_length;
    }
    number.sign = number.digit_count + number.fraction_length == 0 ? 0 : is_negative ? -1 : 1;
    return number;
}

static int compare_numbers(struct number left, struct number right) {
    if (left.sign != right.sign) {
        return left.sign - right.sign;
    }
    int order = (left.digit_count > right.digit_count) - (left.digit_count < right.digit_count);
    if (order == 0) {
        order = memcmp(left.digits, right.digits, left.digit_count);
    }
    if (order == 0) {
        order = compare_bytes(left.fraction, left.fraction_length, right.fraction, right.fraction_length);
    }
    return left.sign * order;
}

static int compare(struct line left, struct line right) {
    int order = 0;
    if ((flags & by_number) != 0) {
        order = compare_numbers(number_of(left.text), number_of(right.text));
    }
    if (order == 0 && (flags & (by_number | once)) != (by_number | once)) { // with both, one line per number
        order = compare_bytes(left.text, left.length, right.text, right.length);
    }
    return (flags & backwards) != 0 ? -order : order;
}

/// Sorts by merging two sorted halves; `room` has space for half of them.
static void sort(struct line* all, size_t size, struct line* room) {
    if (size < 2) {
        return;
    }
    const size_t half = size / 2;
    sort(all, half, room);
    sort(all + half, size - half, room);
    memcpy(room, all, half * sizeof(*all));
    for (size_t left = 0, right = half, to = 0; left < half; ++to) {
        all[to] = right < size && compare(all[right], room[left]) < 0 ? all[right++] : room[left++];
    }
}

int main(int argc, char** argv) {
    failure_status = 2;
    flags = options(&argc, &argv, "rnu", "[-rnu] [file ...]");
    for_each_file(argv, read_lines);
    if (tool_status != 0) {
        return tool_status;
    }
    sort(lines, count, allocate(NULL, (count / 2 + 1) * sizeof(*lines)));
    for (size_t i = 0; i < count; ++i) {
        if ((flags & once) == 0 || i == 0 || compare(lines[i - 1], lines[i]) != 0) {
            put(lines[i].text, lines[i].length);
            put("\n", 1);
        }
    }
    return tool_status;
}
