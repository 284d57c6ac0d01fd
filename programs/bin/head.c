// Writes the first lines of files: 10, or -n COUNT. Ends: exited with status 0
#include "tool.h"

static const char how[] = "[-n number] [file ...]";
static long wanted = 10;
static int file_count;

static void write_first(FILE* file, const char* name) {
    print_header(file_count, name);
    char* line = NULL;
    size_t capacity = 0;
    ssize_t length;
    for (long i = 0; i < wanted && (length = getline(&line, &capacity, file)) > 0; ++i) {
        put(line, (size_t)length);
    }
    free(line);
}

int main(int argc, char** argv) {
    if (options(&argc, &argv, "n:", how) != 0 && (!is_number(option_value, &wanted) || wanted < 0)) {
        usage(how);
    }
    file_count = argc;
    for_each_file(argv, write_first);
    return tool_status;
}
