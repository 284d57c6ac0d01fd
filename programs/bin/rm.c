// Removes files; -r: directories as well, with all that is in them; -f: no matter whether they are there.
// Ends: exited with status 0
#include "tool.h"

#include <dirent.h>
#include <sys/stat.h>

enum { all = 1, force = 2 };
static unsigned flags;

static void remove_path(const char* path) {
    struct stat64 status;
    DIR* directory = NULL;
    if ((flags & all) != 0 && lstat64(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        directory = opendir(path);
    }
    if (directory == NULL) {
        if (unlink(path) != 0 && !((flags & force) != 0 && errno == ENOENT)) {
            complain(path);
        }
        return;
    }
    struct dirent* entry;
    while ((entry = readdir(directory)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            char* inner = malloc(strlen(path) + strlen(entry->d_name) + 2);
            strcat(strcat(strcpy(inner, path), "/"), entry->d_name);
            remove_path(inner);
            free(inner);
        }
    }
    closedir(directory);
    if (rmdir(path) != 0) {
        complain(path);
    }
}

int main(int argc, char** argv) {
    flags = options(&argc, &argv, "rf", "[-rf] file ...");
    for (; *argv != NULL; ++argv) {
        remove_path(*argv);
    }
    return tool_status;
}
