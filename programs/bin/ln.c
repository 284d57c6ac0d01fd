// Gives files one more name; with -s, makes symbolic links. Ends: exited with status 0
#include "tool.h"

static int (*make)(const char* from, const char* to) = link;

static void make_link(const char* from, const char* to) {
    struct stat64 status;
    if (make(from, to) != 0) { // a symbolic link does not care what is there
        complain(make == link && (lstat64(from, &status) != 0 || S_ISDIR(status.st_mode)) ? from : to);
    }
}

int main(int argc, char** argv) {
    if (options(&argc, &argv, "s", "[-s] file ... file-or-directory") != 0) {
        make = symlink;
    }
    for_each_pair(argc, argv, make_link);
    return tool_status;
}
