// Opening files (chapter 15).
#pragma once

#include <abi/files.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef unsigned mode_t;

int open(const char* path, int flags, ...);
int openat(int directory, const char* path, int flags, ...);
int creat(const char* path, mode_t permissions);
int fcntl64(int descriptor, int command, ...);

#ifdef __cplusplus
}
#endif
