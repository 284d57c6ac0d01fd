// select: waiting for several files at a time (chapter 18).
#pragma once

#include <sys/time.h>

#define FD_SETSIZE 1024

typedef struct {
    unsigned long words[FD_SETSIZE / 32];
} fd_set;

#define FD_ZERO(set)             (*(set) = (fd_set){{0}})
#define FD_SET(descriptor, set)   ((set)->words[(descriptor) / 32] |= 1UL << (descriptor) % 32)
#define FD_CLR(descriptor, set)   ((set)->words[(descriptor) / 32] &= ~(1UL << (descriptor) % 32))
#define FD_ISSET(descriptor, set) (((set)->words[(descriptor) / 32] >> (descriptor) % 32 & 1) != 0)

#ifdef __cplusplus
extern "C" {
#endif

/// Waits until one of the descriptors below `count` in the sets is ready. Those that are stay in their set.
int select(int count, fd_set* reads, fd_set* writes, fd_set* exceptions, struct timeval* timeout);

#ifdef __cplusplus
}
#endif
