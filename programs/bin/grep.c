// Writes the lines that have a text in them; -v: those that have not, -c: how many, -n: with their numbers, -q: none, but
// the status says. Ends: exited with status 0 (1: there is none)
#include "tool.h"

#include <stdbool.h>

enum { inverted = 1, counted = 2, numbered = 4, quiet = 8 };
static unsigned flags;
static const char* wanted;
static size_t wanted_length;
static bool with_names;
static bool found;

static bool has_wanted(const char* line, size_t length) {
    for (size_t i = 0; i + wanted_length <= length; ++i) {
        if (memcmp(line + i, wanted, wanted_length) == 0) {
            return true;
        }
    }
    return false;
}

static void search(FILE* file, const char* name) {
    char* line = NULL;
    size_t capacity = 0;
    ssize_t length;
    unsigned number = 0;
    unsigned count = 0;
    while ((length = getline(&line, &capacity, file)) > 0) {
        ++number;
        if (has_wanted(line, (size_t)length) == ((flags & inverted) != 0)) {
            continue;
        }
        if ((flags & quiet) != 0) {
            exit(0);
        }
        ++count;
        if ((flags & counted) != 0) {
            continue;
        }
        if (with_names) {
            print("%s:", name);
        }
        if ((flags & numbered) != 0) {
            print("%u:", number);
        }
        put(line, (size_t)length);
        if (line[length - 1] != '\n') {
            put("\n", 1);
        }
    }
    found |= count > 0;
    if ((flags & (counted | quiet)) == counted) {
        print("%s%s%u\n", with_names ? name : "", with_names ? ":" : "", count);
    }
    free(line);
}

int main(int argc, char** argv) {
    failure_status = 2;
    flags = options(&argc, &argv, "vcnq", "[-vcnq] text [file ...]");
    if (argc < 1) {
        usage("[-vcnq] text [file ...]");
    }
    wanted = *argv++;
    wanted_length = strlen(wanted);
    with_names = argc > 2;
    for_each_file(argv, search);
    return tool_status != 0 ? tool_status : found ? 0 : 1;
}
