// What poll, select and the interval timer promise, one line each. It prints the same on Linux. Ends: exited with status 0 (the number of wrong answers)
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static int ends[2];
static char page[4096];

static void open_pipe(void) {
    if (pipe(ends) != 0) {
        check("a pipe", 0);
        exit(1);
    }
}

/// What poll tells of one descriptor without waiting.
static int told(int descriptor, short events) {
    struct pollfd one = {.fd = descriptor, .events = events, .revents = 0x7F};
    const int count = poll(&one, 1, 0);
    return count == (one.revents != 0) ? one.revents : -1;
}

static void what_holds(void) {
    open_pipe();
    check("nothing to read", told(ends[0], POLLIN) == 0);
    check("room", told(ends[1], POLLOUT) == POLLOUT);
    check("nothing asked, nothing told", told(ends[1], 0) == 0);
    write(ends[1], "x", 1);
    check("something to read", told(ends[0], POLLIN) == POLLIN);
    check("it was not asked for", told(ends[0], POLLPRI) == 0);
    check("normal data", told(ends[0], POLLRDNORM) == POLLRDNORM && told(ends[1], POLLWRNORM) == POLLWRNORM);
    fcntl64(ends[1], F_SETFL, O_NONBLOCK);
    while (write(ends[1], page, sizeof(page)) > 0) {
    }
    check("no room", told(ends[1], POLLOUT) == 0);
    close(ends[1]);
    check("bytes, and the last writer has gone", told(ends[0], POLLIN) == (POLLIN | POLLHUP));
    while (read(ends[0], page, sizeof(page)) > 0) {
    }
    check("the last writer has gone", told(ends[0], 0) == POLLHUP);
    close(ends[0]);
    open_pipe();
    close(ends[0]);
    check("the last reader has gone", told(ends[1], POLLOUT) == (POLLOUT | POLLERR));
    close(ends[1]);
    check("it is not open", told(ends[1], POLLIN) == POLLNVAL);
    check("a negative one is none", told(-1, POLLIN) == 0);
    const int file = open("/dev/null", O_RDWR);
    check("a file is always ready", told(file, POLLIN | POLLOUT) == (POLLIN | POLLOUT));
    close(file);
}

static void bad_arguments(void) {
    check("more files than can be open", fails(poll((struct pollfd*)0, 100000, 0), EINVAL));
    check("a list that is not there", fails(poll((struct pollfd*)4, 1, 0), EFAULT));
    check("no files, no time", poll((struct pollfd*)0, 0, 0) == 0);
    fd_set set;
    FD_ZERO(&set);
    FD_SET(20, &set);
    struct timeval time = {0, 0};
    check("select of what is not open", fails(select(21, &set, NULL, NULL, &time), EBADF));
    check("only those below the count are looked at", select(20, &set, NULL, NULL, &time) == 0);
    check("and none of the others is told", !FD_ISSET(20, &set));
    check("a negative count", fails(select(-1, NULL, NULL, NULL, &time), EINVAL));
    time.tv_usec = -1;
    check("a negative time", fails(select(0, NULL, NULL, NULL, &time), EINVAL));
    check("a set that is not there", fails(select(1, (fd_set*)4, NULL, NULL, NULL), EFAULT));
}

