// Times in microseconds: the interval timer, and select's (chapter 18).
#pragma once

#include "abi/signal.h"

#define timeval   timeval32
#define itimerval itimerval32

#ifdef __cplusplus
extern "C" {
#endif

int getitimer(int which, struct itimerval* times);
/// Has SIGALRM sent after `it_value`, and from then on each `it_interval`.
int setitimer(int which, const struct itimerval* wanted, struct itimerval* old);

#ifdef __cplusplus
}
#endif
