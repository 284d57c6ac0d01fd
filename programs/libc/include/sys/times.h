// times(2): clock ticks (chapter 13).
#pragma once

#include "abi/system.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef long clock_t;

/// The ticks since the machine started, TICKS_PER_SECOND a second. `times` may be NULL.
clock_t times(struct tms* times);

#ifdef __cplusplus
}
#endif