/// A child writes a while after the parent has begun to wait.
static void waiting(void) {
    open_pipe();
    int other[2];
    pipe(other);
    if (fork() == 0) {
        const struct timespec while_the_parent_waits = {0, 60000000};
        nanosleep(&while_the_parent_waits, NULL);
        write(ends[1], "y", 1);
        _exit(0);
    }
    struct pollfd both[] = {{.fd = other[0], .events = POLLIN}, {.fd = ends[0], .events = POLLIN}};
    check("poll waits for the second", poll(both, 2, -1) == 1 && both[0].revents == 0 && both[1].revents == POLLIN);
    status_of_child();
    fd_set reads;
    fd_set writes;
    FD_ZERO(&reads);
    FD_ZERO(&writes);
    FD_SET(ends[0], &reads);
    FD_SET(other[0], &reads);
    FD_SET(other[1], &writes);
    struct timeval time = {5, 0};
    check("select finds two", select(other[1] + 1, &reads, &writes, NULL, &time) == 2);
    check("the right ones", FD_ISSET(ends[0], &reads) && !FD_ISSET(other[0], &reads) && FD_ISSET(other[1], &writes));
    check("it did not wait", time.tv_sec > 3);
    read(ends[0], page, 1);
    time = (struct timeval){0, 50000};
    FD_ZERO(&reads);
    FD_SET(ends[0], &reads);
    check("select ends with the time",
          select(ends[0] + 1, &reads, NULL, NULL, &time) == 0 && !FD_ISSET(ends[0], &reads));
    check("nothing is left of it", time.tv_sec == 0 && time.tv_usec == 0);
    check("poll ends with the time", poll(both, 2, 30) == 0);
    if (fork() == 0) {
        const struct timespec while_the_parent_waits = {0, 60000000};
        close(ends[1]);
        nanosleep(&while_the_parent_waits, NULL);
        _exit(0);
    }
    close(ends[1]);
    close(other[1]);
    struct pollfd end = {.fd = ends[0], .events = POLLIN};
    check("the end of the last writer wakes", poll(&end, 1, -1) == 1 && end.revents == POLLHUP);
    status_of_child();
    time = (struct timeval){0, 1050000};
    FD_SET(ends[0], &reads);
    check("it is something to read", select(ends[0] + 1, &reads, NULL, NULL, &time) == 1 && FD_ISSET(ends[0], &reads));
    check("not to write or an exception", select(ends[0] + 1, NULL, &reads, &reads, &time) == 0 && time.tv_usec == 0);
    static const struct timeval at_once = {0, 0};
    check("a time that can't be written to stays", syscall(142, 0, NULL, NULL, NULL, &at_once) == 0);
    close(ends[0]);
    close(other[0]);
}

static volatile int rung;

static void ring(int number) {
    rung += number == SIGALRM;
}

static void the_timer(void) {
    signal(SIGALRM, ring);
    struct itimerval times = {.it_interval = {0, 20000}, .it_value = {0, 40000}};
    struct itimerval old;
    check("a timer", setitimer(ITIMER_REAL, &times, NULL) == 0);
    check("poll is interrupted", fails(poll(NULL, 0, -1), EINTR) && rung >= 1);
    check("again and again", fails(select(0, NULL, NULL, NULL, NULL), EINTR) && rung >= 2);
    pause();
    check("three times", rung >= 3);
    struct timeval time = {5, 0};
    check("select tells what is left when it is interrupted", fails(select(0, NULL, NULL, NULL, &time), EINTR) && time.tv_sec == 4);
    check("it can be asked",
          getitimer(ITIMER_REAL, &old) == 0 && old.it_interval.tv_usec == 20000 && old.it_value.tv_sec == 0);
    times = (struct itimerval){{0, 0}, {100, 0}};
    check("another one", setitimer(ITIMER_REAL, &times, &old) == 0 && old.it_interval.tv_usec == 20000);
    check("it is alarm's as well", alarm(0) >= 99);
    check("none any more", getitimer(ITIMER_REAL, &old) == 0 && old.it_value.tv_sec == 0 && old.it_value.tv_usec == 0);
    times.it_value.tv_usec = 1000000;
    check("a microsecond too many", fails(setitimer(ITIMER_REAL, &times, NULL), EINVAL));
    check("no such timer", fails(getitimer(7, &old), EINVAL));
    check("nowhere to tell", fails(getitimer(ITIMER_REAL, (struct itimerval*)4), EFAULT));
}

int main(void) {
    what_holds();
    bad_arguments();
    waiting();
    the_timer();
    return wrong;
}
