// Copies files, to another name or into a directory. Ends: exited with status 0
#include "tool.h"

static void copy(const char* from, const char* to) {
    static char buffer[4096];
    struct stat64 source;
    struct stat64 target;
    const int input = open(from, O_RDONLY);
    if (input < 0 || fstat64(input, &source) != 0) {
        complain(from);
        return;
    }
    if (S_ISDIR(source.st_mode)) {
        errno = EISDIR;
        complain(from);
    } else if (stat64(to, &target) == 0 && target.st_ino_low == source.st_ino_low && target.st_dev == source.st_dev) {
        fprintf(stderr, "cp: %s and %s are the same file\n", from, to);
        tool_status = 1;
    } else {
        const int output = open(to, O_WRONLY | O_CREAT | O_TRUNC, source.st_mode & 0777);
        const char* failed = output < 0 ? to : NULL;
        ssize_t count;
        while (failed == NULL && (count = read(input, buffer, sizeof(buffer))) != 0) {
            failed = count < 0 ? from : NULL;
            for (ssize_t done = 0, written; done < count; done += written) {
                if ((written = write(output, buffer + done, (size_t)(count - done))) < 0) {
                    failed = to;
                    break;
                }
            }
        }
        if (failed != NULL) {
            complain(failed);
        }
        close(output);
    }
    close(input);
}

int main(int argc, char** argv) {
    options(&argc, &argv, "", "file ... file-or-directory");
    for_each_pair(argc, argv, copy);
    return tool_status;
}
