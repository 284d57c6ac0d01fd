// Removes files; -r: directories as well, with all that is in them; -f: no matter whether they are there.
// Ends: exited with status 0
#include "tool.h"

enum { all = 1, force = 2 };
static unsigned flags;

static int is_dot_or_dot_dot(const char* name, int length) {
    return (length == 1 || length == 2) && strncmp(name, "..", (size_t)length) == 0;
}

/// No descriptor is held while it removes what is in a directory: however deep the tree is, they last.
static void remove_path(const char* path) {
    struct stat64 status;
    const int is_directory = (flags & all) != 0 && lstat64(path, &status) == 0 && S_ISDIR(status.st_mode);
    char** names = NULL;
    const ssize_t count = is_directory ? read_names(path, &names, NULL) : 0;
    for (ssize_t i = 0; i < count; ++i) {
        if (!is_dot_or_dot_dot(names[i], (int)strlen(names[i]))) {
            char* inner = allocate(NULL, strlen(path) + strlen(names[i]) + 2);
            strcat(strcat(strcpy(inner, path), "/"), names[i]);
            remove_path(inner);
            free(inner);
        }
        free(names[i]);
    }
    free(names);
    const int failed = count < 0 || (is_directory ? rmdir(path) : unlink(path)) != 0;
    const int is_missing = errno == ENOENT || errno == ENOTDIR; // a file is where its directory would be
    if (failed && !((flags & force) != 0 && is_missing)) {
        complain(path);
    }
}

int main(int argc, char** argv) {
    flags = options(&argc, &argv, "rf", "[-rf] file ...");
    if (argc < 1 && (flags & force) == 0) {
        usage("[-rf] file ...");
    }
    for (; *argv != NULL; ++argv) {
        int length;
        const char* name = last_part(*argv, &length);
        if (is_dot_or_dot_dot(name, length) || (length == 0 && **argv == '/')) { // POSIX: nothing is done with these
            fprintf(stderr, "rm: %s: never removed\n", *argv);
            tool_status = 1;
        } else {
            remove_path(*argv);
        }
    }
    return tool_status;
}
