// Why the last system call or library function failed (chapter 13).
#pragma once

#include "abi/errno.h"

#ifdef __cplusplus
extern "C" {
#endif

extern int errno;

#ifdef __cplusplus
}
#endif
