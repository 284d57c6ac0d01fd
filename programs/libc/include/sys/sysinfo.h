// How the system as a whole is doing (chapter 17).
#pragma once

#include "abi/system.h"

#ifdef __cplusplus
extern "C" {
#endif

int sysinfo(struct sysinfo* to);

#ifdef __cplusplus
}
#endif
