// Signals (chapter 18).
#pragma once

#include <unistd.h>

#include "abi/signal.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef unsigned long long sigset_t; // one bit a signal: number - 1
typedef struct siginfo32 siginfo_t;
typedef struct stack32 stack_t;
typedef struct ucontext32 ucontext_t;
typedef void sighandler(int number);

#define SIG_DFL ((sighandler*)SIG_DFL_ADDRESS)
#define SIG_IGN ((sighandler*)SIG_IGN_ADDRESS)

/// Laid out as the kernel takes it (struct kernel_sigaction).
struct sigaction {
    union {
        sighandler* sa_handler;
        void (*sa_sigaction)(int number, siginfo_t* info, void* context);
    };
    unsigned sa_flags;
    void (*sa_restorer)(void);
    sigset_t sa_mask;
};

/// Each returns 0, or -1 with errno.
int kill(pid_t id, int number);
int raise(int number);
int sigaction(int number, const struct sigaction* action, struct sigaction* old);
int sigprocmask(int how, const sigset_t* set, sigset_t* old);
int sigpending(sigset_t* set);
int sigaltstack(const stack_t* stack, stack_t* old);

/// Waits with the mask `set` until a handler has run. Returns -1.
int sigsuspend(const sigset_t* set);

/// As sigaction with SA_RESTART. Returns what was set before.
sighandler* signal(int number, sighandler* handler);

static inline int sigemptyset(sigset_t* set) {
    *set = 0;
    return 0;
}

static inline int sigfillset(sigset_t* set) {
    *set = ~0ULL;
    return 0;
}

static inline int sigaddset(sigset_t* set, int number) {
    *set |= 1ULL << (number - 1);
    return 0;
}

static inline int sigdelset(sigset_t* set, int number) {
    *set &= ~(1ULL << (number - 1));
    return 0;
}

static inline int sigismember(const sigset_t* set, int number) {
    return (*set >> (number - 1) & 1) != 0;
}

#ifdef __cplusplus
}
#endif
