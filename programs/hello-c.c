// The greeting in C: start.asm calls main, printf ends in the same system call as hello.asm's.
// Ends: exited with status 0
#include <stdio.h>

int main(void) {
    printf("Hello from %s at privilege level %d!\n", "C", 3);
    return 0;
}
