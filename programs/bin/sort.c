// Writes the lines of files in order; -r: backwards, -n: by the number that each begins with, -u: equal ones once.
// Ends: exited with status 0
#include "tool.h"

enum { backwards = 1, by_number = 2, once = 4 };
static unsigned flags;
static char** lines;
static size_t count;

static void read_lines(FILE* file, const char* name) {
    (void)name;
    char* line = NULL;
    size_t capacity = 0;
    ssize_t length;
    while ((length = getline(&line, &capacity, file)) > 0) {
        if (line[length - 1] == '\n') {
            line[length - 1] = '\0';
        }
        if ((count & (count - 1)) == 0) {
            lines = realloc(lines, (count == 0 ? 1 : 2 * count) * sizeof(*lines));
        }
        lines[count++] = line;
        line = NULL;
        capacity = 0;
    }
    free(line);
}

static int compare(const char* left, const char* right) {
    int order = 0;
    if ((flags & by_number) != 0) {
        const int a = atoi(left);
        const int b = atoi(right);
        order = (a > b) - (a < b); // a - b may be too large
    }
    if (order == 0 && (flags & (by_number | once)) != (by_number | once)) { // with both, one line per number
        order = strcmp(left, right);
    }
    return (flags & backwards) != 0 ? -order : order;
}

/// Sorts by merging two sorted halves; `room` has space for half of them.
static void sort(char** all, size_t size, char** room) {
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
    flags = options(&argc, &argv, "rnu", "[-rnu] [file ...]");
    for_each_file(argv, read_lines);
    sort(lines, count, malloc((count / 2 + 1) * sizeof(*lines)));
    for (size_t i = 0; i < count; ++i) {
        if ((flags & once) == 0 || i == 0 || compare(lines[i - 1], lines[i]) != 0) {
            put(lines[i], strlen(lines[i]));
            put("\n", 1);
        }
    }
    return tool_status;
}
