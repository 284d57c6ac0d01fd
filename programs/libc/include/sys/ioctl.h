// ioctl(2): what a terminal can be asked (chapter 18).
#pragma once

#include "abi/terminal.h"

#ifdef __cplusplus
extern "C" {
#endif

int ioctl(int descriptor, unsigned request, ...);

#ifdef __cplusplus
}
#endif
