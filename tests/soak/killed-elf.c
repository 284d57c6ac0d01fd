// A child that is killed before it has ever run does nothing of its program, whatever it was killed by.
// Ends: exited with status 0
#include "soak.h"

#include <signal.h>
#include <time.h>

/// Right after a tick, so that there is no other one before the child is killed. Returns how it ended.
static int fork_and_kill(int number, int to) {
    const struct timespec moment = {0, 1};
    nanosleep(&moment, NULL);
    const pid_t child = fork();
    if (child == 0) {
        write(to, "x", 1);
        _exit(1);
    }
    int status = 0;
    if (child < 0 || kill(child, number) != 0 || waitpid(child, &status, 0) != child) {
        give_up("fork, kill and waitpid");
    }
    return status;
}

int main(void) {
    static const int numbers[] = {SIGKILL, SIGTERM, SIGHUP};
    int ends[2];
    if (pipe(ends) != 0) {
        give_up("pipe");
    }
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); ++i) {
        if (fork_and_kill(numbers[i], ends[1]) != numbers[i]) {
            give_up("not ended by the signal");
        }
    }
    close(ends[1]);
    char byte;
    if (read(ends[0], &byte, 1) != 0) {
        give_up("a child that was killed at once has run");
    }
    printf("soak: no killed child has run\n");
    return 0;
}
