// What the programs of the soak share: each runs on the test kernel alone, which has /dev/checks.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int checks; // the open device

/// What the kernel has in use, in its own words; the same before and after, or something was lost.
struct state {
    char text[120];
};

__attribute__((noreturn)) static inline void give_up(const char* what) {
    printf("soak: %s: %s\n", what, strerror(errno));
    exit(1);
}

/// The first thing to do.
static inline void open_checks(void) {
    checks = open("/dev/checks", O_RDWR | O_CLOEXEC);
    if (checks < 0) {
        give_up("/dev/checks");
    }
}

static inline struct state state_now(void) {
    struct state now = {{0}};
    if (pread64(checks, now.text, sizeof(now.text) - 1, 0) <= 0) {
        give_up("/dev/checks can't be read");
    }
    return now;
}

/// The root directory's table grows with the names that it has at one time, and keeps what it has: here it gets enough.
static inline void settle(void) {
    char name[] = "/settle-A";
    for (int round = 0; round < 2; ++round) {
        for (char letter = 'A'; letter <= 'Z'; ++letter) {
            name[sizeof(name) - 2] = letter;
            if (round == 0 ? mkdir(name, 0777) != 0 : rmdir(name) != 0) {
                give_up(name);
            }
        }
    }
}

/// Says so if they differ, and returns whether they do.
static inline int differs(const char* what, const struct state* before, const struct state* after) {
    if (strcmp(before->text, after->text) == 0) {
        return 0;
    }
    printf("soak: %s:\n    before: %s    after:  %s", what, before->text, after->text);
    return 1;
}

/// Waits for all children, and returns how many of them ended with status 0.
static inline int wait_for_all(void) {
    int count = 0;
    int status = 0;
    while (waitpid(-1, &status, 0) > 0 || errno == EINTR) {
        count += status == 0;
        status = -1;
    }
    return count;
}
