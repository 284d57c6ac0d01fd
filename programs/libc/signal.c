// Signals: the functions whose system call takes the size of a set as well (chapter 18).
#include <signal.h>

// The bare calls, in system_calls.asm.
int rt_sigaction(int number, const struct sigaction* action, struct sigaction* old, size_t size);
int rt_sigprocmask(int how, const sigset_t* set, sigset_t* old, size_t size);
int rt_sigpending(sigset_t* set, size_t size);
int rt_sigsuspend(const sigset_t* set, size_t size);

int raise(int number) {
    return kill(getpid(), number);
}

int sigaction(int number, const struct sigaction* action, struct sigaction* old) {
    return rt_sigaction(number, action, old, sizeof(sigset_t));
}

int sigprocmask(int how, const sigset_t* set, sigset_t* old) {
    return rt_sigprocmask(how, set, old, sizeof(sigset_t));
}

int sigpending(sigset_t* set) {
    return rt_sigpending(set, sizeof(sigset_t));
}

int sigsuspend(const sigset_t* set) {
    return rt_sigsuspend(set, sizeof(sigset_t));
}

sighandler* signal(int number, sighandler* handler) {
    const struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    struct sigaction old;
    return sigaction(number, &action, &old) == 0 ? old.sa_handler : (sighandler*)-1;
}
