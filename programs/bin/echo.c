// Writes its arguments; with -n, no end of line after them. Ends: exited with status 0
#include "tool.h"

int main(int argc, char** argv) {
    (void)argc;
    tool_name = *argv++;
    const int ends_line = *argv == NULL || strcmp(*argv, "-n") != 0;
    for (argv += !ends_line; *argv != NULL; ++argv) {
        put(*argv, strlen(*argv));
        if (argv[1] != NULL) {
            put(" ", 1);
        }
    }
    put("\n", (size_t)ends_line);
    return 0;
}
