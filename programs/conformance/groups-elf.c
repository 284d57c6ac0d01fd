// What groups, sessions and waiting for children promise, one line each. It prints the same on Linux.
// Ends: exited with status 0 (the number of wrong answers)
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/times.h>
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

enum { SOME = 80000, LITTLE = 40000 }; // microseconds

static long microseconds_of(const struct rusage* usage) {
    return (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000 + usage->ru_utime.tv_usec + usage->ru_stime.tv_usec;
}

static long used_by(int who) {
    struct rusage usage;
    return getrusage(who, &usage) == 0 ? microseconds_of(&usage) : -1;
}

/// The fields 16 and 17 of /proc/self/stat: the children's ticks.
static long ticks_in_proc(void) {
    char text[512] = {0};
    const int file = open("/proc/self/stat", O_RDONLY);
    read(file, text, sizeof(text) - 1);
    close(file);
    char* field = text;
    for (int i = 1; i < 16; ++i) { // no blank is in this program's name
        field = strchr(field, ' ') + 1;
    }
    const long of_users = strtol(field, &field, 10);
    return of_users + strtol(field, NULL, 10);
}

static void use_some(void) {
    while (used_by(RUSAGE_SELF) < SOME) {
    }
}

/// A child that has a child that uses some time, waits for its end, and for it as well if `properly`. What the two have used.
static long used_by_family(int properly) {
    struct rusage usage;
    const pid_t child = fork();
    if (child == 0) {
        int ends[2];
        char byte;
        pipe(ends);
        const pid_t grandchild = fork();
        if (grandchild == 0) {
            use_some();
            _exit(0);
        }
        close(ends[1]);
        read(ends[0], &byte, 1); // nothing: the pipe's other end has ended with the grandchild
        _exit(properly ? waitpid(grandchild, NULL, 0) != grandchild : 0);
    }
    int status;
    return wait4(child, &status, 0, &usage) == child && status == 0 ? microseconds_of(&usage) : -1;
}

static void usage(void) {
    struct rusage usage;
    struct tms ticks;
    int status;
    check("of no one", fails(getrusage(2, &usage), EINVAL) && fails(getrusage(-2, (struct rusage*)4096), EINVAL));
    check("nowhere to tell it", fails(getrusage(RUSAGE_SELF, (struct rusage*)4096), EFAULT));
    check("no children, no time", used_by(RUSAGE_CHILDREN) < LITTLE);
    use_some();
    // Linux cuts the program's and the kernel's part to microseconds, and divides them anew for a thread: up to 2 are lost.
    check("a process's own is not its children's", used_by(RUSAGE_THREAD) >= SOME - 2 && used_by(RUSAGE_CHILDREN) < LITTLE);

    const pid_t child = fork();
    if (child == 0) {
        const int anew = used_by(RUSAGE_SELF) < LITTLE;
        use_some();
        pause();
        _exit(anew);
    }
    memset(&usage, 0x55, sizeof(usage));
    check("nothing yet, nothing told", wait4(child, &status, WNOHANG, &usage) == 0 && usage.ru_utime.tv_sec == 0x55555555);
    check("of what goes on nothing counts", used_by(RUSAGE_CHILDREN) < LITTLE);
    struct timespec short_time = {0, 10000000};
    do {
        nanosleep(&short_time, NULL);
        kill(child, SIGSTOP);
        wait4(child, &status, WUNTRACED, &usage);
        kill(child, SIGCONT);
    } while (microseconds_of(&usage) < SOME);
    check("one that is stopped tells as well", WIFSTOPPED(status) && used_by(RUSAGE_CHILDREN) < LITTLE);
    kill(child, SIGKILL);
    check("one that has ended", wait4(child, NULL, 0, &usage) == child && microseconds_of(&usage) >= SOME);
    check("counts", used_by(RUSAGE_CHILDREN) >= SOME);
    check("in ticks as well", times(&ticks) != -1);
    const long in_ticks = ticks.tms_cutime + ticks.tms_cstime; // Linux rounds each down twice for a program of 32 bits
    check("not fewer", in_ticks >= SOME / 10000 - 4);
    const long in_proc = ticks_in_proc();
    check("and in /proc", in_proc >= in_ticks && in_proc <= in_ticks + 2);
    check("a family's time", used_by_family(1) >= SOME);
    check("is all counted", used_by(RUSAGE_CHILDREN) >= 2 * SOME);
    check("unless it is not waited for", used_by_family(0) < LITTLE);
    check("then it is not", used_by(RUSAGE_CHILDREN) < 2 * SOME + 2 * LITTLE);

    const pid_t last = fork();
    if (last == 0) {
        use_some();
        _exit(3);
    }
    status = 0;
    check("a bad address for it", fails(wait4(last, &status, 0, (struct rusage*)4096), EFAULT));
    check("the status is told before", WEXITSTATUS(status) == 3);
    check("the child is gone, its time counted", fails(wait4(last, &status, 0, NULL), ECHILD) && used_by(RUSAGE_CHILDREN) >= 3 * SOME);
}

int main(void) {
    groups();
    sessions();
    waiting();
    usage();
    return wrong;
}
