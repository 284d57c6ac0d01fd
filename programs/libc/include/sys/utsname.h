// uname(2): what system is this (chapter 13).
#pragma once

#include "abi/system.h"

#ifdef __cplusplus
extern "C" {
#endif

int uname(struct utsname* name);

#ifdef __cplusplus
}
#endif
