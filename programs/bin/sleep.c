// Does nothing for some seconds. Ends: exited with status 0
#include "tool.h"

#include <time.h>

int main(int argc, char** argv) {
    tool_name = argv[0];
    char* end = NULL;
    const long seconds = argc == 2 ? strtol(argv[1], &end, 10) : -1;
    if (seconds < 0 || *end != '\0') {
        usage("seconds");
    }
    struct timespec rest = {.tv_sec = seconds, .tv_nsec = 0};
    while (nanosleep(&rest, &rest) != 0 && errno == EINTR) {
    }
    return 0;
}
