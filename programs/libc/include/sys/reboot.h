// reboot(2): switching the machine off (chapter 13).
#pragma once

#include "abi/system.h"

#ifdef __cplusplus
extern "C" {
#endif

#define RB_POWER_OFF LINUX_REBOOT_CMD_POWER_OFF

/// Returns only on failure. The two magic numbers that the kernel wants are added here.
int reboot(unsigned command);

#ifdef __cplusplus
}
#endif
