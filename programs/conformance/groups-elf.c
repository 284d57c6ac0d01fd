// What groups, sessions and waiting for children promise, one line each. It prints the same on Linux.
// Ends: exited with status 0 (the number of wrong answers)
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
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

static int heard[2];

static void tell(const char* what) {
    write(heard[1], what, 1);
}

static void tell_of_signal(int number) {
    tell(number == SIGHUP ? "H" : number == SIGCONT ? "C" : "T");
}

static void tell_of(int number) {
    struct sigaction action = {.sa_handler = tell_of_signal};
    sigfillset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

/// What has been told, if it is `wanted`. If nothing comes for so long, nothing will.
static int was_told(const char* wanted, int milliseconds) {
    struct pollfd end = {.fd = heard[0], .events = POLLIN};
    char told = 0;
    while (*wanted != '\0' && poll(&end, 1, milliseconds) == 1 && read(heard[0], &told, 1) == 1 && told == *wanted) {
        ++wanted;
    }
    return *wanted == '\0' && poll(&end, 1, 0) == 0;
}

/// A child in the group `group`, or a new one for 0, that stops, and tells of signals when it goes on.
static pid_t begin_stopped(pid_t group) {
    const pid_t child = fork();
    if (child == 0) {
        setpgid(0, group);
        tell_of(SIGHUP);
        tell_of(SIGCONT);
        raise(SIGSTOP);
        tell(".");
        _exit(0);
    }
    waitpid(child, NULL, WUNTRACED);
    return child;
}

static void keyboard_stops(void) {
    sigset_t all;
    sigfillset(&all);
    raise(SIGTSTP);
    raise(SIGTTIN);
    raise(SIGTTOU);
    sigprocmask(SIG_BLOCK, &all, NULL);
    raise(SIGTSTP);
    sigprocmask(SIG_UNBLOCK, &all, NULL);
    tell("1");
    tell_of(SIGTSTP);
    raise(SIGTSTP);
    raise(SIGSTOP);
    tell("2");
}

/// A group of a child and a child's child, which is stopped: first the one's parent ends, then the other one.
static void end_both_parents(void) {
    const pid_t member = fork();
    if (member == 0) {
        setpgid(0, 0);
        wait_until_killed();
    }
    setpgid(member, member);
    const pid_t parent = fork();
    if (parent == 0) {
        begin_stopped(member);
        _exit(0);
    }
    waitpid(parent, NULL, 0);
    tell(was_told("", 100) ? "3" : "?");
    kill(member, SIGKILL);
    waitpid(member, NULL, 0);
}

static void end_member(void) {
    const pid_t member = fork();
    if (member == 0) {
        setpgid(0, 0);
        begin_stopped(getpid());
        _exit(0);
    }
    waitpid(member, NULL, 0);
}

static void end_without_stopped(void) {
    const pid_t parent = getpid();
    if (fork() == 0) {
        setpgid(0, 0);
        tell_of(SIGHUP);
        tell_of(SIGCONT);
        tell("4");
        while (getppid() == parent) {
            sched_yield();
        }
        tell("5");
        _exit(0);
    }
    tell(was_told("4", 10000) ? "6" : "?");
}

/// A child that does so in a session of its own. No process of another one can let its groups go on.
static pid_t in_session(void (*act)(void)) {
    const pid_t child = fork();
    if (child == 0) {
        setsid();
        act();
        _exit(0);
    }
    return child;
}

static void orphans(void) {
    int status;
    pipe(heard);
    const pid_t stopping = in_session(keyboard_stops);
    check("an orphaned group is not stopped by keys", waitpid(stopping, &status, WUNTRACED) == stopping && was_told("1T", 0));
    check("SIGSTOP does", WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    kill(stopping, SIGCONT);
    check("and SIGCONT ends it", waitpid(stopping, &status, 0) == stopping && status == 0 && was_told("2", 0));
    waitpid(in_session(end_both_parents), NULL, 0);
    check("a stopped group goes on when the last who could let it has ended", was_told("3HC.", 10000));
    waitpid(in_session(end_member), NULL, 0);
    check("also when that was one of its own", was_told("HC.", 10000));
    waitpid(in_session(end_without_stopped), NULL, 0);
    check("one that is not stopped hears of nothing", was_told("65", 10000));
    close(heard[0]);
    close(heard[1]);
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
    orphans();
    return wrong;
}
