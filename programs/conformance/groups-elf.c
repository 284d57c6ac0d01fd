// What groups, sessions and waiting for children promise, one line each. It prints the same on Linux.
// Ends: exited with status 0 (the number of wrong answers)
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static void wait_until_killed(void) {
    while (1) {
        pause();
    }
}

static void groups(void) {
    int status;
    check("a child is in its parent's group", getpgrp() == getpgid(0) && getpgid(getpid()) == getpgrp());
    const pid_t child = fork();
    if (child == 0) {
        _exit(getpgrp() == getpgid(getppid()) && getsid(0) == getsid(getppid()) ? 0 : 1);
    }
    check("and in its session", waitpid(child, &status, 0) == child && status == 0);
    const pid_t first = fork();
    if (first == 0) {
        wait_until_killed();
    }
    const pid_t second = fork();
    if (second == 0) {
        wait_until_killed();
    }
    check("no group but its own or one that is there", fails(setpgid(first, second), EPERM));
    check("a child gets a group of its own", setpgid(first, 0) == 0 && getpgid(first) == first);
    check("another joins it", setpgid(second, first) == 0 && getpgid(second) == first);
    check("a negative group", fails(setpgid(first, -1), EINVAL));
    check("no such process", fails(setpgid(0x7FFFFFFF, 0), ESRCH) && fails(getpgid(0x7FFFFFFF), ESRCH) && fails(getsid(0x7FFFFFFF), ESRCH));
    check("none of the own group is there to wait for", fails(waitpid(0, &status, WNOHANG), ECHILD));
    check("of theirs there are", waitpid(-first, &status, WNOHANG) == 0);
    check("of another there are none", fails(waitpid(-0x7FFFFFFF, &status, WNOHANG), ECHILD));
    kill(-first, SIGKILL);
    check("both are ended by one call", waitpid(-first, &status, 0) > 0 && waitpid(-first, &status, 0) > 0 && WTERMSIG(status) == SIGKILL);
    check("then there are none", fails(waitpid(-first, &status, 0), ECHILD));
}

static void sessions(void) {
    int status;
    const pid_t child = fork();
    if (child == 0) {
        const int begins = setsid() == getpid() && getsid(0) == getpid() && getpgrp() == getpid();
        const int once = fails(setsid(), EPERM) && fails(setpgid(0, 0), EPERM);
        const int no_way_back = fails(setpgid(0, getpgid(getppid())), EPERM);
        _exit(!begins + 2 * !once + 4 * !no_way_back);
    }
    check("a session begins", waitpid(child, &status, 0) == child && status == 0);
    const pid_t leader = fork();
    if (leader == 0) {
        setpgid(0, 0);
        _exit(fails(setsid(), EPERM) ? 0 : 1);
    }
    check("a group's leader can't begin one", waitpid(leader, &status, 0) == leader && status == 0);
}

static void waiting(void) {
    int status;
    check("no child", fails(waitpid(-1, &status, 0), ECHILD) && fails(waitpid(1, &status, WNOHANG), ECHILD));
    check("unknown options", fails(waitpid(-1, &status, 64), EINVAL));
    check("the least number", fails(waitpid(-0x7FFFFFFF - 1, &status, 0), ESRCH));
    const pid_t child = fork();
    if (child == 0) {
        wait_until_killed();
    }
    check("not yet", waitpid(child, &status, WNOHANG) == 0 && waitpid(0, &status, WNOHANG) == 0);
    kill(child, SIGTERM);
    check("a bad address", fails(waitpid(child, (int*)0xC0000000, 0), EFAULT));
    check("has taken the child all the same", fails(waitpid(child, &status, 0), ECHILD));
    for (int i = 0; i < 3; ++i) {
        if (fork() == 0) {
            _exit(i);
        }
    }
    int sum = 0;
    for (int i = 0; i < 3; ++i) {
        sum += waitpid(0, &status, 0) > 0 ? WEXITSTATUS(status) : 100;
    }
    check("0 waits for any of the own group", sum == 3);
}

int main(void) {
    groups();
    sessions();
    waiting();
    return wrong;
}
