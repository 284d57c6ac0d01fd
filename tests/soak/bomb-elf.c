// A fork bomb: each process forks as long as the kernel lets it. All that fails is a fork, with EAGAIN (or ENOMEM, where
// the memory is smaller than the room for processes). Then it is put out, and nothing is missing.
// Ends: exited with status 0
#include "soak.h"

#include <signal.h>

/// One byte comes through the pipe for each process, and one more from each that is refused.
static void explode(int to) {
    for (;;) {
        const pid_t child = fork();
        if (child < 0) {
            const char error = errno == EAGAIN ? 'a' : errno == ENOMEM ? 'm' : '?';
            write(to, &error, 1);
            pause();
        } else if (child == 0) {
            write(to, "p", 1);
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
        write(ends[1], "p", 1);
        explode(ends[1]);
    }
    close(ends[1]);
    int processes = 0;
    int refused = 0;
    while (processes == 0 || refused < processes) {
        char byte;
        if (read(ends[0], &byte, 1) != 1 || byte == '?') {
            give_up("another error than EAGAIN and ENOMEM");
        }
        processes += byte == 'p';
        refused += byte != 'p';
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
