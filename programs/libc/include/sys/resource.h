// What a process and its children have used (chapter 16).
#pragma once

#include "abi/system.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Of the process itself (RUSAGE_SELF), or of the children that it has waited for (RUSAGE_CHILDREN).
int getrusage(int who, struct rusage* usage);

#ifdef __cplusplus
}
#endif
