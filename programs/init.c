// Process 1: keeps a shell alive, and ends with its status when it has ended; the kernel then powers the machine off.
// What has no parent any more is a child of this process (chapter 18). Ends: exited with status 0 (that of the shell)
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const char shell[] = "/bin/sh";

/// Starts the shell, with what it is to run or, without that, for whoever types.
static pid_t start(char* script) {
    const pid_t child = fork();
    if (child != 0) {
        return child;
    }
    setsid(); // a session of its own, to which the terminal can belong
    if (script == NULL) {
        ioctl(STDIN_FILENO, TIOCSCTTY, 1); // also if a message has made it init's
    }
    char* const arguments[] = {"sh", script, NULL};
    char* const environment[] = {"PATH=/bin", "HOME=/", NULL};
    execve(shell, arguments, environment);
    fprintf(stderr, "init: %s: %s\n", shell, strerror(errno));
    _exit(127);
}

/// Waits for the end of `child`, and for all others that end before it.
static int status_of(pid_t child) {
    int status;
    pid_t ended;
    do {
        ended = waitpid(-1, &status, 0);
    } while (ended != child && (ended > 0 || errno == EINTR));
    return status;
}

int main(void) {
    if (access("/etc/rc", R_OK) == 0) {
        status_of(start("/etc/rc"));
    }
    for (;;) {
        const pid_t child = start(NULL);
        const int status = child < 0 ? 127 << 8 : status_of(child);
        if (WIFEXITED(status)) {
            return WEXITSTATUS(status);
        }
        fprintf(stderr, "init: the shell was killed by signal %d: here is another one\n", WTERMSIG(status));
    }
}
