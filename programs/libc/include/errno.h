// Why the last system call or library function failed (chapter 13).
#pragma once

#include "abi/errno.h"

#ifdef __cplusplus
extern "C" {
#endif

// Errors that only the library finds: the kernel never returns them. Linux's numbers.
#define ERANGE    34
#define EOVERFLOW 75

extern int errno;

#ifdef __cplusplus
}
#endif
