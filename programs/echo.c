// Repeats each line that is typed, until "quit" or the end of the input.
// Ends: exited with status 0
#include <stdio.h>
#include <string.h>

int main(void) {
    char line[80];
    puts("echo: type lines, then quit");
    while (fgets(line, sizeof line, stdin) != NULL && strcmp(line, "quit\n") != 0) {
        printf("echo: %s", line);
    }
    puts("echo: done");
    return 0;
}
