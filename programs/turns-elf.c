// Two processes take turns: each gives the processor up after each line. Then the child becomes another program, and the
// parent waits for its end. Ends: exited with status 0
#include <sched.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void take_turns(const char* who) {
    for (int i = 1; i <= 3; ++i) {
        printf("%s, turn %d\n", who, i);
        sched_yield();
    }
}

int main(void) {
    const pid_t child = fork();
    if (child == 0) {
        take_turns("  child");
        char* const arguments[] = {"hello-c", NULL};
        execve("/bin/hello-c", arguments, arguments + 1);
        return 1; // no such program
    }
    take_turns("parent");
    int status;
    if (waitpid(child, &status, 0) != child) {
        return 2;
    }
    printf("the child, process %d, has ended with status %d\n", child, WEXITSTATUS(status));
    return WEXITSTATUS(status);
}
