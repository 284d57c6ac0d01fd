// Writes the lines that have a text in them; -v: those that have not, -c: how many, -n: with their numbers, -q: none, but
// the status says. Ends: exited with status 0 (1: there is none)
#include "tool.h"

#include <stdbool.h>

enum { inverted = 1, counted = 2, numbered = 4, quiet = 8 };
static unsigned flags;
static const char* wanted;
static bool with_names;
static bool found;

static void search(FILE* file, const char* name) {
    char* line = NULL;
    size_t capacity = 0;
    ssize_t length;
    unsigned number = 0;
    unsigned count = 0;
    while ((length = getline(&line, &capacity, file)) > 0) {
        ++number;
        if ((strstr(line, wanted) != NULL) == ((flags & inverted) != 0)) {
            continue;
        }
        ++count;
        if ((flags & (counted | quiet)) != 0) {
            continue;
        }
        if (with_names) {
            printf("%s:", name);
        }
        if ((flags & numbered) != 0) {
            printf("%u:", number);
        }
        put(line, (size_t)length);
        if (line[length - 1] != '\n') {
            put("\n", 1);
        }
    }
    found |= count > 0;
    if ((flags & counted) != 0) {
        printf("%s%s%u\n", with_names ? name : "", with_names ? ":" : "", count);
    }
    free(line);
}

int main(int argc, char** argv) {
    flags = options(&argc, &argv, "vcnq", "[-vcnq] text [file ...]");
    if (argc < 1) {
        usage("[-vcnq] text [file ...]");
    }
    wanted = *argv++;
    with_names = argc > 2;
    for_each_file(argv, search);
    return found && (flags & quiet) != 0 ? 0 : tool_status != 0 ? 2 : found ? 0 : 1; // -q: found is found
}
