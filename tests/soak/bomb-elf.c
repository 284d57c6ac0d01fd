// A fork bomb: each process forks as long as the kernel lets it. All that fails is a fork, with EAGAIN (or ENOMEM, where
// the memory is smaller than the room for processes). Then it is put out, and nothing is missing.
// Ends: exited with status 0
#include "soak.h"

#include <signal.h>

/// One byte comes through the pipe before each fork, so before any of the child's, and one after a fork that is refused.
static void explode(int to) {
    for (;;) {
        write(to, "f", 1);
        const pid_t child = fork();
        if (child < 0) {
            const char error = errno == EAGAIN ? 'a' : errno == ENOMEM ? 'm' : '?';
            write(to, &error, 1);
            pause();
        }
    }
}

/// Returns how many processes there were.
static int run(void) {
    int ends[2];
    if (pipe(ends) != 0) {
        give_up("pipe");
    }
    const pid_t first = fork();
    if (first == 0) {
        setpgid(0, 0);
        close(ends[0]);
        explode(ends[1]);
    }
    close(ends[1]);
    int processes = 1; // or more than there are, while forks are not done
    int refused = 0;
    while (refused < processes) {
        char byte;
        if (read(ends[0], &byte, 1) != 1 || byte == '?') {
            give_up("another error than EAGAIN and ENOMEM");
        }
        processes += byte == 'f' ? 1 : -1;
        refused += byte != 'f';
    }
    // Each of them waits in pause by now, or is about to.
    if (fork() >= 0) {
        give_up("there was room for one more");
    }
    kill(-first, SIGKILL);
    wait_for_all();
    close(ends[0]);
    return processes;
}

int main(void) {
    open_checks();
    run();
    const struct state before = state_now();
    const int processes = run();
    const struct state after = state_now();
    printf("soak: %d processes\n", processes);
    return differs("a fork bomb", &before, &after);
}
