// Writes the last lines of files: 10, or -n COUNT; -n +NUMBER: from that line on. Ends: exited with status 0
#include "tool.h"

static const char how[] = "[-n [+]number] [file ...]";
static long wanted = 10;
static int file_count;

/// Keeps the last lines in a ring while it reads.
static void write_last(FILE* file, const char* name) {
    print_header(file_count, name);
    struct line {
        char* text;
        ssize_t length; // a text may have a NUL in it
    };
    const size_t room = (size_t)wanted + 1;
    struct line* lines = calloc(room, sizeof(*lines));
    struct line line = {NULL, 0};
    size_t capacity = 0;
    size_t count = 0;
    for (; lines != NULL && (line.length = getline(&line.text, &capacity, file)) > 0; line.text = NULL, ++count) {
        free(lines[count % room].text);
        lines[count % room] = line;
    }
    free(line.text);
    if (errno != 0) {
        count = 0; // not all could be read: no one knows which lines are the last
    }
    for (size_t i = count >= room ? count - room + 1 : 0; i < count; ++i) {
        put(lines[i % room].text, (size_t)lines[i % room].length);
    }
    for (size_t i = 0; lines != NULL && i < room; ++i) {
        free(lines[i].text);
    }
    free(lines);
}

static void write_from(FILE* file, const char* name) {
    print_header(file_count, name);
    char* line = NULL;
    size_t capacity = 0;
    ssize_t length;
    for (long number = 1; (length = getline(&line, &capacity, file)) > 0; ++number) {
        if (number >= wanted) {
            put(line, (size_t)length);
        }
    }
    free(line);
}

int main(int argc, char** argv) {
    int is_from = 0;
    if (options(&argc, &argv, "n:", how) != 0) {
        is_from = *option_value == '+';
        option_value += is_from || *option_value == '-'; // POSIX: a minus says nothing new
        if (!is_number(option_value, &wanted) || wanted < 0) {
            usage(how);
        }
    }
    file_count = argc;
    for_each_file(argv, is_from ? write_from : write_last);
    return tool_status;
}
