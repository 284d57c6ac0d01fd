// Watches the clock for half a second: time goes on while a program at privilege level 3 runs.
// Ends: exited with status 0
#include <stdio.h>
#include <sys/times.h>

#include "layout.h"

int main(void) {
    struct tms used;
    const clock_t start = times(NULL);
    clock_t now = start;
    while (now - start < TICKS_PER_SECOND / 2) {
        const clock_t before = now;
        now = times(&used);
        if (now < before) {
            puts("times: the clock went backwards");
            return 1;
        }
    }
    printf("times: %ld ticks later\n", now - start);
    return 0;
}
