// Waiting for children, and how they ended (chapter 16).
#pragma once

#include <unistd.h>

#include "abi/system.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Waits until the child `id`, or for -1 any, has ended. Returns its number, or 0 with WNOHANG if it has not.
pid_t waitpid(pid_t id, int* status, int options);
/// As waitpid; also tells what the child has used, if `usage` is not null.
pid_t wait4(pid_t id, int* status, int options, struct rusage* usage);

#define WIFEXITED(status)    (((status)&0x7F) == 0)
#define WEXITSTATUS(status)  ((status) >> 8 & 0xFF)
#define WIFSIGNALED(status)  (((status)&0x7F) != 0 && ((status)&0x7F) != 0x7F)
#define WTERMSIG(status)     ((status)&0x7F)
#define WIFSTOPPED(status)   (((status)&0xFF) == 0x7F)
#define WSTOPSIG(status)     ((status) >> 8 & 0xFF)
#define WIFCONTINUED(status) ((status) == 0xFFFF)

#ifdef __cplusplus
}
#endif
