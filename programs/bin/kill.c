// Sends processes a signal: SIGTERM, or the one that is named first, as -KILL or -9. Ends: exited with status 0
#include "tool.h"

#include <signal.h>

static const struct {
    const char* name;
    int number;
} signals[] = {{"HUP", SIGHUP},   {"INT", SIGINT},   {"QUIT", SIGQUIT}, {"KILL", SIGKILL}, {"USR1", SIGUSR1},
               {"USR2", SIGUSR2}, {"PIPE", SIGPIPE}, {"ALRM", SIGALRM}, {"TERM", SIGTERM}, {"CHLD", SIGCHLD},
               {"CONT", SIGCONT}, {"STOP", SIGSTOP}, {"TSTP", SIGTSTP}, {"SEGV", SIGSEGV}};

/// A number, or -1.
static int number_of(const char* text) {
    char* end;
    const long number = strtol(text, &end, 10);
    return *text == '\0' || *end != '\0' ? -1 : (int)number;
}

static int signal_of(const char* text) {
    for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); ++i) {
        if (strcmp(signals[i].name, text) == 0) {
            return signals[i].number;
        }
    }
    return number_of(text);
}

int main(int argc, char** argv) {
    tool_name = argv[0];
    int signal = SIGTERM;
    if (argc > 2 && argv[1][0] == '-') { // alone it is a group of processes
        signal = signal_of(argv[1] + 1);
        ++argv;
        --argc;
    }
    if (argc < 2 || signal < 0) {
        usage("[-signal] process ...");
    }
    while (*++argv != NULL) {
        const int process = **argv == '-' ? -number_of(*argv + 1) : number_of(*argv);
        if (process == -1) {
            errno = EINVAL;
        }
        if (process == -1 || kill(process, signal) != 0) {
            complain(*argv);
        }
    }
    return tool_status;
}
