// Sends processes a signal: SIGTERM, or the one that is named first, as -KILL or -9. Ends: exited with status 0
#include "tool.h"

#include <signal.h>

static const struct {
    const char* name;
    int number;
} signals[] = {{"HUP", SIGHUP},   {"INT", SIGINT},   {"QUIT", SIGQUIT}, {"KILL", SIGKILL}, {"USR1", SIGUSR1},
               {"USR2", SIGUSR2}, {"PIPE", SIGPIPE}, {"ALRM", SIGALRM}, {"TERM", SIGTERM}, {"CHLD", SIGCHLD},
               {"CONT", SIGCONT}, {"STOP", SIGSTOP}, {"TSTP", SIGTSTP}, {"SEGV", SIGSEGV}};

static int signal_of(const char* text) {
    for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); ++i) {
        if (strcmp(signals[i].name, text) == 0) {
            return signals[i].number;
        }
    }
    long number;
    return is_number(text, &number) ? (int)number : -1;
}

int main(int argc, char** argv) {
    tool_name = argv[0];
    int signal = SIGTERM;
    if (argc > 1 && argv[1][0] == '-' && argv[1][1] != '-') {
        signal = signal_of(argv[1] + 1);
        ++argv;
        --argc;
    }
    if (argc > 1 && strcmp(argv[1], "--") == 0) {
        ++argv;
        --argc;
    }
    if (argc < 2 || signal < 0) {
        usage("[-signal] process ...");
    }
    while (*++argv != NULL) {
        long process;
        errno = EINVAL;
        if (!is_number(*argv, &process) || kill((pid_t)process, signal) != 0) {
            complain(*argv);
        }
    }
    return tool_status;
}
