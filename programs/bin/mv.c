// Gives files another name, or moves them into a directory. Ends: exited with status 0
#include "tool.h"

static void move(const char* from, const char* to) {
    struct stat64 status;
    if (rename(from, to) != 0) {
        complain(lstat64(from, &status) != 0 ? from : to);
    }
}

int main(int argc, char** argv) {
    options(&argc, &argv, "", "file ... file-or-directory");
    for_each_pair(argc, argv, move);
    return tool_status;
}
