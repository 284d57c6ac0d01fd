// What the small programs share (chapter 18).
#pragma once

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char* tool_name;  // what messages begin with
static int tool_status;        // what the program ends with
static int failure_status = 1; // that if something went wrong: 2 in programs where 1 says something else
static char* option_value;     // of the option that has one

/// Says what went wrong with `what`; the program goes on, and ends with the status of a failure.
static inline void complain(const char* what) {
    fprintf(stderr, "%s: %s: %s\n", tool_name, what, strerror(errno));
    tool_status = failure_status;
}

/// The same, but the program does not go on.
__attribute__((noreturn)) static inline void give_up(const char* what) {
    complain(what);
    exit(tool_status);
}

/// realloc; a program that gets no memory has nothing more to do.
static inline void* allocate(void* old, size_t size) {
    void* memory = realloc(old, size);
    if (memory == NULL) {
        give_up("memory");
    }
    return memory;
}

/// For arguments that make no sense.
__attribute__((noreturn)) static inline void usage(const char* how) {
    fprintf(stderr, "usage: %s %s\n", tool_name, how);
    exit(2);
}

/// Takes the options, "-ab -c", off the arguments, up to "--" or the first other word. Those of one letter in `known` set
/// their flag in the result: bit 0 is the first letter's. If there is a ':' at the end of `known`, the last has a value.
static inline unsigned options(int* argc, char*** argv, const char* known, const char* how) {
    unsigned found = 0;
    tool_name = (*argv)[0];
    while (++*argv, --*argc > 0 && (**argv)[0] == '-' && (**argv)[1] != '\0') {
        if (strcmp(**argv, "--") == 0) {
            ++*argv;
            --*argc;
            break;
        }
        for (char* letter = **argv + 1; *letter != '\0'; ++letter) {
            const char* place = strchr(known, *letter);
            if (place == NULL || *place == ':') {
                usage(how);
            }
            found |= 1U << (place - known);
            if (place[1] == ':') { // "-n5" or "-n 5"; "" if nothing comes after it
                option_value = letter[1] != '\0' || --*argc == 0 ? letter + 1 : *++*argv;
                break;
            }
        }
    }
    return found;
}

/// Whether a text is a number, which is then put to `number`.
static inline int is_number(const char* text, long* number) {
    char* end;
    *number = strtol(text, &end, 10);
    return *text != '\0' && *end == '\0';
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

/// A program that can't write has nothing more to do. That the reader of a pipe has left is no news: the status is that of
/// SIGPIPE.
__attribute__((noreturn)) static inline void give_up_writing(void) {
    if (errno == EPIPE) {
        exit(128 + 13);
    }
    give_up("write");
}

/// Writes all of it to standard output.
static inline void put(const char* bytes, size_t count) {
    while (count > 0) {
        const ssize_t written = write(STDOUT_FILENO, bytes, count);
        if (written < 0) {
            give_up_writing();
        }
        bytes += written;
        count -= (size_t)written;
    }
}

/// printf of which all is written.
__attribute__((format(printf, 1, 2))) static inline void print(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    if (vfprintf(stdout, format, arguments) < 0) {
        give_up_writing();
    }
    va_end(arguments);
}

/// For head and tail: of which file the lines that follow are, if there are several files.
static inline void print_header(int file_count, const char* name) {
    static const char* before = "";
    if (file_count > 1) {
        print("%s==> %s <==\n", before, strcmp(name, "-") == 0 ? "standard input" : name);
        before = "\n";
    }
}

/// The last part of a path, and how long it is without the slashes after it; the root has none.
static inline const char* last_part(const char* path, int* length) {
    const char* end = path + strlen(path);
    while (end > path && end[-1] == '/') {
        --end;
    }
    const char* part = end;
    while (part > path && part[-1] != '/') {
        --part;
    }
    *length = (int)(end - part);
    return part;
}

/// Reads all names in a directory, "." and ".." too; they and their array are from malloc. -1 if it can't be read. It is left
/// open in `*left_open`, or closed if that pointer is null.
static inline ssize_t read_names(const char* path, char*** names, DIR** left_open) {
    DIR* directory = opendir(path);
    if (directory == NULL) {
        return -1;
    }
    ssize_t count = 0;
    struct dirent* entry;
    for (*names = NULL; (entry = readdir(directory)) != NULL; ++count) {
        if ((count & (count - 1)) == 0) {
            *names = allocate(*names, (count == 0 ? 1 : 2 * (size_t)count) * sizeof(**names));
        }
        (*names)[count] = strcpy(allocate(NULL, strlen(entry->d_name) + 1), entry->d_name);
    }
    if (left_open != NULL) {
        *left_open = directory;
    } else {
        closedir(directory);
    }
    return count;
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
        char path[PATH_MAX + 1]; // what is cut off here is too long for the kernel still
        int length;
        const char* name = last_part(names[i], &length);
        snprintf(path, sizeof(path), is_directory ? "%s/%.*s" : "%s", names[count - 1], length, name);
        function(names[i], path);
    }
}
