// Writes the first lines of files: 10, or -n COUNT. Ends: exited with status 0
#include "tool.h"

static long wanted = 10;

static void write_first(FILE* file, const char* name) {
    (void)name;
    char* line = NULL;
    size_t capacity = 0;
    ssize_t length;
    for (long i = 0; i < wanted && (length = getline(&line, &capacity, file)) > 0; ++i) {
        put(line, (size_t)length);
    }
    free(line);
}

int main(int argc, char** argv) {
    tool_name = *argv++;
    if (argc > 2 && strcmp(argv[0], "-n") == 0) {
        wanted = atoi(argv[1]);
        argv += 2;
    }
    for_each_file(argv, write_first);
    return tool_status;
}
