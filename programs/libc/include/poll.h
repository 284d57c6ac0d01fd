// Waiting for several files at a time (chapter 18).
#pragma once

#include "abi/files.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef unsigned long nfds_t;

/// Waits until one of the files has what is asked of it, or for so many milliseconds; below 0 as long as it takes.
int poll(struct pollfd* files, nfds_t count, int milliseconds);

#ifdef __cplusplus
}
#endif
