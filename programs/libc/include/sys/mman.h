// Memory that a program asks the kernel for (chapter 19).
#pragma once

#include <stddef.h>

#include "abi/system.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MAP_FAILED ((void*)-1)

/// Returns where the memory is, or MAP_FAILED.
void* mmap(void* address, size_t size, int protection, int flags, int descriptor, int offset);
int munmap(void* address, size_t size);
int mprotect(void* address, size_t size, int protection);

#ifdef __cplusplus
}
#endif
