// What the conformance programs share: each is run on Trapgate and on Linux, and must print the same (chapter 18).
#pragma once

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>

static int wrong;

static inline void check(const char* what, int holds) {
    printf("%s: %s\n", what, holds ? "yes" : "NO");
    wrong += !holds;
}

/// Whether a call has failed, and so.
static inline int fails(long result, int error) {
    return result == -1 && errno == error;
}

/// Waits for the next child that ends; -1 if there is none.
static inline int status_of_child(void) {
    int status;
    return waitpid(-1, &status, 0) < 0 ? -1 : status;
}
