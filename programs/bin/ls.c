// Lists files and what is in directories, in order; -l: with kind, permissions, links and size, -a: also names that begin
// with a dot. Ends: exited with status 0
#include "tool.h"

enum { long_form = 1, all = 2 };
static unsigned flags;

static void show(const char* path, const char* name) {
    if ((flags & long_form) == 0) {
        print("%s\n", name);
        return;
    }
    struct stat64 status;
    if (lstat64(path, &status) != 0) {
        complain(path);
        return;
    }
    const char kind = S_ISDIR(status.st_mode)    ? 'd'
                      : S_ISLNK(status.st_mode)  ? 'l'
                      : S_ISCHR(status.st_mode)  ? 'c'
                      : S_ISFIFO(status.st_mode) ? 'p'
                                                 : '-';
    char permissions[] = "rwxrwxrwx";
    for (int i = 0; i < 9; ++i) {
        if ((status.st_mode >> (8 - i) & 1) == 0) {
            permissions[i] = '-';
        }
    }
    print("%c%s %3u %9u %s", kind, permissions, status.st_nlink, status.st_size_low, name);
    char target[PATH_MAX];
    const ssize_t length = kind == 'l' ? readlink(path, target, sizeof(target)) : -1;
    if (length >= 0) {
        print(" -> %.*s", (int)length, target);
    }
    print("\n");
}

/// Sorts by insertion: a directory that is listed is not large.
static void sort(char** names, size_t count) {
    for (size_t i = 1; i < count; ++i) {
        for (size_t j = i; j > 0 && strcmp(names[j - 1], names[j]) > 0; --j) {
            char* name = names[j];
            names[j] = names[j - 1];
            names[j - 1] = name;
        }
    }
}

static void list(const char* path) {
    char** names;
    DIR* directory; // open until its names have been looked at: in /proc/self/fd it is one of them
    const ssize_t count = read_names(path, &names, &directory);
    if (count < 0) {
        complain(path);
        return;
    }
    sort(names, (size_t)count);
    for (ssize_t i = 0; i < count; ++i) {
        if (names[i][0] != '.' || (flags & all) != 0) {
            char inner[PATH_MAX + 1]; // what is cut off here is too long for the kernel still
            snprintf(inner, sizeof(inner), "%s/%s", path, names[i]);
            show(inner, names[i]);
        }
        free(names[i]);
    }
    free(names);
    closedir(directory);
}

int main(int argc, char** argv) {
    static char* here[] = {".", NULL};
    failure_status = 2;
    flags = options(&argc, &argv, "la", "[-la] [file ...]");
    argv = argc > 0 ? argv : here;
    sort(argv, (size_t)argc);
    // What comes before the name of a directory: an empty line, or nothing if it is the first that is written.
    const char* before = "";
    for (char** path = argv; *path != NULL; ++path) { // first the files, then what is in the directories
        struct stat64 status;
        if (lstat64(*path, &status) != 0) {
            complain(*path);
            *path = "";
        } else if (((flags & long_form) == 0 && stat64(*path, &status) != 0) || !S_ISDIR(status.st_mode)) {
            show(*path, *path);
            *path = "";
            before = "\n";
        }
    }
    for (char** path = argv; *path != NULL; ++path) {
        if (**path != '\0') {
            if (argc > 1) {
                print("%s%s:\n", before, *path);
                before = "\n";
            }
            list(*path);
        }
    }
    return tool_status;
}
