// Writes the last lines of files: 10, or -n COUNT. Ends: exited with status 0
#include "tool.h"

static size_t wanted = 10;

/// Keeps the last lines in a ring while it reads.
static void write_last(FILE* file, const char* name) {
    (void)name;
    char** lines = calloc(wanted + 1, sizeof(*lines));
    char* line = NULL;
    size_t capacity = 0;
    size_t count = 0;
    for (; lines != NULL && getline(&line, &capacity, file) > 0; line = NULL, capacity = 0, ++count) {
        free(lines[count % (wanted + 1)]);
        lines[count % (wanted + 1)] = line;
    }
    free(line);
    for (size_t i = count > wanted ? count - wanted : 0; i < count; ++i) {
        put(lines[i % (wanted + 1)], strlen(lines[i % (wanted + 1)]));
    }
    for (size_t i = 0; lines != NULL && i <= wanted; ++i) {
        free(lines[i]);
    }
    free(lines);
}

int main(int argc, char** argv) {
    tool_name = *argv++;
    if (argc > 2 && strcmp(argv[0], "-n") == 0) {
        wanted = (size_t)atoi(argv[1]);
        argv += 2;
    }
    for_each_file(argv, write_last);
    return tool_status;
}
