// The terminal's settings (chapter 18).
#pragma once

#include <unistd.h>

#include "abi/terminal.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TCSANOW   0
#define TCSADRAIN 1
#define TCSAFLUSH 2

int tcgetattr(int descriptor, struct termios* settings);
int tcsetattr(int descriptor, int when, const struct termios* settings);

/// Which group has the terminal.
pid_t tcgetpgrp(int descriptor);
int tcsetpgrp(int descriptor, pid_t group);

#ifdef __cplusplus
}
#endif
