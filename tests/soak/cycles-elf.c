// So many times over: fork, exec and exit; a pipe; a file made, written, read and removed. At the end nothing is missing.
// Arguments: how many times. Ends: exited with status 0
#include "soak.h"

static void process(void) {
    static char* arguments[] = {"true", NULL};
    static char* environment[] = {NULL};
    const pid_t child = fork();
    if (child == 0) {
        execve("/bin/true", arguments, environment);
        _exit(1);
    }
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
        give_up("fork and exec");
    }
}

static void pipe_and_file(void) {
    static char page[4096];
    int ends[2];
    if (pipe(ends) != 0 || write(ends[1], page, sizeof(page)) != sizeof(page) || read(ends[0], page, 100) != 100 ||
        close(ends[0]) != 0 || close(ends[1]) != 0) {
        give_up("a pipe");
    }
    const int file = open("/cycle", O_RDWR | O_CREAT | O_EXCL, 0644);
    if (file < 0 || write(file, page, sizeof(page)) != sizeof(page) || write(file, page, 10) != 10 ||
        pread64(file, page, sizeof(page), 10) != sizeof(page) || unlink("/cycle") != 0 || close(file) != 0) {
        give_up("a file");
    }
}

/// Runs it a few times before the kernel's state is looked at first: what grows with the first ones keeps its size.
static int cycles(const char* what, void (*cycle)(void), int count) {
    for (int i = 0; i < 3; ++i) {
        cycle();
    }
    const struct state before = state_now();
    for (int i = 0; i < count; ++i) {
        cycle();
    }
    const struct state after = state_now();
    printf("soak: %d cycles of %s\n", count, what);
    return differs(what, &before, &after);
}

int main(int argc, char** argv) {
    open_checks();
    settle();
    const int count = argc > 1 ? atoi(argv[1]) : 100;
    return cycles("fork, exec and exit", process, count) + cycles("pipes and files", pipe_and_file, count);
}
