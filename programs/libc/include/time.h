// Sleeping for a time (chapter 17).
#pragma once

#include "abi/system.h"

struct timespec {
    long tv_sec;
    long tv_nsec;
};

#ifdef __cplusplus
extern "C" {
#endif

/// Sleeps for at least that time. Returns -1 if it was interrupted; `rest` then gets what was left.
int nanosleep(const struct timespec* duration, struct timespec* rest);

#ifdef __cplusplus
}
#endif
