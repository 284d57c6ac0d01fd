// Two processes share the processor, though neither gives it up: each counts in a loop for half a second, and its exit
// status is how many clock ticks of that it had the processor. Then it starts two loops without an end, which end
// with this process. Ends: exited with status 0
#include <stdio.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "layout.h"

enum { half_a_second = TICKS_PER_SECOND / 2 };

static int count_for_half_a_second(void) {
    const clock_t start = times(NULL);
    while (times(NULL) - start < half_a_second) {
        for (volatile int i = 0; i < 10000; ++i) {
        }
    }
    struct tms used;
    times(&used);
    return (int)used.tms_utime;
}

int main(void) {
    for (int i = 0; i < 2; ++i) {
        if (fork() == 0) {
            _exit(count_for_half_a_second());
        }
    }
    int ticks[2];
    for (int i = 0; i < 2; ++i) {
        int status;
        waitpid(-1, &status, 0);
        ticks[i] = WEXITSTATUS(status);
    }
    const int third = half_a_second / 3;
    int fair = 1;
    for (int i = 0; i < 2; ++i) {
        fair = fair && ticks[i] >= third && ticks[i] <= 2 * third + 1;
    }
    printf("two loops of half a second had %d and %d of %d ticks\n", ticks[0], ticks[1], half_a_second);

    for (int i = 0; i < 2; ++i) {
        if (fork() == 0) {
            while (1) {
            }
        }
    }
    const clock_t before = times(NULL);
    const struct timespec a_while = {.tv_sec = 0, .tv_nsec = 200000000};
    nanosleep(&a_while, NULL);
    const int slept = (int)(times(NULL) - before);
    printf("beside two loops without an end, a sleep of 0.2 s was over in time: %s\n",
           slept >= TICKS_PER_SECOND / 5 && slept <= TICKS_PER_SECOND / 5 + 5 ? "yes" : "no");
    return !fair;
}
