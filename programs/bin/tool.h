// What the small programs share (chapter 18).
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char* tool_name; // what messages begin with
static int tool_status;       // what the program ends with

/// Says what went wrong with `what`; the program goes on, and ends with status 1.
static inline void complain(const char* what) {
    fprintf(stderr, "%s: %s: %s\n", tool_name, what, strerror(errno));
    tool_status = 1;
}

/// For arguments that make no sense.
__attribute__((noreturn)) static inline void usage(const char* how) {
    fprintf(stderr, "usage: %s %s\n", tool_name, how);
    exit(2);
}

/// Takes the options, "-ab -c", off the arguments. Those of one letter in `known` set their flag in the result: bit 0 is
/// the first letter's.
static inline unsigned options(int* argc, char*** argv, const char* known, const char* how) {
    unsigned found = 0;
    tool_name = (*argv)[0];
    while (++*argv, --*argc > 0 && (**argv)[0] == '-' && (**argv)[1] != '\0') {
        for (const char* letter = **argv + 1; *letter != '\0'; ++letter) {
            const char* place = strchr(known, *letter);
            if (place == NULL) {
                usage(how);
            }
            found |= 1U << (place - known);
        }
    }
    return found;
}

/// Calls `function` with each file named, opened to be read, or with standard input if none is; "-" is that, too.
static inline void for_each_file(char** names, void (*function)(FILE* file, const char* name)) {
    static char* standard_input[] = {"-", NULL};
    for (char** name = *names != NULL ? names : standard_input; *name != NULL; ++name) {
        FILE* file = strcmp(*name, "-") == 0 ? stdin : fopen(*name, "r");
        if (file == NULL) {
            complain(*name);
            continue;
        }
        errno = 0;
        function(file, *name);
        if (errno != 0) {
            complain(*name);
        }
        if (file != stdin) {
            fclose(file);
        }
    }
}

/// Writes all of it to standard output; a program that can't has nothing more to do. That the reader of a pipe has left is
/// no news: the status is that of SIGPIPE.
static inline void put(const char* bytes, size_t count) {
    while (count > 0) {
        const ssize_t written = write(STDOUT_FILENO, bytes, count);
        if (written < 0 && errno == EPIPE) {
            exit(128 + 13);
        }
        if (written < 0) {
            complain("write");
            exit(1);
        }
        bytes += written;
        count -= (size_t)written;
    }
}

/// The last part of a path.
static inline const char* last_part(const char* path) {
    const char* slash = strrchr(path, '/');
    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

/// For cp, mv and ln: calls `function` with each file but the last, and with the path that it is to get: the last one, or
/// its own name in there if that is a directory.
static inline void for_each_pair(int count, char** names, void (*function)(const char* from, const char* to)) {
    struct stat64 status;
    const int is_directory = count > 0 && stat64(names[count - 1], &status) == 0 && S_ISDIR(status.st_mode);
    if (count < 2 || (count > 2 && !is_directory)) {
        usage("file ... file-or-directory");
    }
    for (int i = 0; i < count - 1; ++i) {
        char path[PATH_MAX];
        snprintf(path, sizeof(path), is_directory ? "%s/%s" : "%s", names[count - 1], last_part(names[i]));
        function(names[i], path);
    }
}
