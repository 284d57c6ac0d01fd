// Does nothing for some seconds. Ends: exited with status 0
#include "tool.h"

#include <time.h>

int main(int argc, char** argv) {
    options(&argc, &argv, "", "seconds");
    long seconds;
    if (argc != 1 || !is_number(argv[0], &seconds) || seconds < 0) {
        usage("seconds");
    }
    struct timespec rest = {.tv_sec = seconds, .tv_nsec = 0};
    while (nanosleep(&rest, &rest) != 0 && errno == EINTR) {
    }
    return 0;
}
